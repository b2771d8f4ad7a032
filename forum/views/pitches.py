"""Pitches: queue to present a topic to everyone, come onto the wall, leave it."""

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import NotQueued, Pitch, Topic


@require_POST
@forum_view
def pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Queue to present a topic to everyone, or with `waiting=no` leave the queue."""
    if request.POST.get("waiting") == "no":
        message = _("Number {number} is no longer in the queue.")
        return _change_pitch(request, topic, lambda row: row.leave_queue(request.actor), message)
    Pitch.queue(topic, request.actor)
    return _confirm_pitch(request, topic, _("Number {number} is in the queue."))


@require_POST
@forum_view
def begin_pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    message = _("Number {number} is on the wall.")
    return _change_pitch(request, topic, lambda row: row.begin(request.actor), message)


@require_POST
@forum_view
def end_pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    message = _("Number {number} has left the wall.")
    return _change_pitch(request, topic, lambda row: row.end(request.actor), message)


@require_POST
@forum_view
def move_pitch(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Move a pitch one place `up` or `down` in the queue."""
    step = {"up": -1, "down": 1}.get(request.POST.get("to", ""))
    if step is None:
        return deny(request, _("A pitch moves up or down."), status=409)
    message = _("The order of the queue is changed.")
    return _change_pitch(request, topic, lambda row: row.move(step, request.actor), message)


def _change_pitch(request: ForumRequest, topic: Topic, change: Callable[[Pitch], None], message: str) -> HttpResponse:
    """Apply a verb to the pitch of a topic, unless it has left the queue in the meantime."""
    row = topic.pitch_or_none
    try:
        if row is None:
            raise NotQueued
        change(row)
    except NotQueued:
        reason = _("Number {number} is not in the queue any more.").format(number=topic.number)
        return deny(request, reason, status=409)
    return _confirm_pitch(request, topic, message)


def _confirm_pitch(request: ForumRequest, topic: Topic, message: str) -> HttpResponse:
    return confirm(request, topic.get_absolute_url(), message.format(number=topic.number))
