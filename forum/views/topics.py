"""Topics: propose, read, edit, withdraw, and "I am going"."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum import access, rules
from forum.access import ForumRequest
from forum.forms.topics import TopicForm
from forum.models import Forum, Participant, Topic


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
    excluding = request.GET.get("excluding", "")
    topics = request.forum.topics.all()
    found = topics.alike(title, int(excluding) if excluding.isdecimal() else None) if len(title) > 5 else []
    return render(request, "forum/topic_form.html#alike", {"topics": found, "forum": request.forum})


@require_GET
@never_cache
@access.door
def topic(request: ForumRequest, topic: Topic) -> HttpResponse:
    forum, actor = request.forum, request.actor
    may = {
        name: rules.may(name, actor, forum.stage, topic)
        for name in ("edit_topic", "withdraw", "bring_back", "interest", "place", "unplace", "presence", "report")
    }
    group = topic.placed_group
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
        "going": Participant.objects.filter(interests__topic=topic),
        "is_going": bool(actor.participant and topic.interests.filter(participant=actor.participant).exists()),
        "is_here": bool(actor.participant and group and group.people().filter(pk=actor.participant.pk).exists()),
        "everybody": forum.participants.present() if actor.facilitator else [],
    }
    return render(request, "forum/topic.html", context)


def cells(forum: Forum, topic: Topic) -> list[dict[str, Any]]:
    """The agenda's cells, slot by slot: who is in each, so that only free ones can be chosen."""
    places = list(forum.places.all())
    rows = []
    for slot in forum.slots.filter(title="").prefetch_related("groups__topic"):
        taken = {group.place_id: group.topic for group in slot.groups.all() if group.topic_id != topic.pk}
        rows.append({"slot": slot, "cells": [{"place": place, "taken_by": taken.get(place.pk)} for place in places]})
    return rows


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
        people = request.forum.participants.present()
        return get_object_or_404(people, pk=int(named)) if named.isdecimal() else None
    return request.actor.participant
