"""Find clashes on the agenda. They are shown to those who can move a topic, and never forbidden."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

from django.db.models import Count

from forum.models import Forum, Group, Presence, Slot, Topic
from forum.models.interest import Interest
from forum.phases import MARKET_AND_GROUPS, Phase

SHARED_INTEREST = 4
"""Two topics stand out when at least one in so many people of the less wanted one wants the other too."""
MAX_ON_DESK = 16
"""Clashes that the desk lists; it counts the others."""
MAX_ON_TOPIC = 5


class ClashKind(StrEnum):
    """The kinds of clash, the gravest first."""

    CONVENER = "convener"
    """One person convenes several topics at the same time."""
    SEATS = "seats"
    """More people come than the place has seats."""
    BOTH = "both"
    """People want two topics that meet at the same time."""


@dataclass(frozen=True)
class Clash:
    kind: ClashKind
    slot: Slot
    topics: tuple[Topic, ...]
    """Ordered by number."""
    people: int
    """Number of people who have to choose, or who come."""
    name: str = ""
    """Name of the convener, or of the place."""
    seats: int = 0
    stands_out: bool = True
    """Whether the cards of the topics are marked too."""

    @property
    def pks(self) -> list[int]:
        return [topic.pk for topic in self.topics]

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Order clashes by gravity: by kind, then by the number of people, then by time."""
        rank, numbers = list(ClashKind).index(self.kind), [topic.number for topic in self.topics]
        return rank, -self.people, self.slot.day, self.slot.starts_at, numbers

    def others(self, topic: Topic) -> list[Topic]:
        return [other for other in self.topics if other.pk != topic.pk]


def find_clashes(forum: Forum, slot: Slot | None = None) -> list[Clash]:
    """List the clashes of the agenda, or of one slot of it, the gravest first.

    Makes a fixed number of queries for bare columns: the desk calls this on every change of an interest.
    """
    if forum.current_phase not in MARKET_AND_GROUPS:
        return []
    return sorted(_ClashFinder(forum, slot).find(), key=lambda clash: clash.sort_key)


@dataclass(frozen=True)
class _TopicCell:
    slot: int
    place: str | None
    seats: int | None
    door_count: int | None


class _ClashFinder:
    """The topics that have a cell, in one slot or in any, and the people who want them, by primary key."""

    def __init__(self, forum: Forum, slot: Slot | None = None) -> None:
        self.forum = forum
        self.slots = {slot.pk: slot} if slot else forum.slots.in_bulk()
        placed = forum.topics.active().filter(group__slot__in=self.slots)
        self.topics = {topic.pk: topic for topic in placed.only("forum", "number", "title", "convener")}
        groups = Group.objects.filter(topic__forum=forum, topic__withdrawn_at=None, slot__in=self.slots)
        columns = groups.values_list("topic", "slot", "place__name", "place__seats", "door_count")
        # A topic that moved between these two queries comes with the next revision.
        self.cells = {
            topic: _TopicCell(slot, place, seats, door_count)
            for topic, slot, place, seats, door_count in columns
            if topic in self.topics
        }
        self.wanted_by: defaultdict[int, list[int]] = defaultdict(list)
        """Topics that each participant wants."""
        interests = Interest.objects.filter(topic__in=self.cells)
        for person, topic in interests.values_list("participant", "topic"):
            self.wanted_by[person].append(topic)
        self.interested = Counter(topic for topics in self.wanted_by.values() for topic in topics)
        """Number of people who want each topic."""

    def find(self) -> Iterator[Clash]:
        yield from self._convener_clashes()
        yield from self._seat_clashes()
        yield from self._interest_clashes()

    def _clash(self, kind: ClashKind, pks: Iterable[int], people: int, **fields: Any) -> Clash:
        topics = tuple(sorted((self.topics[pk] for pk in pks), key=lambda topic: topic.number))
        return Clash(kind, self.slots[self.cells[topics[0].pk].slot], topics, people, **fields)

    def _convener_clashes(self) -> Iterator[Clash]:
        merged = self.forum.topics.filter(merged_into__in=self.cells).values_list("merged_into", "convener")
        convened = {(pk, self.topics[pk].convener_id) for pk in self.cells} | set(merged)
        topics_of: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for pk, person in convened:
            if pk and person:
                topics_of[self.cells[pk].slot, person].append(pk)
        clashing = {key: pks for key, pks in topics_of.items() if len(pks) > 1}
        people = self.forum.participants.filter(pk__in={person for _slot, person in clashing})
        names = dict(people.values_list("pk", "name"))
        for (_slot, person), pks in clashing.items():
            yield self._clash(ClashKind.CONVENER, pks, len(pks), name=names.get(person, ""))

    def _seat_clashes(self) -> Iterator[Clash]:
        coming = self._present() if self.forum.current_phase == Phase.GROUPS else self.interested
        for pk, cell in self.cells.items():
            if cell.place and cell.seats and coming[pk] > cell.seats:
                yield self._clash(ClashKind.SEATS, [pk], coming[pk], name=cell.place, seats=cell.seats)

    def _present(self) -> dict[int, int]:
        """Count the people in each group: those who said so, or those counted at the door if they are more."""
        presences = Presence.objects.filter(group__topic__in=self.topics, left_at=None).values_list("group__topic")
        present = dict(presences.annotate(people=Count("pk")))
        return {pk: max(present.get(pk, 0), cell.door_count or 0) for pk, cell in self.cells.items()}

    def _interest_clashes(self) -> Iterator[Clash]:
        slots = {pk: cell.slot for pk, cell in self.cells.items()}
        pairs: Counter[tuple[int, int]] = Counter()
        for topics in self.wanted_by.values():
            pairs.update((a, b) for a, b in combinations(sorted(topics), 2) if slots[a] == slots[b])
        for (a, b), people in pairs.items():
            stands_out = people * SHARED_INTEREST >= min(self.interested[a], self.interested[b])
            yield self._clash(ClashKind.BOTH, (a, b), people, stands_out=stands_out)


def desk_context(forum: Forum) -> dict[str, Any]:
    """Return the context of the desk's fragment."""
    clashes = find_clashes(forum)
    return {"clashes": clashes[:MAX_ON_DESK], "more": max(0, len(clashes) - MAX_ON_DESK), "count": len(clashes)}


def clashes_of_topic(topic: Topic, *, with_numbers: bool) -> list[Clash]:
    """List the gravest clashes of a topic; only those without numbers of people while these are hidden."""
    slot = topic.group_or_none.slot if topic.group_or_none else None
    clashes = find_clashes(topic.forum, slot) if slot else []
    own = [c for c in clashes if topic.pk in c.pks and (with_numbers or c.kind == ClashKind.CONVENER)]
    return own[:MAX_ON_TOPIC]
