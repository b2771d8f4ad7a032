"""People and groups: sit down in a group, roam between groups, count the people in the room."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Topic
from forum.models.participant import Roaming
from forum.text.parsing import parse_whole_number
from forum.views.parts.participants import chosen_participant, own_participant

MAX_COUNTED = 9999
"""People counted at a door."""


@require_POST
@forum_view
def presence(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Sit down in a group, or with `present=no` get up. The team may do it for a `participant`."""
    person = chosen_participant(request)
    if person is None:
        return deny(request, _("Choose a participant first."), status=409)
    group = topic.group_or_none
    if request.POST.get("present") == "no":
        if group:
            group.leave(person, request.actor)
        return confirm(request, topic.get_absolute_url())
    if group is None or not group.slot_id:
        return deny(request, _("This topic has no group yet: it waits for a slot."), status=409)
    group.join(person, request.actor)
    return confirm(request, topic.get_absolute_url())


@require_POST
@forum_view
def roam(request: ForumRequest) -> HttpResponse:
    """Roam as a bumblebee or a butterfly (`kind`), or no longer (empty)."""
    kind = request.POST.get("kind", "")
    if kind not in ("", *Roaming.values):
        return deny(request, _("There is no such creature here."), status=409)
    person = own_participant(request)
    person.forum = request.forum
    person.roam(kind, request.actor)
    return confirm(request, reverse("board", args=[request.forum.code]))


@require_POST
@forum_view
def door_count(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Save how many `people` were counted at the door of a group. Empty: no count."""
    group, text = topic.group_or_none, request.POST.get("people", "").strip()
    if group is None or not group.slot_id:
        return deny(request, _("This topic has no group yet: it waits for a slot."), status=409)
    count = parse_whole_number(text, most=MAX_COUNTED)
    if text and count is None:
        return deny(request, _("Type how many people you counted, as a number."), status=409)
    group.count_at_door(count, request.actor)
    message = _("The count is taken away.") if count is None else _("{n} people counted.").format(n=count)
    return confirm(request, topic.get_absolute_url(), message)
