"""Topics: propose, read, edit, withdraw, and "I am going"."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.person_choice import people_options
from forum.forms.topics import TopicForm, possible_conveners
from forum.models import Actor, MergeProposal, Participant, Topic
from forum.models.verbs import Verb
from forum.text.parsing import parse_whole_number
from forum.views.parts.menus import cells, others
from forum.views.parts.person_meant import whom

OFFERED = (
    "edit_topic", "withdraw", "bring_back", "interest", "place", "unplace", "swap", "freeze_topic", "presence",
    "report", "merge", "answer_merge", "split", "take_up", "hand_over", "pitch", "begin_pitch", "end_pitch",
    "door_count", "sheet", "transcribe",
)  # fmt: skip
"""What the page of a topic offers to those who may do it."""
CONFLICT = 409
MOST_NOTES = 3
"""Messages to its people that the page of a topic shows."""


def _show_form(
    request: ForumRequest, form: TopicForm, topic: Topic | None = None, *, refusal: str = ""
) -> HttpResponse:
    """Show the form, with what was typed and why it was not taken."""
    if request.htmx and request.method == "POST":
        reasons = [refusal] if refusal else [reason for errors in form.errors.values() for reason in errors]
        return deny(request, " ".join(str(reason) for reason in reasons), status=CONFLICT)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "topic": Topic.objects.get(pk=topic.pk) if topic else None,
        "refusal": refusal,
    }
    status = 403 if refusal else 422 if request.method == "POST" else 200
    return render(request, "forum/topic_form.html", context, status=status)


def _form(request: ForumRequest, topic: Topic | None = None) -> TopicForm:
    return TopicForm(request.POST or None, forum=request.forum, actor=request.actor, instance=topic)


def _refuse_form(request: ForumRequest, reason: str, topic: Topic | None = None) -> HttpResponse:
    return _show_form(request, _form(request, topic), topic, refusal=reason)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_form)
def propose(request: ForumRequest) -> HttpResponse:
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        topic = Topic.propose(request.forum, typed["title"], typed["description"], form.convener, request.actor)
        message = _("Topic number {number} is on the board.").format(number=topic.number)
        return confirm(request, topic.get_absolute_url(), message)
    return _show_form(request, form)


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view(refused=_refuse_form)
def edit(request: ForumRequest, topic: Topic) -> HttpResponse:
    form = _form(request, topic)
    if request.method == "POST" and form.is_valid():
        form.instance.edit(request.actor)
        return confirm(request, topic.get_absolute_url(), _("The topic is changed."))
    return _show_form(request, form, topic)


@require_GET
@forum_view
def alike(request: ForumRequest) -> HttpResponse:
    """Standing topics whose title says nearly the same as what is being typed: pointed out, never blocked."""
    title = request.GET.get("title", "")[:200]
    topics = request.forum.topics.all()
    found = topics.similar(title, parse_whole_number(request.GET.get("excluding", ""))) if len(title) > 5 else []
    return render(request, "forum/topic_form.html#alike", {"topics": found, "forum": request.forum})


@require_GET
@never_cache
@forum_view
def topic(request: ForumRequest, topic: Topic) -> HttpResponse:
    forum, actor = request.forum, request.actor
    may = {name: request.rights.may(name, topic) for name in OFFERED}
    group = topic.group_or_none
    everybody = people_options(forum.participants.present()) if actor.facilitator else ""
    shows_totals = bool(actor.facilitator) or not forum.hides_totals_now
    context = {
        "forum": forum,
        "actor": actor,
        "since": forum.revision,
        "topic": topic,
        "group": group,
        "phase": forum.current_phase,
        "may": may,
        "cells": cells(forum, topic) if may["place"] else [],
        "present": group.people() if group else [],
        "going": Participant.objects.filter(interests__topic=topic) if shows_totals else [],
        "shows_totals": shows_totals,
        "is_going": bool(actor.participant and topic.interests.filter(participant=actor.participant).exists()),
        "at_door": "door" in request.GET,
        "notes": topic.messages.active()[:MOST_NOTES],
        "is_here": bool(actor.participant and group and group.people().filter(pk=actor.participant.pk).exists()),
        "everybody": everybody,
        "proposals": proposals(topic, actor),
        "others": others(forum, topic) if may["merge"] else [],
        "alike": forum.topics.all().similar(topic.title, topic.pk) if may["merge"] else [],
        "around": everybody or people_options(possible_conveners(topic, actor)) if may["hand_over"] else "",
        "merge_revision": merge_revision(topic) if actor.facilitator else None,
    }
    return render(request, "forum/topic.html", context)


def proposals(topic: Topic, actor: Actor) -> list[dict[str, Any]]:
    """What is proposed about merging this topic, whose answer is awaited, and whether it is this person's."""
    found = []
    for proposal in MergeProposal.objects.about(topic):
        waits = proposal.awaited_conveners()
        found.append(
            {
                "id": proposal.pk,
                "other": proposal.into if proposal.topic_id == topic.pk else proposal.topic,
                "stays": proposal.into,
                "asked_by": proposal.proposed_by,
                "waits_for": list(dict.fromkeys(person.name for person in waits)),
                "is_mine": actor.participant in waits,
            }
        )
    return found


def merge_revision(topic: Topic) -> int | None:
    """The revision whose undoing takes this topic out of the one it was merged into, while that is possible."""
    merges = topic.forum.journal.undoable().filter(verb=Verb.MERGED_TWO_TOPICS, details__topic=topic.number)
    return merges.values_list("revision", flat=True).last() if topic.merged_into_id else None


@require_POST
@forum_view
def withdraw(request: ForumRequest, topic: Topic) -> HttpResponse:
    topic.withdraw(request.actor)
    message = _("Topic number {number} is withdrawn.").format(number=topic.number)
    return confirm(request, topic.get_absolute_url(), message)


@require_POST
@forum_view
def bring_back(request: ForumRequest, topic: Topic) -> HttpResponse:
    topic.bring_back(request.actor)
    message = _("Topic number {number} is on the board again.").format(number=topic.number)
    return confirm(request, topic.get_absolute_url(), message)


@require_POST
@forum_view
def interest(request: ForumRequest, topic: Topic) -> HttpResponse:
    """“I am going”, for oneself; a facilitator may say it for someone (`participant`)."""
    person = whom(request)
    if person is None:
        return deny(request, _("Choose a participant first."), status=CONFLICT)
    topic.set_interest(person, request.POST.get("going") != "no", request.actor)
    return confirm(request, reverse("board", args=[request.forum.code]))
