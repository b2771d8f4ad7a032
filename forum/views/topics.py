"""Topics: propose, read, edit, withdraw, and "I am going"."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum import access, rules
from forum.access import ForumRequest
from forum.forms.choosing import people_options
from forum.forms.topics import TopicForm, people_around
from forum.models import Actor, Forum, MergeProposal, Participant, Topic
from forum.outside import whole_number
from forum.templatetags.words import spaced

OFFERED = (
    "edit_topic", "withdraw", "bring_back", "interest", "place", "unplace", "swap", "freeze_topic", "presence",
    "report", "merge", "answer_merge", "split", "take_up", "hand_over", "pitch", "begin_pitch", "end_pitch",
    "door_count", "sheet", "transcribe",
)  # fmt: skip
"""What the page of a topic offers to those who may do it."""
LINE = 60
"""Characters of a title that a menu shows."""
MOST_NOTES = 3
"""Messages to its people that the page of a topic shows."""


@require_http_methods(["GET", "POST"])
@never_cache
@access.door(explains=True)
def propose(request: ForumRequest) -> HttpResponse:
    form = TopicForm(request.POST or None, forum=request.forum, actor=request.actor)
    if request.method == "POST" and not request.refusal and form.is_valid():
        said = form.cleaned_data
        topic = Topic.propose(request.forum, said["title"], said["description"], form.convener, request.actor)
        message = _("Topic number {number} is on the board.").format(number=topic.number)
        return access.done(request, topic.get_absolute_url(), message)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@never_cache
@access.door(explains=True)
def edit(request: ForumRequest, topic: Topic) -> HttpResponse:
    form = TopicForm(request.POST or None, forum=request.forum, actor=request.actor, instance=topic)
    if request.method == "POST" and not request.refusal and form.is_valid():
        form.instance.rewrite(request.actor)
        return access.done(request, topic.get_absolute_url(), _("The topic is changed."))
    return _form(request, form, topic)


def _form(request: ForumRequest, form: TopicForm, topic: Topic | None) -> HttpResponse:
    """The form, with what was typed and why it was not taken."""
    status = 403 if request.refusal else 422 if request.method == "POST" else 200
    if request.htmx and request.method == "POST":
        reasons = [request.refusal] if request.refusal else [e for errors in form.errors.values() for e in errors]
        return access.refuse(request, " ".join(str(reason) for reason in reasons), status=409)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "topic": Topic.objects.get(pk=topic.pk) if topic else None,
        "refusal": request.refusal,
    }
    return render(request, "forum/topic_form.html", context, status=status)


@require_GET
@access.door
def alike(request: ForumRequest) -> HttpResponse:
    """Standing topics whose title says nearly the same as what is being typed: pointed out, never blocked."""
    title = request.GET.get("title", "")[:200]
    topics = request.forum.topics.all()
    found = topics.alike(title, whole_number(request.GET.get("excluding", ""))) if len(title) > 5 else []
    return render(request, "forum/topic_form.html#alike", {"topics": found, "forum": request.forum})


@require_GET
@never_cache
@access.door
def topic(request: ForumRequest, topic: Topic) -> HttpResponse:
    forum, actor = request.forum, request.actor
    may = {name: rules.may(name, actor, forum.stage, topic) for name in OFFERED}
    group = topic.placed_group
    everybody = people_options(forum.participants.present()) if actor.facilitator else ""
    shows_totals = bool(actor.facilitator) or not forum.hides_totals_now
    context = {
        "forum": forum,
        "actor": actor,
        "since": forum.revision,
        "topic": topic,
        "group": group,
        "phase": forum.stage,
        "may": may,
        "cells": cells(forum, topic) if may["place"] else [],
        "present": group.people() if group else [],
        "going": Participant.objects.filter(interests__topic=topic) if shows_totals else [],
        "shows_totals": shows_totals,
        "is_going": bool(actor.participant and topic.interests.filter(participant=actor.participant).exists()),
        "at_door": "door" in request.GET,
        "notes": topic.messages.standing()[:MOST_NOTES],
        "is_here": bool(actor.participant and group and group.people().filter(pk=actor.participant.pk).exists()),
        "everybody": everybody,
        "proposals": proposals(topic, actor),
        "others": others(forum, topic) if may["merge"] else [],
        "alike": forum.topics.all().alike(topic.title, topic.pk) if may["merge"] else [],
        "around": everybody or people_options(people_around(topic, actor)) if may["hand_over"] else "",
        "merge_revision": merge_revision(topic) if actor.facilitator else None,
    }
    return render(request, "forum/topic.html", context)


def proposals(topic: Topic, actor: Actor) -> list[dict[str, Any]]:
    """What is proposed about merging this topic, whose answer is awaited, and whether it is this person's."""
    found = []
    for proposal in MergeProposal.objects.about(topic):
        waits = proposal.waits_for()
        found.append(
            {
                "id": proposal.pk,
                "other": proposal.into if proposal.topic_id == topic.pk else proposal.topic,
                "stays": proposal.into,
                "asked_by": proposal.asked_by,
                "waits_for": list(dict.fromkeys(person.name for person in waits)),
                "is_mine": actor.participant in waits,
            }
        )
    return found


def merge_revision(topic: Topic) -> int | None:
    """The revision whose undoing takes this topic out of the one it was merged into, while that is possible."""
    merges = topic.forum.journal.undoable().filter(verb="merged two topics", details__topic=topic.number)
    return merges.values_list("revision", flat=True).last() if topic.merged_into_id else None


def cells(forum: Forum, topic: Topic | None = None) -> list[dict[str, Any]]:
    """The agenda's cells, slot by slot, as a menu names them; `taken` says by which other topic, if any."""
    placed = forum.topics.standing().filter(group__place__isnull=False).exclude(pk=topic.pk if topic else 0)
    columns = placed.values_list("group__slot", "group__place", "number", "title")
    taken = {(slot, place): {"number": number, "title": line(number, title)} for slot, place, number, title in columns}
    places = [(place, spaced(place.name)) for place in forum.places.all()]
    rows = []
    for slot in forum.slots.filter(title=""):
        when = slot.when
        found = [
            {
                "value": f"{slot.pk}-{place.pk}",
                "place": place,
                "name": f"{when} · {name}",
                "taken": taken.get((slot.pk, place.pk)),
            }
            for place, name in places
        ]
        rows.append({"slot": slot, "when": when, "cells": found})
    return rows


def others(forum: Forum, topic: Topic) -> list[tuple[int, str, str]]:
    """The number of each other topic, how a menu names it, and its convener."""
    columns = forum.topics.standing().exclude(pk=topic.pk).values_list("number", "title", "convener__name")
    return [(number, line(number, title), name or "") for number, title, name in columns]


def line(number: int, title: str) -> str:
    """A topic in a menu."""
    shown = spaced(title)
    return f"{number}. {shown if len(shown) <= LINE else Truncator(shown).chars(LINE)}"


@require_POST
@access.door
def withdraw(request: ForumRequest, topic: Topic) -> HttpResponse:
    topic.withdraw(request.actor)
    message = _("Topic number {number} is withdrawn.").format(number=topic.number)
    return access.done(request, topic.get_absolute_url(), message)


@require_POST
@access.door
def bring_back(request: ForumRequest, topic: Topic) -> HttpResponse:
    topic.bring_back(request.actor)
    message = _("Topic number {number} is on the board again.").format(number=topic.number)
    return access.done(request, topic.get_absolute_url(), message)


@require_POST
@access.door
def interest(request: ForumRequest, topic: Topic) -> HttpResponse:
    """“I am going”, for oneself; a facilitator may say it for someone (`participant`)."""
    person = whom(request)
    if person is None:
        return access.refuse(request, _("Choose a participant first."), status=409)
    topic.interest(person, request.POST.get("going") != "no", request.actor)
    return access.done(request, reverse("board", args=[request.forum.code]))


def whom(request: ForumRequest) -> Participant | None:
    """The person that a button is about: oneself, unless a facilitator names someone of this forum."""
    named = request.POST.get("participant", "")
    if request.actor.facilitator and named:
        number = whole_number(named)
        return None if number is None else get_object_or_404(request.forum.participants.present(), pk=number)
    return request.actor.participant
