"""The problem that the search solves: topics, the people who want them, slots and places; and measures of an agenda."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

Cell = tuple[int, int | None]
"""A slot, and a place or None for elsewhere."""
Cells = Mapping[int, Cell]
"""The cell of each topic, by id; topics that wait for a slot are absent."""


@dataclass(frozen=True)
class TopicDemand:
    """A topic, with the people who want it."""

    id: int
    people: frozenset[int]
    """People who want to go there, its conveners among them."""
    conveners: frozenset[int] = frozenset()
    cell: Cell | None = None
    """Present cell; None if it waits for a slot."""
    is_frozen: bool = False


@dataclass(frozen=True)
class Problem:
    topics: list[TopicDemand]
    slots: list[int]
    """Slots whose topics may move."""
    places: dict[int, int | None]
    """Seats of each place, in the order in which places are filled; None if unknown, which is as many as needed."""

    def to_json(self) -> str:
        topics = [[t.id, sorted(t.people), sorted(t.conveners), t.cell, t.is_frozen] for t in self.topics]
        return json.dumps({"topics": topics, "slots": self.slots, "places": list(self.places.items())})

    @classmethod
    def from_json(cls, text: str) -> "Problem":
        data = json.loads(text)
        topics = [
            TopicDemand(pk, frozenset(people), frozenset(conveners), tuple(cell) if cell else None, is_frozen)
            for pk, people, conveners, cell, is_frozen in data["topics"]
        ]
        return cls(topics, data["slots"], dict(data["places"]))

    @cached_property
    def present_cells(self) -> dict[int, Cell]:
        return {topic.id: topic.cell for topic in self.topics if topic.cell}

    def is_fixed(self, topic: TopicDemand) -> bool:
        """Say whether this topic keeps its cell whatever is suggested."""
        return topic.cell is not None and (topic.is_frozen or topic.cell[0] not in self.slots)

    @property
    def wishes(self) -> int:
        """Number of pairs of a person and a topic that they want."""
        return sum(len(topic.people) for topic in self.topics)

    @property
    def reachable_wishes(self) -> int:
        """Wishes met if nobody ever wanted two topics of one slot: an upper bound of any agenda."""
        slots = len({*self.slots, *(slot for slot, _place in self.present_cells.values())})
        wishes_of = Counter(person for topic in self.topics for person in topic.people)
        return sum(min(slots, count) for count in wishes_of.values())

    def wishes_met(self, cells: Cells) -> int:
        """Count the pairs of a person and a slot in which at least one topic that they want meets."""
        return sum(map(len, self._wishes_by_slot(cells).values()))

    def people_who_must_choose(self, cells: Cells) -> dict[int, int]:
        """Count, for each topic that has a slot, the people who want it and another topic of the same slot."""
        wishes = self._wishes_by_slot(cells)
        return {
            topic.id: sum(wishes[cells[topic.id][0]][person] > 1 for person in topic.people)
            for topic in self.topics
            if topic.id in cells
        }

    def convener_clashes(self, cells: Cells) -> set[int]:
        """Return the topics that share a slot and a convener with another topic."""
        pairs = combinations((topic for topic in self.topics if topic.id in cells), 2)
        clashes = [
            (one.id, other.id)
            for one, other in pairs
            if one.conveners & other.conveners and cells[one.id][0] == cells[other.id][0]
        ]
        return {topic for clash in clashes for topic in clash}

    def double_bookings(self, cells: Cells) -> dict[Cell, list[int]]:
        """Return the cells that several topics would share, with those topics."""
        topics_of: defaultdict[Cell, list[int]] = defaultdict(list)
        for topic, (slot, place) in cells.items():
            if place is not None:
                topics_of[slot, place].append(topic)
        return {cell: topics for cell, topics in topics_of.items() if len(topics) > 1}

    def _wishes_by_slot(self, cells: Cells) -> dict[int, Counter[int]]:
        """Count, for each slot and person, the topics of that slot that the person wants."""
        wishes: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for topic in self.topics:
            if topic.id in cells:
                wishes[cells[topic.id][0]].update(topic.people)
        return wishes
