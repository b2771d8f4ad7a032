"""The participants that a request is about, or may name."""

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from forum.auth.request import ForumRequest
from forum.forms.topics import possible_conveners
from forum.models import Participant, Topic
from forum.text.parsing import parse_whole_number


def chosen_participant(request: ForumRequest) -> Participant | None:
    """Return the participant that someone of the team chose in the form, else the actor's own, or None.

    Raises Http404 for a participant who is not present in this forum.
    """
    chosen = request.POST.get("participant", "")
    if chosen and request.rights.may("act_for_others"):
        pk = parse_whole_number(chosen)
        return None if pk is None else get_object_or_404(request.forum.participants.present(), pk=pk)
    return request.actor.participant


def convener_choices(request: ForumRequest, topic: Topic) -> QuerySet[Participant]:
    """Return the people whom the actor may name as convener of a topic: everybody, if they act for others."""
    if request.rights.may("act_for_others"):
        return request.forum.participants.present()
    return possible_conveners(topic, request.actor)


def own_participant(request: ForumRequest) -> Participant:
    """Return the actor's participant. Raises Http404 without one, which the rules of these views exclude."""
    if request.actor.participant is None:
        raise Http404
    return request.actor.participant
