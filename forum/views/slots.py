"""The rounds in real time: begin, extend and freeze a slot."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Forum, Slot
from forum.models.slot import InvalidDuration
from forum.text.parsing import parse_whole_number

MAX_SHIFT_MINUTES = 120
"""By which one press extends or shortens a slot."""


@require_POST
@forum_view
def begin_slot(request: ForumRequest, slot_pk: int) -> HttpResponse:
    """Begin the groups of a slot now, whatever was planned."""
    slot = _get_slot(request.forum, slot_pk)
    if not slot.is_for_groups:
        return deny(request, _("No group meets at that time: it is a moment in common."), status=409)
    slot.begin(request.actor)
    message = _("The groups of {hour} begin now, on every screen.").format(hour=slot.start_label)
    return confirm(request, request.forum.get_desk_url(), message)


@require_POST
@forum_view
def extend_slot(request: ForumRequest, slot_pk: int) -> HttpResponse:
    """Extend a slot by `minutes`, or shorten it if negative; later slots shift with it."""
    minutes = parse_whole_number(request.POST.get("minutes", ""), -MAX_SHIFT_MINUTES, MAX_SHIFT_MINUTES)
    if not minutes:
        return deny(request, _("Give a number of minutes, 120 at most."), status=409)
    try:
        shift = _get_slot(request.forum, slot_pk).extend(minutes, request.actor)
    except InvalidDuration as reason:
        return deny(request, str(reason), status=409)
    more = ngettext("{n} minute more; what comes later follows.", "{n} minutes more; what comes later follows.", shift)
    less = ngettext("{n} minute less; what comes later follows.", "{n} minutes less; what comes later follows.", -shift)
    return confirm(request, request.forum.get_desk_url(), (more if shift > 0 else less).format(n=abs(shift)))


@require_POST
@forum_view
def freeze_slot(request: ForumRequest, slot_pk: int) -> HttpResponse:
    """Let only facilitators move what meets in a slot, or with `frozen=no` conveners too."""
    slot = get_object_or_404(request.forum.slots.for_groups(), pk=slot_pk)
    slot.forum = request.forum
    if request.POST.get("frozen") == "no":
        slot.unfreeze(request.actor)
        message = _("Conveners can place and move topics at {hour} again.")
    else:
        slot.freeze(request.actor)
        message = _("At {hour} only facilitators move topics now.")
    return confirm(request, request.forum.get_desk_url(), message.format(hour=slot.start_label))


def _get_slot(forum: Forum, pk: int) -> Slot:
    slot: Slot = get_object_or_404(forum.slots, pk=pk)
    slot.forum = forum
    return slot
