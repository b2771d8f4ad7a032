"""The rounds in real time: beginning and extending them, who is where, and what is on in each place."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Forum, Slot, Topic
from forum.models.participant import Roaming
from forum.models.slot import InvalidDuration
from forum.server import public_urls
from forum.text.parsing import parse_whole_number
from forum.views.parts.person_meant import myself

CONFLICT = 409
MOST_COUNTED = 9999
MOST_MINUTES = 120
MOST_WATCHED = 6
"""Topics that a page watches one by one; it may watch eight keys (see news.py)."""


@require_POST
@forum_view
def begin_slot(request: ForumRequest, slot: int) -> HttpResponse:
    """The groups of a slot begin now, whatever was planned."""
    found = _slot(request.forum, slot)
    if not found.is_for_groups:
        return deny(request, _("No group meets at that time: it is a moment in common."), status=CONFLICT)
    found.begin(request.actor)
    said = _("The groups of {hour} begin now, on every screen.").format(hour=found.start_label)
    return confirm(request, _desk(request), said)


@require_POST
@forum_view
def extend_slot(request: ForumRequest, slot: int) -> HttpResponse:
    """Some minutes more, or less when `minutes` is negative; what comes later shifts with it."""
    minutes = parse_whole_number(request.POST.get("minutes", ""), -MOST_MINUTES, MOST_MINUTES)
    if not minutes:
        return deny(request, _("Give a number of minutes, 120 at most."), status=CONFLICT)
    try:
        shift = _slot(request.forum, slot).extend(minutes, request.actor)
    except InvalidDuration as reason:
        return deny(request, str(reason), status=CONFLICT)
    more = ngettext("{n} minute more; what comes later follows.", "{n} minutes more; what comes later follows.", shift)
    less = ngettext("{n} minute less; what comes later follows.", "{n} minutes less; what comes later follows.", -shift)
    return confirm(request, _desk(request), (more if shift > 0 else less).format(n=abs(shift)))


def _slot(forum: Forum, pk: int) -> Slot:
    found: Slot = get_object_or_404(forum.slots, pk=pk)
    found.forum = forum
    return found


def _desk(request: ForumRequest) -> str:
    return reverse("desk", args=[request.forum.code])


@require_POST
@forum_view
def roam(request: ForumRequest) -> HttpResponse:
    """Be a bumblebee or a butterfly (`kind`), or no longer (empty)."""
    kind = request.POST.get("kind", "")
    if kind not in ("", *Roaming.values):
        return deny(request, _("There is no such creature here."), status=CONFLICT)
    person = myself(request)
    person.forum = request.forum
    person.roam(kind, request.actor)
    return confirm(request, reverse("board", args=[request.forum.code]))


@require_POST
@forum_view
def door_count(request: ForumRequest, topic: Topic) -> HttpResponse:
    """How many are in the room, as somebody counted at its door; empty: nobody counted."""
    group, typed = topic.group_or_none, request.POST.get("people", "").strip()
    if group is None or not group.slot_id:
        return deny(request, _("This topic has no group yet: it waits for a slot."), status=CONFLICT)
    counted = parse_whole_number(typed, most=MOST_COUNTED)
    if typed and counted is None:
        return deny(request, _("Type how many people you counted, as a number."), status=CONFLICT)
    group.count_at_door(counted, request.actor)
    said = _("The count is taken away.") if counted is None else _("{n} people counted.").format(n=counted)
    return confirm(request, topic.get_absolute_url(), said)


@require_GET
@never_cache
@forum_view
def place_page(request: ForumRequest, place: int) -> HttpResponse:
    """What is on in a place and what is next, for a tablet at its door."""
    found = get_object_or_404(request.forum.places, pk=place)
    meeting = request.forum.topics.active().for_board().filter(group__place=found)
    topics = {topic.group.slot_id: topic for topic in meeting}
    meets: list[dict[str, Any]] = []
    for moment in request.forum.slots.moments():
        topic = topics.get(moment.slot.pk)
        code = qr.svg(public_urls.door_url(request.forum.code, topic.number)) if topic else ""
        meets.append({"moment": moment, "topic": topic, "qr": code})
    watched = [f"topic-{topic.pk}" for topic in topics.values()][:MOST_WATCHED]
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "place": found,
        "meets": meets,
        "address": public_urls.join_address(),
        "watch": ",".join(["now", "agenda", *watched]),
    }
    return render(request, "forum/place.html", context)
