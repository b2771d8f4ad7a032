"""The page of a topic, with all that its reader may do there."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import render_page
from forum.auth.rules import Rights
from forum.forms.person_choice import people_options
from forum.fragment_keys import Key, RowKey
from forum.models import Actor, MergeProposal, Participant, Topic
from forum.models.verbs import Verb
from forum.views.parts.live_board import live_page_context
from forum.views.parts.menus import cell_choices, other_topics
from forum.views.parts.participants import convener_choices

MAX_MESSAGES = 3
"""To the topic's people, on its page."""


@require_GET
@never_cache
@forum_view
def topic(request: ForumRequest, topic: Topic) -> HttpResponse:
    forum, actor = request.forum, request.actor
    for other in filter(None, (topic.merged_into, topic.split_from, *topic.merged.all())):
        other.forum = forum  # read for its URL
    may = request.rights.about(topic)
    context = {
        **live_page_context(request, *_watched_keys(topic, may)),
        "topic": topic,
        "group": topic.group_or_none,
        "phase": forum.current_phase,
        "may": may,
        "at_door": "door" in request.GET,
        "messages_to_topic": forum.messages.active().filter(topic=topic)[:MAX_MESSAGES],
        "proposals": _proposals(topic, actor),
        "merge_revision": _merge_revision(topic) if may["undo"] else None,
        **_people_context(topic, actor, may),
        **_menus(request, topic, may),
    }
    return render_page(request, "forum/topic.html", context)


def _watched_keys(topic: Topic, may: Rights) -> list[str]:
    keys = [RowKey.TOPIC.of(topic.pk), RowKey.REPORT.of(topic.pk), Key.STAGE]
    return [*keys, Key.AGENDA] if may["clashes"] else keys


def _people_context(topic: Topic, actor: Actor, may: Rights) -> dict[str, Any]:
    """Return who sits in the group, who is interested, and which of both the actor is."""
    group, person = topic.group_or_none, actor.participant
    present = list(group.people()) if group else []
    shows_totals = may["hidden_totals"] or not topic.forum.hides_totals_now
    return {
        "present": present,
        "is_here": person in present,
        "shows_totals": shows_totals,
        "going": Participant.objects.filter(interests__topic=topic) if shows_totals else [],
        "is_going": bool(person and topic.interests.filter(participant=person).exists()),
    }


def _menus(request: ForumRequest, topic: Topic, may: Rights) -> dict[str, Any]:
    """Return the choices of the menus, each only for those who may use it."""
    everybody = people_options(topic.forum.participants.present()) if may["act_for_others"] else ""
    return {
        "cells": cell_choices(topic.forum, topic) if may["place"] else [],
        "other_topics": other_topics(topic.forum, topic) if may["merge"] else [],
        "alike": topic.forum.topics.all().similar(topic.title, topic.pk) if may["merge"] else [],
        "everybody": everybody,
        "possible_conveners": everybody or people_options(convener_choices(request, topic)) if may["hand_over"] else "",
    }


def _proposals(topic: Topic, actor: Actor) -> list[dict[str, Any]]:
    """Return the proposals to merge this topic: whose answer is awaited, and whether the actor's is (`is_mine`)."""
    rows = []
    for proposal in MergeProposal.objects.for_page_of(topic):
        awaited = proposal.awaited_conveners()
        rows.append(
            {
                "id": proposal.pk,
                "other": proposal.other_than(topic),
                "stays": proposal.into,
                "asked_by": proposal.proposed_by,
                "awaited": list(dict.fromkeys(person.name for person in awaited)),
                "is_mine": actor.participant in awaited,
            }
        )
    return rows


def _merge_revision(topic: Topic) -> int | None:
    """Return the revision to undo to take this topic out of the one it was merged into; None: that is impossible."""
    merges = topic.forum.journal.undoable().filter(verb=Verb.MERGED_TWO_TOPICS, details__merged=topic.number)
    return merges.values_list("revision", flat=True).last() if topic.merged_into_id else None
