"""The participant that a request is about."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from forum.auth.request import ForumRequest
from forum.models import Participant
from forum.text.parsing import parse_whole_number


def chosen_participant(request: ForumRequest) -> Participant | None:
    """Return the participant that a facilitator chose in the form, else the actor's own; None if there is neither.

    Raises Http404 for a participant who is not present in this forum.
    """
    chosen = request.POST.get("participant", "")
    if request.actor.facilitator and chosen:
        pk = parse_whole_number(chosen)
        return None if pk is None else get_object_or_404(request.forum.participants.present(), pk=pk)
    return request.actor.participant


def own_participant(request: ForumRequest) -> Participant:
    """Return the actor's participant. Raises Http404 without one, which the rules of these views exclude."""
    if request.actor.participant is None:
        raise Http404
    return request.actor.participant
