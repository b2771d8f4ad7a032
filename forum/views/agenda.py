"""The agenda: what it is made of, who meets when and where, and who sits in which group."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.forms.agenda import CellForm, PlaceForm, PlaceFormSet, SlotFormSet
from forum.forms.forum import ForumForm
from forum.forms.topics import TopicForm
from forum.models import CellTaken, Change, Forum, Group, NameTaken, Place, PlacementFrozen, Topic
from forum.text.parsing import parse_pk
from forum.text.typography import spaced
from forum.views.parts.menus import cells
from forum.views.parts.person_meant import whom

CONFLICT = 409


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def describe(request: ForumRequest) -> HttpResponse:
    """The settings of the day: its description, its slots and its places, kept together or not at all."""
    data = request.POST or None
    # Forms write into what they are given: the page's own header must not show what is not kept.
    forum = Forum.objects.get(pk=request.forum.pk)
    form = ForumForm(data, instance=forum)
    slots = SlotFormSet(data, instance=forum, prefix="slots")
    places = PlaceFormSet(data, instance=forum, prefix="places")
    parts = (form, slots, places)
    problem = ""

    def keep_rows(change: Change) -> None:
        slots.save_rows(change)
        places.save_rows(change)

    valid = [part.is_valid() for part in parts]  # every one, so that all errors show
    if data is not None and all(valid):
        try:
            forum.describe(request.actor, save_agenda=keep_rows)
        except ProtectedError:
            problem = _("A topic was placed in the meantime in what you remove. Reload the page.")
        else:
            return confirm(request, reverse("desk", args=[forum.code]), _("The settings are kept."))
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "slots": slots,
        "places": places,
        "problem": problem,
        "refused": data is not None,
    }
    return render(request, "forum/settings.html", context, status=CONFLICT if problem else 422 if data else 200)


@require_POST
@forum_view
def place(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Put a topic into a cell. A clash says who is there, and what about."""
    cell = CellForm(request.POST, forum=request.forum)
    if not cell.is_valid():
        reasons = [str(reason) for errors in cell.errors.values() for reason in errors]
        return deny(request, " ".join(reasons), status=CONFLICT)
    try:
        group = Group.place_topic(topic, by=request.actor, **cell.cleaned_data)
    except CellTaken as taken:
        return deny(request, clash(taken.group), status=CONFLICT)
    except PlacementFrozen as reason:
        return deny(request, str(reason), status=CONFLICT)
    return confirm(request, topic.get_absolute_url(), meets(group))


def meets(group: Group) -> str:
    """When and where the group meets, in words."""
    return _("Topic number {number} meets at {hour}: {place}.").format(
        number=group.topic.number,
        hour=group.slot.start_label if group.slot else "",
        place=group.place or group.elsewhere or _("elsewhere"),
    )


def clash(group: Group) -> str:
    """Which group is in the cell that somebody wanted, in words."""
    topic = group.topic
    facts = {
        "place": group.place,
        "hour": group.slot.start_label if group.slot else "",
        "number": topic.number,
        "title": topic.title,
        "name": ", ".join(person.name for person in topic.conveners),
    }
    if topic.conveners:
        said = _("{place} at {hour} is taken by topic number {number}, “{title}” ({name}).")
    else:
        said = _("{place} at {hour} is taken by topic number {number}, “{title}”.")
    return spaced(said.format(**facts))


@require_POST
@forum_view
def unplace(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Take a topic back to those that wait for a slot."""
    group = topic.group_or_none
    try:
        if group and group.slot_id:
            group.unplace(request.actor)
    except PlacementFrozen as reason:
        return deny(request, str(reason), status=CONFLICT)
    return confirm(request, topic.get_absolute_url(), waits(topic))


@require_POST
@forum_view
def swap(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Exchange the cells of this topic and of the one `with` that number; what waits for a slot gets one."""
    placed = request.forum.topics.active().filter(group__slot__isnull=False)
    other = placed.filter(number=parse_pk(request.POST.get("with", ""))).first()
    if other is None or other == topic:
        return deny(request, _("The topic to exchange with is no longer on the agenda."), status=CONFLICT)
    other.forum = request.forum
    group, theirs = Group.for_topic(topic), Group.for_topic(other)
    group.swap(theirs, request.actor)
    said = meets(group) + " " + (meets(theirs) if theirs.slot else waits(other))
    return confirm(request, topic.get_absolute_url(), said)


def waits(topic: Topic) -> str:
    return _("Topic number {number} waits for a slot.").format(number=topic.number)


@require_POST
@forum_view
def freeze_topic(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Leave a topic in its cell, or with `frozen=no` let it move again."""
    group = topic.group_or_none
    if group is None or not group.slot_id:
        return deny(request, waits(topic), status=CONFLICT)
    if request.POST.get("frozen") == "no":
        group.unfreeze(request.actor)
        said = _("Topic number {number} can move again.")
    else:
        group.freeze(request.actor)
        said = _("Topic number {number} stays where it is.")
    return confirm(request, topic.get_absolute_url(), said.format(number=topic.number))


@require_POST
@forum_view
def freeze_slot(request: ForumRequest, slot: int) -> HttpResponse:
    """Let only facilitators move what meets in a slot, or with `frozen=no` let conveners do it again."""
    found = get_object_or_404(request.forum.slots.filter(title=""), pk=slot)
    found.forum = request.forum
    if request.POST.get("frozen") == "no":
        found.unfreeze(request.actor)
        said = _("Conveners can place and move topics at {hour} again.")
    else:
        found.freeze(request.actor)
        said = _("At {hour} only facilitators move topics now.")
    return confirm(request, reverse("desk", args=[request.forum.code]), said.format(hour=found.start_label))


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def add_place(request: ForumRequest) -> HttpResponse:
    """A place added on the spot; with `topic` and `slot`, that topic meets there."""
    form = PlaceForm(request.POST or None, forum=request.forum)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            place = Place.add(request.forum, request.actor, **{name: said[name] for name in form.row_fields})
        except NameTaken:
            form.add_error("name", _("There is already a place of this name."))
        else:
            message = _("{place} is added to the places.").format(place=place.name)
            if said["topic"] and said["slot"]:
                said["topic"].forum = request.forum
                message = meets(Group.place_topic(said["topic"], said["slot"], place, request.actor))
            return confirm(request, reverse("desk", args=[request.forum.code]), message)
    return _asked(request, "forum/add_place.html", [form], {"form": form})


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def late(request: ForumRequest) -> HttpResponse:
    """A topic that comes up while groups meet: proposed and placed in one go."""
    posted = request.POST if request.method == "POST" else None
    form = TopicForm(posted, forum=request.forum, actor=request.actor)
    form.fields["title"].label = _("Title, as the person says it")
    cell = CellForm(posted, forum=request.forum)
    if posted is not None and all([form.is_valid(), cell.is_valid()]):
        said = form.cleaned_data
        try:
            with transaction.atomic():
                topic = Topic.propose(request.forum, said["title"], said["description"], form.convener, request.actor)
                group = Group.place_topic(topic, by=request.actor, **cell.cleaned_data)
        except CellTaken as taken:
            cell.add_error(None, clash(taken.group))
        else:
            return confirm(request, reverse("desk", args=[request.forum.code]), meets(group))
    context = {"form": form, "cell": cell, "cells": cells(request.forum)}
    return _asked(request, "forum/late.html", [form, cell], context)


def _asked(request: ForumRequest, template: str, forms: list[BaseForm], context: dict[str, Any]) -> HttpResponse:
    """A form on a page of its own; on the desk, which holds what was typed, only why it was not taken."""
    reasons = [str(reason) for form in forms for errors in form.errors.values() for reason in errors]
    if request.htmx and reasons:
        return deny(request, " ".join(reasons), status=CONFLICT)
    context |= {"forum": request.forum, "actor": request.actor}
    return render(request, template, context, status=422 if reasons else 200)


@require_POST
@forum_view
def presence(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Sit down in a group, or get up, at any time; a facilitator may say it for someone (`participant`)."""
    person = whom(request)
    if person is None:
        return deny(request, _("Choose a participant first."), status=CONFLICT)
    group = topic.group_or_none
    if request.POST.get("present") == "no":
        if group:
            group.leave(person, request.actor)
        return confirm(request, topic.get_absolute_url())
    if group is None or not group.slot_id:
        return deny(request, _("This topic has no group yet: it waits for a slot."), status=CONFLICT)
    group.join(person, request.actor)
    return confirm(request, topic.get_absolute_url())
