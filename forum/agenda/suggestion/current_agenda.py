"""The present agenda of a forum, as a problem for the search, and the search in a process of its own."""

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from forum.agenda.suggestion.problem import Cell, Cells, Problem, TopicDemand
from forum.extension import extension
from forum.models import Forum, Interest, Place, Presence, Slot, Topic
from forum.models.moment import SAME_DAY
from forum.phases import Phase
from forum.text.parsing import parse_whole_number

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""Time after which a search is given up. It takes one second on a machine that has nothing else to do."""
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")
"""Environment variables that the process of the search inherits."""
ELSEWHERE = "elsewhere"


class SuggestionFailed(Exception):
    """The search ended without an agenda."""


class CurrentAgenda:
    """The agenda of a forum at this moment, read in five queries."""

    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.slots = {slot.pk: slot for slot in forum.slots.for_groups().select_related("forum")}
        self.places = {place.pk: place for place in forum.places.all()}
        rows = forum.topics.active().select_related("convener", "group__slot").prefetch_related("merged__convener")
        self.topics = {topic.pk: topic for topic in rows}
        for topic in self.topics.values():
            topic.forum = forum
        self.problem = self._problem()

    def _problem(self) -> Problem:
        interested: defaultdict[int, set[int]] = defaultdict(set)
        interests = Interest.objects.filter(topic__forum=self.forum, participant__removed_at=None)
        for pk, person in interests.values_list("topic", "participant"):
            interested[pk].add(person)
        begun = self._begun_groups()
        demands = []
        for topic in self.topics.values():
            conveners = frozenset(convener.pk for convener in topic.conveners if not convener.removed_at)
            group = topic.group_or_none
            cell = (group.slot_id, group.place_id) if group and group.slot_id else None
            is_frozen = bool(group and (group.is_frozen or group.pk in begun))
            people = frozenset(interested[topic.pk]) | conveners
            demands.append(TopicDemand(topic.pk, people, conveners, cell, is_frozen))
        return Problem(demands, self._open_slots(), {place.pk: place.seats for place in self.places.values()})

    def _open_slots(self) -> list[int]:
        """List the slots that are not frozen, have not begun, and are not of a day before today's."""
        begun = {slot.pk for slot in self.slots.values() if slot.has_begun}
        now = timezone.now()
        moments = self.forum.slots.moments()
        if self.forum.current_phase == Phase.GROUPS:
            begun |= {moment.slot.pk for moment in moments if now - SAME_DAY < moment.start <= now}
        days = {moment.slot.pk: moment.start.astimezone(self.forum.zone).date() for moment in moments}
        today = timezone.localdate(now, self.forum.zone)
        if today in days.values():
            begun |= {slot for slot, day in days.items() if day < today}
        return [pk for pk, slot in self.slots.items() if not slot.is_frozen and pk not in begun]

    def _begun_groups(self) -> set[int]:
        """Return the groups in which, since groups meet, people sit or have brought anything."""
        if self.forum.current_phase != Phase.GROUPS:
            return set()
        seated = Presence.objects.current().filter(group__topic__forum=self.forum)
        return {
            *seated.values_list("group", flat=True),
            *extension().groups_with_begun_report(self.forum).values_list("pk", flat=True),
        }

    @property
    def fingerprint(self) -> str:
        """A digest that changes as soon as something moves on the agenda, or may no longer move."""
        topics = [[topic.id, topic.cell, topic.is_frozen] for topic in self.problem.topics]
        data = json.dumps([topics, self.problem.slots, list(self.problem.places.items())])
        return hashlib.sha256(data.encode()).hexdigest()[:16]

    def suggest(self) -> Cells:
        """Return the suggested cell of every topic. Raises SuggestionFailed."""
        return _suggest_in_process(self.problem.to_json())

    def parse_moves(self, values: Iterable[str]) -> Cells:
        """Parse the values of a form's check boxes, "topic:slot-place". Raises ValueError for an impossible move."""
        cells: dict[int, Cell] = {}
        movable = {topic.id for topic in self.problem.topics if not self.problem.is_fixed(topic)}
        for value in values:
            topic, _colon, cell = value.partition(":")
            slot, _dash, place = cell.partition("-")
            topic_pk, slot_pk, place_pk = map(parse_whole_number, (topic, slot, place))
            if topic_pk not in movable or slot_pk not in self.problem.slots:
                raise ValueError(value)
            if place != ELSEWHERE and place_pk not in self.places:
                raise ValueError(value)
            cells[topic_pk] = slot_pk, place_pk
        return cells

    def rows(self, cells: Cells) -> list[tuple[Topic, Slot, Place | None]]:
        """Replace the primary keys of these cells by their rows."""
        return [
            (self.topics[topic], self.slots[slot], self.places[place] if place else None)
            for topic, (slot, place) in cells.items()
        ]


@lru_cache(maxsize=8)
def _suggest_in_process(problem: str) -> Cells:
    """Run the search in a child process, whose processor time pages and sockets do not wait for.

    `problem` is JSON. Raises SuggestionFailed.
    """
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    command = [sys.executable, "-m", "forum.agenda.suggestion"]
    try:
        process = subprocess.run(
            command, input=problem, capture_output=True, text=True, check=True, cwd=settings.ROOT, env=environment,
            timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        return {topic: (slot, place) for topic, slot, place in json.loads(process.stdout)}
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.error("no agenda was suggested: %s %s", error, getattr(error, "stderr", "") or "")
        raise SuggestionFailed from error
