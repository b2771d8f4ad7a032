"""Clashes of the agenda: shown to those who can move something, never forbidden."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Count

from forum.models import Forum, Group, Presence, Slot, Topic
from forum.models.interest import Interest
from forum.phases import MARKET_AND_GROUPS, Phase

CONVENER, SEATS, BOTH = "convener", "seats", "both"
"""A convener who is expected twice at the same time; more people than seats; people who want both."""
MANY = 4
"""A pair of topics stands out when one person in so many, of those who want the smaller one, wants the other too."""
LISTED = 16
"""Clashes that the desk names; the others are counted."""
LISTED_ON_TOPIC = 5


@dataclass(frozen=True)
class Clash:
    kind: str
    slot: Slot
    topics: tuple[Topic, ...]
    """By number."""
    people: int
    """Who have to choose, or who come."""
    name: str = ""
    """Of the convener, or of the place."""
    seats: int = 0
    stands_out: bool = True
    """Whether the cards themselves bear a mark."""

    @property
    def pks(self) -> list[int]:
        return [topic.pk for topic in self.topics]

    @property
    def weight(self) -> tuple[Any, ...]:
        """The gravest first: nobody can be in two places, then chairs are missing, then people have to choose."""
        rank, numbers = (CONVENER, SEATS, BOTH).index(self.kind), [topic.number for topic in self.topics]
        return rank, -self.people, self.slot.day, self.slot.starts_at, numbers

    def others(self, topic: Topic) -> list[Topic]:
        return [other for other in self.topics if other.pk != topic.pk]


@dataclass(frozen=True)
class Cell:
    slot: int
    place: str | None
    seats: int | None
    door_count: int | None


def clashes(forum: Forum, slot: Slot | None = None) -> list[Clash]:
    """Everything on the agenda, or in one slot of it, that somebody may want to look at, the gravest first.

    A fixed number of queries, of bare columns: the desk asks each time that anyone says where they go.
    """
    if forum.current_phase not in MARKET_AND_GROUPS:
        return []
    return sorted(Agenda(forum, slot).clashes(), key=lambda clash: clash.weight)


class Agenda:
    """The topics that have a cell, in one slot or in any, and who wants to go where of them."""

    def __init__(self, forum: Forum, slot: Slot | None = None) -> None:
        self.forum = forum
        self.slots = {slot.pk: slot} if slot else forum.slots.in_bulk()
        placed = forum.topics.active().filter(group__slot__in=self.slots)
        self.topics = {topic.pk: topic for topic in placed.only("forum", "number", "title", "convener")}
        groups = Group.objects.filter(topic__forum=forum, topic__withdrawn_at=None, slot__in=self.slots)
        columns = groups.values_list("topic", "slot", "place__name", "place__seats", "door_count")
        # What moved between two of these queries comes with the next revision.
        self.cells = {
            topic: Cell(slot, place, seats, door_count)
            for topic, slot, place, seats, door_count in columns
            if topic in self.topics
        }
        self.wants: defaultdict[int, list[int]] = defaultdict(list)
        """Participant → topics."""
        interests = Interest.objects.filter(topic__in=self.cells)
        for person, topic in interests.values_list("participant", "topic"):
            self.wants[person].append(topic)
        self.going = Counter(topic for topics in self.wants.values() for topic in topics)

    def clashes(self) -> Iterator[Clash]:
        yield from self._conveners()
        yield from self._seats()
        yield from self._both()

    def _clash(self, kind: str, pks: Iterable[int], people: int, **facts: Any) -> Clash:
        topics = tuple(sorted((self.topics[pk] for pk in pks), key=lambda topic: topic.number))
        return Clash(kind, self.slots[self.cells[topics[0].pk].slot], topics, people, **facts)

    def _conveners(self) -> Iterator[Clash]:
        merged = self.forum.topics.filter(merged_into__in=self.cells).values_list("merged_into", "convener")
        owned = {(pk, self.topics[pk].convener_id) for pk in self.cells} | set(merged)
        theirs: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for pk, person in owned:
            if pk and person:
                theirs[self.cells[pk].slot, person].append(pk)
        twice = {key: pks for key, pks in theirs.items() if len(pks) > 1}
        names = dict(
            self.forum.participants.filter(pk__in={person for _slot, person in twice}).values_list("pk", "name")
        )
        for (_slot, person), pks in twice.items():
            yield self._clash(CONVENER, pks, len(pks), name=names.get(person, ""))

    def _seats(self) -> Iterator[Clash]:
        coming = self._seated() if self.forum.current_phase == Phase.GROUPS else self.going
        for pk, cell in self.cells.items():
            if cell.place and cell.seats and coming[pk] > cell.seats:
                yield self._clash(SEATS, [pk], coming[pk], name=cell.place, seats=cell.seats)

    def _seated(self) -> dict[int, int]:
        """How many people each group has: those who said so, or more when more were counted at the door."""
        here = Presence.objects.filter(group__topic__in=self.topics, left_at=None).values_list("group__topic")
        said = dict(here.annotate(people=Count("pk")))
        return {pk: max(said.get(pk, 0), cell.door_count or 0) for pk, cell in self.cells.items()}

    def _both(self) -> Iterator[Clash]:
        slots = {pk: cell.slot for pk, cell in self.cells.items()}
        pairs: Counter[tuple[int, int]] = Counter()
        for topics in self.wants.values():
            pairs.update((a, b) for a, b in combinations(sorted(topics), 2) if slots[a] == slots[b])
        for (a, b), people in pairs.items():
            stands_out = people * MANY >= min(self.going[a], self.going[b])
            yield self._clash(BOTH, (a, b), people, stands_out=stands_out)


def for_desk(forum: Forum) -> dict[str, Any]:
    """What the desk's fragment shows."""
    found = clashes(forum)
    return {"clashes": found[:LISTED], "more": len(found) - LISTED if len(found) > LISTED else 0, "count": len(found)}


def of_topic(found: Iterable[Clash], topic: Topic, *, with_numbers: bool) -> list[Clash]:
    """The gravest that its convener can do something about; only those without numbers, while these are hidden."""
    its_own = [clash for clash in found if topic.pk in clash.pks and (with_numbers or clash.kind == CONVENER)]
    return its_own[:LISTED_ON_TOPIC]
