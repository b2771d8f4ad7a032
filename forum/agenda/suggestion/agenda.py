"""The agenda of a forum as the search sees it, and the search itself, in a process of its own."""

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

from forum import models
from forum.agenda.suggestion.day import Cell, Cells, Day, Topic
from forum.models import Forum, Group, Interest, Place, Presence, Slot
from forum.models.moment import SAME_DAY
from forum.phases import Phase
from forum.text.parsing import parse_whole_number

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds after which a search is given up; it takes one, on a machine that has nothing else to do."""
KEPT = ("PATH", "LD_LIBRARY_PATH")
ELSEWHERE = "elsewhere"


class NoSuggestion(Exception):
    """The search did not come to its end."""


class Agenda:
    """The agenda of a forum as it stands, for people and for the search. Five queries."""

    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.slots = {slot.pk: slot for slot in forum.slots.for_groups().select_related("forum")}
        self.places = {place.pk: place for place in forum.places.all()}
        rows = forum.topics.active().select_related("convener", "group__slot").prefetch_related("merged__convener")
        self.topics = {topic.pk: topic for topic in rows}
        for topic in self.topics.values():
            topic.forum = forum
        self.day = self._day()

    def _day(self) -> Day:
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        going = Interest.objects.filter(topic__forum=self.forum, participant__removed_at=None)
        for pk, person in going.values_list("topic", "participant"):
            wanted[pk].add(person)
        begun = self._begun()
        topics = []
        for topic in self.topics.values():
            conveners = frozenset(someone.pk for someone in topic.conveners if not someone.removed_at)
            group = topic.group_or_none
            cell = (group.slot_id, group.place_id) if group and group.slot_id else None
            is_frozen = bool(group and (group.is_frozen or group.pk in begun))
            topics.append(Topic(topic.pk, frozenset(wanted[topic.pk]) | conveners, conveners, cell, is_frozen))
        return Day(topics, self._open_slots(), {place.pk: place.seats for place in self.places.values()})

    def _open_slots(self) -> list[int]:
        """Slots whose topics may move: not frozen, nor begun, nor of a day that is over when another one is played."""
        begun = {slot.pk for slot in self.slots.values() if slot.has_begun}
        at = timezone.now()
        moments = self.forum.slots.moments()
        if self.forum.current_phase == Phase.GROUPS:
            begun |= {moment.slot.pk for moment in moments if at - SAME_DAY < moment.start <= at}
        days = {moment.slot.pk: moment.start.astimezone(self.forum.zone).date() for moment in moments}
        today = timezone.localdate(at, self.forum.zone)
        if today in days.values():
            begun |= {slot for slot, day in days.items() if day < today}
        return [pk for pk, slot in self.slots.items() if not slot.is_frozen and pk not in begun]

    def _begun(self) -> set[int]:
        """Groups in which people sit, or have written, now that groups meet."""
        if self.forum.current_phase != Phase.GROUPS:
            return set()
        groups = Group.objects.filter(topic__forum=self.forum)
        seated = Presence.objects.current().filter(group__topic__forum=self.forum)
        return {
            *seated.values_list("group", flat=True),
            *groups.filter(report__version__gt=0).values_list("pk", flat=True),
        }

    @property
    def mark(self) -> str:
        """Another one as soon as something moves on the agenda, or may no longer move."""
        stands = [[topic.id, topic.cell, topic.is_frozen] for topic in self.day.topics]
        told = json.dumps([stands, self.day.slots, list(self.day.places.items())])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def suggested(self) -> Cells:
        """Where every topic should meet. Raises NoSuggestion."""
        return _search(self.day.to_json())

    def read(self, values: Iterable[str]) -> Cells:
        """The cells that the boxes of a form name, by topic. Raises ValueError for what is not on this agenda."""
        cells: dict[int, Cell] = {}
        movable = {topic.id for topic in self.day.topics if not self.day.holds(topic)}
        for value in values:
            topic, _colon, cell = value.partition(":")
            slot, _dash, place = cell.partition("-")
            moves, to, where = parse_whole_number(topic), parse_whole_number(slot), parse_whole_number(place)
            if moves not in movable or to not in self.day.slots:
                raise ValueError(value)
            if place != ELSEWHERE and where not in self.places:
                raise ValueError(value)
            cells[moves] = to, where
        return cells

    def rows(self, cells: Cells) -> list[tuple[models.Topic, Slot, Place | None]]:
        """These cells as the rows that they are."""
        return [
            (self.topics[topic], self.slots[slot], self.places[place] if place else None)
            for topic, (slot, place) in cells.items()
        ]


@lru_cache(maxsize=8)
def _search(day: str) -> Cells:
    """The search, in a process of its own: phones and pages have this one. The same day has the same answer."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [sys.executable, "-m", "forum.agenda.suggestion"]
    try:
        done = subprocess.run(
            command, input=day, capture_output=True, text=True, check=True, cwd=settings.ROOT, env=environment,
            timeout=PATIENCE,
        )  # fmt: skip
        return {topic: (slot, place) for topic, slot, place in json.loads(done.stdout)}
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.error("no agenda was suggested: %s %s", error, getattr(error, "stderr", "") or "")
        raise NoSuggestion from error
