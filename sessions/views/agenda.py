"""The agenda: what it is made of, who meets when and where, and who sits in which group."""

from django.db.models import ProtectedError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum import access
from forum.access import ForumRequest
from forum.forms.forum import ForumForm
from forum.models import Forum, Topic
from forum.templatetags.words import spaced
from forum.views.topics import whom
from sessions.forms.agenda import CellForm, PlaceFormSet, SlotFormSet
from sessions.models import CellTaken, Group

CONFLICT = 409


@require_http_methods(["GET", "POST"])
@never_cache
@access.door
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

    def keep_rows() -> None:
        slots.keep()
        places.keep()

    valid = [part.is_valid() for part in parts]  # every one, so that all errors show
    if data is not None and all(valid):
        try:
            forum.describe(request.actor, also=keep_rows)
        except ProtectedError:
            problem = _("A topic was placed in the meantime in what you remove. Reload the page.")
        else:
            return access.done(request, reverse("desk", args=[forum.code]), _("The settings are kept."))
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "slots": slots,
        "places": places,
        "problem": problem,
        "refused": data is not None,
    }
    return render(request, "sessions/describe.html", context, status=CONFLICT if problem else 422 if data else 200)


@require_POST
@access.door
def place(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Put a topic into a cell. A clash says who is there, and what about."""
    cell = CellForm(request.POST, forum=request.forum)
    if not cell.is_valid():
        reasons = [str(reason) for errors in cell.errors.values() for reason in errors]
        return access.refuse(request, " ".join(reasons), status=CONFLICT)
    try:
        group = Group.place_topic(topic, by=request.actor, **cell.cleaned_data)
    except CellTaken as taken:
        return access.refuse(request, clash(taken.group), status=CONFLICT)
    said = _("Topic number {number} meets at {hour}: {place}.").format(
        number=topic.number,
        hour=time_format(cell.cleaned_data["slot"].starts_at),
        place=group.place or group.elsewhere or _("elsewhere"),
    )
    return access.done(request, topic.get_absolute_url(), said)


def clash(group: Group) -> str:
    """Which group is in the cell that somebody wanted, in words."""
    topic = group.topic
    facts = {
        "place": group.place,
        "hour": time_format(group.slot.starts_at) if group.slot else "",
        "number": topic.number,
        "title": topic.title,
        "name": topic.convener.name if topic.convener else "",
    }
    if topic.convener:
        said = _("{place} at {hour} is taken by topic number {number}, “{title}” ({name}).")
    else:
        said = _("{place} at {hour} is taken by topic number {number}, “{title}”.")
    return spaced(said.format(**facts))


@require_POST
@access.door
def unplace(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Take a topic back to those that wait for a slot."""
    group = topic.placed_group
    if group and group.slot_id:
        group.topic.forum = request.forum
        group.unplace(request.actor)
    said = _("Topic number {number} waits for a slot.").format(number=topic.number)
    return access.done(request, topic.get_absolute_url(), said)


@require_POST
@access.door
def presence(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Sit down in a group, or get up, at any time; a facilitator may say it for someone (`participant`)."""
    person = whom(request)
    if person is None:
        return access.refuse(request, _("Choose a participant first."), status=CONFLICT)
    group = topic.placed_group
    if request.POST.get("present") == "no":
        if group:
            group.topic.forum = request.forum
            group.farewell(person, request.actor)
        return access.done(request, topic.get_absolute_url())
    if group is None or not group.slot_id:
        return access.refuse(request, _("This topic has no group yet: it waits for a slot."), status=CONFLICT)
    group.topic.forum = request.forum
    group.welcome(person, request.actor)
    return access.done(request, topic.get_absolute_url())
