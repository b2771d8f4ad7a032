"""Finds an agenda: greedily, then by annealing, then shared out among the places."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random

from forum.agenda.suggestion.annealing import State
from forum.agenda.suggestion.day import Cell, Day, Topic
from forum.agenda.suggestion.pairing import match

SEED = 2019
SECONDS = 0.9
"""Of processor, after which the best agenda so far is taken."""
STEPS_A_TOPIC, FEWEST_STEPS, MOST_STEPS = 2_000, 10_000, 100_000
"""Swaps that one run of annealing tries."""
BETWEEN_LOOKS = 2_000
"""Swaps between two looks at the clock."""
WARMTH, COLD = 0.1, 0.2
"""How many wishes a swap may lose: at first, as a part of a topic's usual number of wishes, and at the end."""
SWEEPS = 5
SMALL = 60
"""With fewer topics there is time for one run more."""
MANY = 10_000
"""More than the seats of any place."""


def suggest(day: Day, *, seed: int = SEED, seconds: float = SECONDS) -> dict[int, Cell]:
    """Where every topic should meet; topics that stay where they are included.

    Never worse than the present agenda. With no slot in which anything may move, it is the present one.
    """
    if not day.slots or all(map(day.holds, day.topics)):
        return dict(day.present)
    search = Search(day, time.process_time() + seconds)
    lot = Random(seed)  # noqa: S311 - nothing secret is drawn
    now, anew = search.present(), search.greedy()
    found = [now, search.anneal(now, lot), search.at_home(search.anneal(anew, lot))]
    if len(search.real) < SMALL:
        found.append(search.at_home(search.anneal(anew, lot)))
    return search.cells(min((search.polish(where) for where in found), key=search.cost))


def greedy(day: Day) -> dict[int, Cell]:
    """Where the search begins: topics by popularity, each into the slot where it meets the most wishes."""
    search = Search(day, 0.0)
    return search.cells(search.greedy())


class Search:
    """One search. Topics that may move have ranks, the most wanted first; then come empty cells, then fixed topics.

    An arrangement is a list: for each rank, the rank of its slot. Swaps are between topics that need a place, and the
    empty places; or between topics that meet elsewhere, and the room elsewhere, which has no end.
    """

    def __init__(self, day: Day, ends: float) -> None:
        self.day, self.ends = day, ends
        slots = {slot: rank for rank, slot in enumerate(day.slots)}
        by_popularity = sorted(day.topics, key=lambda topic: (-len(topic.people), topic.id))
        self.topics = [topic for topic in by_popularity if not day.holds(topic)]
        held = [topic for topic in by_popularity if day.holds(topic) and topic.cell and topic.cell[0] in slots]
        self.real = range(len(self.topics))
        self.slots = range(len(slots))
        self.home = [slots[topic.cell[0]] if topic.cell else None for topic in self.topics]
        self.roams = [topic.cell is not None and topic.cell[1] is None for topic in self.topics]
        taken = {topic.cell for topic in held}
        self.free = [[place for place in day.places if (slot, place) not in taken] for slot in day.slots]
        self.chairs = self._chairs()
        """By kind (a place, elsewhere), how many topics each slot takes."""
        self.pools = [[rank for rank in self.real if self.roams[rank] == kind] for kind in (False, True)]
        end = len(self.topics)
        for kind in (False, True):
            empty = range(end, end + sum(self.chairs[kind]) - len(self.pools[kind]))
            self.pools[kind] += empty
            end = empty.stop
        self.pool_of = [self.pools[kind] for kind in self.roams]
        self.held = [(end + n, slots[topic.cell[0]]) for n, topic in enumerate(held) if topic.cell]
        everyone = [*self.topics, *[_NOBODY] * (end - len(self.topics)), *held]
        bits = {person: 1 << n for n, person in enumerate(sorted(frozenset().union(*(t.people for t in everyone))))}
        self.everybody = (1 << len(bits)) - 1
        self.masks = [sum(bits[person] for person in topic.people) for topic in everyone]
        self.rivals = _rivals(everyone)
        self.heavy = len(bits) * len(self.slots) + 1
        """What one clash of a convener weighs, in wishes."""
        self.seats = [self._seats(rank) for rank in self.slots]

    def _chairs(self) -> list[list[int]]:
        roaming = sum(self.roams)
        places = [len(free) for free in self.free]
        missing = max(0, len(self.topics) - roaming - sum(places))
        share = -(-missing // len(places))
        return [[count + share for count in places], [roaming] * len(places)]

    def _seats(self, slot: int) -> list[int]:
        """Seats of the free places, the largest first."""
        seats = [self.day.places[place] for place in self.free[slot]]
        return sorted((MANY if count is None else count for count in seats), reverse=True)

    # ---- arrangements to begin with --------------------------------------------------------------------------

    def present(self) -> list[int]:
        """The agenda as it is; topics that wait are put in greedily."""
        return self._fill(self.home)

    def greedy(self) -> list[int]:
        return self._fill([None] * len(self.topics))

    def _fill(self, known: list[int | None]) -> list[int]:
        left = [list(chairs) for chairs in self.chairs]
        members: list[list[int]] = [[] for _slot in self.slots]
        missed = [self.everybody] * len(self.slots)

        def put(rank: int, slot: int, kind: bool) -> int:
            left[kind][slot] -= 1
            members[slot].append(rank)
            missed[slot] &= ~self.masks[rank]
            return slot

        for rank, slot in self.held:
            members[slot].append(rank)
            missed[slot] &= ~self.masks[rank]
        where = [put(rank, slot, self.roams[rank]) if slot is not None else -1 for rank, slot in enumerate(known)]
        for rank in self.real:
            if where[rank] < 0:
                kind, mask = self.roams[rank], self.masks[rank]
                where[rank] = put(rank, min(
                    (slot for slot in self.slots if left[kind][slot]),
                    key=lambda slot: (
                        self.clashes(rank, members[slot]), -(mask & missed[slot]).bit_count(), -left[kind][slot], slot
                    ),
                ), kind)  # fmt: skip
        return where + [slot for kind in (False, True) for slot in self.slots for _chair in range(left[kind][slot])]

    def clashes(self, rank: int, members: Iterable[int], apart_from: int = -1) -> int:
        rivals = self.rivals.get(rank)
        return sum(other in rivals and other != apart_from for other in members) if rivals else 0

    # ---- annealing -------------------------------------------------------------------------------------------

    def anneal(self, where: list[int], lot: Random) -> list[int]:
        """Swap at random: always when no wish is lost, and ever more rarely otherwise. The best arrangement met."""
        steps = min(MOST_STEPS, max(FEWEST_STEPS, STEPS_A_TOPIC * len(self.real)))
        state = State(self, where)
        warmth = max(1.0, WARMTH * sum(mask.bit_count() for mask in self.masks) / max(1, len(self.real)))
        cooling = (COLD / warmth) ** (BETWEEN_LOOKS / steps)
        for _look in range(steps // BETWEEN_LOOKS):
            if time.process_time() > self.ends:
                break
            state.wander(BETWEEN_LOOKS, warmth, lot.random)
            warmth *= cooling
        return state.best

    def polish(self, where: list[int]) -> list[int]:
        """Swap as long as it makes the agenda better, be it by a seat or by a topic that can stay where it is."""
        state = State(self, where)
        for _sweep in range(SWEEPS):
            if time.process_time() > self.ends or not state.climb():
                break
        return state.where

    def at_home(self, where: list[int]) -> list[int]:
        """The same topics together, at the hours at which most of them meet at present."""
        held = {slot for _rank, slot in self.held}
        together = [Counter(self.home[rank] for rank in self.real if where[rank] == slot) for slot in self.slots]

        def cost(old: int, new: int) -> int:
            alike = not {old, new} & held and self.chairs[False][old] == self.chairs[False][new]
            return -together[old][new] if alike or old == new else MANY

        hours = match([[cost(old, new) for new in self.slots] for old in self.slots])
        return [hours[slot] for slot in where]

    # ---- what an arrangement is worth, and the agenda that it makes ------------------------------------------

    def cost(self, where: list[int]) -> tuple[int, int, int]:
        state = State(self, where)
        moved = sum(where[rank] != home for rank, home in enumerate(self.home) if home is not None)
        return -state.worth, sum(state.missing(slot) for slot in self.slots), moved

    def cells(self, where: list[int]) -> dict[int, Cell]:
        """The agenda: the topics of each slot shared out among its places."""
        cells = {topic.id: topic.cell for topic in self.day.topics if topic.cell}
        for slot in self.slots:
            cells |= self._places([self.topics[rank] for rank in self.real if where[rank] == slot], slot)
        return cells

    def _places(self, topics: list[Topic], slot: int) -> dict[int, Cell]:
        hour = self.day.slots[slot]
        roaming = [topic for topic in topics if topic.cell and topic.cell[1] is None]
        others = [topic for topic in topics if topic not in roaming]
        free: list[int | None] = list(self.free[slot])
        free += [None] * (len(others) - len(free))

        def cost(topic: Topic, place: int | None) -> int:
            seats = 0 if place is None else self.day.places[place]
            missing = 0 if seats is None else max(0, len(topic.people) - seats)
            was = topic.cell or (None, None)
            step = 0 if was == (hour, place) else 3 if was[0] == hour else 1 if was[1] == place else 2
            return MANY * missing + step

        found = match([[cost(topic, place) for place in free] for topic in others])
        return {topic.id: (hour, None) for topic in roaming} | {
            topic.id: (hour, free[chosen]) for topic, chosen in zip(others, found, strict=True)
        }


_NOBODY = Topic(0, frozenset())
"""An empty cell: a topic that nobody wants."""


def _rivals(topics: list[Topic]) -> dict[int, frozenset[int]]:
    """For each rank, those of the other topics that share a convener with it, where there are any."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    convened: defaultdict[int, list[int]] = defaultdict(list)
    for rank, topic in enumerate(topics):
        for person in topic.conveners:
            convened[person].append(rank)
    for ranks in convened.values():
        for rank in ranks:
            if len(ranks) > 1:
                found[rank] |= {other for other in ranks if other != rank}
    return {rank: frozenset(others) for rank, others in found.items()}
