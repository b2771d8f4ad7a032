"""A day as the search sees it: who wants to go where, what may move, and what an agenda is worth."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

Cell = tuple[int, int | None]
"""A slot, and a place or None: elsewhere."""
Cells = Mapping[int, Cell]
"""Where topics meet, by id; those that wait for a slot are not in it."""


@dataclass(frozen=True)
class Topic:
    id: int
    people: frozenset[int]
    """Who wants to go there; its conveners are among them."""
    conveners: frozenset[int] = frozenset()
    cell: Cell | None = None
    is_frozen: bool = False


@dataclass(frozen=True)
class Day:
    topics: list[Topic]
    slots: list[int]
    """Slots whose topics may move; others keep what they have."""
    places: dict[int, int | None]
    """Seats of each place, in the order in which places are filled; None: not known, so everybody fits in."""

    def to_json(self) -> str:
        topics = [[t.id, sorted(t.people), sorted(t.conveners), t.cell, t.is_frozen] for t in self.topics]
        return json.dumps({"topics": topics, "slots": self.slots, "places": list(self.places.items())})

    @classmethod
    def from_json(cls, text: str) -> "Day":
        said = json.loads(text)
        topics = [
            Topic(pk, frozenset(people), frozenset(conveners), tuple(cell) if cell else None, is_frozen)
            for pk, people, conveners, cell, is_frozen in said["topics"]
        ]
        return cls(topics, said["slots"], dict(said["places"]))

    @cached_property
    def present(self) -> dict[int, Cell]:
        return {topic.id: topic.cell for topic in self.topics if topic.cell}

    def holds(self, topic: Topic) -> bool:
        """Whether this topic stays in its cell whatever is suggested."""
        return topic.cell is not None and (topic.is_frozen or topic.cell[0] not in self.slots)

    @property
    def wishes(self) -> int:
        return sum(len(topic.people) for topic in self.topics)

    @property
    def reachable(self) -> int:
        """Wishes that could be met if no two of one person were ever at the same time: one in each slot at most."""
        rounds = len({*self.slots, *(slot for slot, _place in self.present.values())})
        wanted = Counter(person for topic in self.topics for person in topic.people)
        return sum(min(rounds, count) for count in wanted.values())

    def met(self, cells: Cells) -> int:
        """Wishes that this agenda meets: over people and slots, whether one of their topics meets then."""
        return sum(map(len, self._crowds(cells).values()))

    def torn(self, cells: Cells) -> dict[int, int]:
        """For each topic that has a slot, how many who want to go there also want another one of the same slot."""
        crowds = self._crowds(cells)
        return {
            topic.id: sum(crowds[cells[topic.id][0]][person] > 1 for person in topic.people)
            for topic in self.topics
            if topic.id in cells
        }

    def doubled(self, cells: Cells) -> set[int]:
        """Topics at whose hour one of their conveners convenes another one too."""
        pairs = combinations((topic for topic in self.topics if topic.id in cells), 2)
        clashes = [
            (one.id, other.id)
            for one, other in pairs
            if one.conveners & other.conveners and cells[one.id][0] == cells[other.id][0]
        ]
        return {topic for clash in clashes for topic in clash}

    def collisions(self, cells: Cells) -> dict[Cell, list[int]]:
        """The places in which several topics would meet at once, with those topics."""
        found: defaultdict[Cell, list[int]] = defaultdict(list)
        for topic, (slot, place) in cells.items():
            if place is not None:
                found[slot, place].append(topic)
        return {cell: topics for cell, topics in found.items() if len(topics) > 1}

    def _crowds(self, cells: Cells) -> dict[int, Counter[int]]:
        """For each slot, how many topics of it each person wants."""
        crowds: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for topic in self.topics:
            if topic.id in cells:
                crowds[cells[topic.id][0]].update(topic.people)
        return crowds
