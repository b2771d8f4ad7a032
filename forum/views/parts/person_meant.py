"""The person that a button is about."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from forum.auth.request import ForumRequest
from forum.models import Participant
from forum.text.parsing import parse_whole_number


def whom(request: ForumRequest) -> Participant | None:
    """The person that a button is about: oneself, unless a facilitator names someone of this forum."""
    named = request.POST.get("participant", "")
    if request.actor.facilitator and named:
        number = parse_whole_number(named)
        return None if number is None else get_object_or_404(request.forum.participants.present(), pk=number)
    return request.actor.participant


def myself(request: ForumRequest) -> Participant:
    """The participant who asks; the rules let nobody else this far."""
    if request.actor.participant is None:
        raise Http404
    return request.actor.participant
