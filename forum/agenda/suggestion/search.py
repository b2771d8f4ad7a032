"""Search for an agenda: greedily, then by annealing; then share the topics of each slot out among its places."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random

from forum.agenda.suggestion.arrangement import Arrangement
from forum.agenda.suggestion.assignment import assign
from forum.agenda.suggestion.problem import Cell, Problem, TopicDemand

SEED = 2019
SECONDS = 0.9
"""Processor time after which the best agenda so far is taken."""
SWAPS_PER_TOPIC, MIN_SWAPS, MAX_SWAPS = 2_000, 10_000, 100_000
"""Swaps that one run of annealing tries."""
SWAPS_PER_STEP = 2_000
"""Swaps at one temperature; the clock is read after them."""
INITIAL_TEMPERATURE, FINAL_TEMPERATURE = 0.1, 0.2
"""Wishes that a swap may lose: at first, as a part of the mean number of wishes of a topic; at the end, in wishes."""
MAX_SWEEPS = 5
FEW_TOPICS = 60
"""Below, there is time for one more run."""
MAX_MOVE = 3
"""What it costs at most that a topic leaves its cell, in `_assign_places`."""


def suggest(problem: Problem, *, seed: int = SEED, seconds: float = SECONDS) -> dict[int, Cell]:
    """Return the suggested cell of every topic, of those that stay too.

    It is never worse than the present agenda, and equal to it when nothing may move.
    """
    if not problem.slots or all(map(problem.is_fixed, problem.topics)):
        return dict(problem.present_cells)
    search = Search(problem, time.process_time() + seconds)
    random = Random(seed)  # noqa: S311 - nothing secret is drawn
    present, initial = search.present(), search.greedy()
    candidates = [present, search.anneal(present, random), search.align_slots(search.anneal(initial, random))]
    if len(search.movable) < FEW_TOPICS:
        candidates.append(search.align_slots(search.anneal(initial, random)))
    return search.cells(min((search.polish(slot_of) for slot_of in candidates), key=search.cost))


def greedy(problem: Problem) -> dict[int, Cell]:
    """Place the most wanted topics first, each into the slot where it meets the most wishes."""
    search = Search(problem, 0.0)
    return search.cells(search.greedy())


class Search:
    """A problem with topics, slots and people replaced by ranks and bits, and the steps of its solution.

    Ranks of topics: the topics that may move, the most wanted first; then the empty cells, as topics that nobody
    wants; then the fixed topics. A list `slot_of` has the slot of each rank of the first two kinds. A topic is swapped
    with one of its partners: a topic that needs a place, with the others and the empty places; a topic that meets
    elsewhere, with the others and the empty cells elsewhere, of which there are enough.
    """

    def __init__(self, problem: Problem, deadline: float) -> None:
        """`deadline`: process time, in seconds, at which the search ends."""
        self.problem, self.deadline = problem, deadline
        slots = {slot: rank for rank, slot in enumerate(problem.slots)}
        by_popularity = sorted(problem.topics, key=lambda topic: (-len(topic.people), topic.id))
        self.topics = [topic for topic in by_popularity if not problem.is_fixed(topic)]
        fixed = [topic for topic in by_popularity if problem.is_fixed(topic) and topic.cell and topic.cell[0] in slots]
        self.movable = range(len(self.topics))
        self.slots = range(len(slots))
        self.present_slot = [slots[topic.cell[0]] if topic.cell else None for topic in self.topics]
        self.is_elsewhere = [topic.cell is not None and topic.cell[1] is None for topic in self.topics]
        taken = {topic.cell for topic in fixed}
        self.free_places = [[place for place in problem.places if (slot, place) not in taken] for slot in problem.slots]
        self.capacities = self._capacities()
        """By kind (in a place, elsewhere), then by slot: number of topics that it takes."""
        pools = [[rank for rank in self.movable if self.is_elsewhere[rank] == kind] for kind in (False, True)]
        end = len(self.topics)
        for kind in (False, True):
            empty = range(end, end + sum(self.capacities[kind]) - len(pools[kind]))
            pools[kind] += empty
            end = empty.stop
        self.partners = [pools[kind] for kind in self.is_elsewhere]
        """By movable topic: the ranks that it may be swapped with."""
        self.fixed = [(end + n, slots[topic.cell[0]]) for n, topic in enumerate(fixed) if topic.cell]
        """Rank and slot of each fixed topic."""
        ranked = [*self.topics, *[_EMPTY_CELL] * (end - len(self.topics)), *fixed]
        bits = {person: 1 << n for n, person in enumerate(sorted(frozenset().union(*(t.people for t in ranked))))}
        self.everybody = (1 << len(bits)) - 1
        self.people = [sum(bits[person] for person in topic.people) for topic in ranked]
        self.sharing_convener = _sharing_convener(ranked)
        self.clash_weight = len(bits) * len(self.slots) + 1
        """Wishes that one convener clash counts as: more than all there are."""
        self.seats = [self._seats(slot) for slot in self.slots]

    def _capacities(self) -> list[list[int]]:
        elsewhere = sum(self.is_elsewhere)
        places = [len(free) for free in self.free_places]
        missing = max(0, len(self.topics) - elsewhere - sum(places))
        missing_per_slot = -(-missing // len(places))
        return [[count + missing_per_slot for count in places], [elsewhere] * len(places)]

    def _seats(self, slot: int) -> list[int]:
        """List the seats of the free places, the largest first. Where they are unknown, everybody has one."""
        seats = [self.problem.places[place] for place in self.free_places[slot]]
        return sorted((self.everybody.bit_count() if count is None else count for count in seats), reverse=True)

    # ---- first arrangements ----------------------------------------------------------------------------------

    def present(self) -> list[int]:
        """Return the present agenda; topics that wait are placed greedily."""
        return self._fill(self.present_slot)

    def greedy(self) -> list[int]:
        return self._fill([None] * len(self.topics))

    def _fill(self, known: list[int | None]) -> list[int]:
        """Place the topics whose slot is not known, each where it makes fewest clashes and meets most wishes."""
        left = [list(capacities) for capacities in self.capacities]
        topics_in: list[list[int]] = [[] for _slot in self.slots]
        unmet = [self.everybody] * len(self.slots)

        def put(topic: int, slot: int, kind: bool) -> int:
            left[kind][slot] -= 1
            topics_in[slot].append(topic)
            unmet[slot] &= ~self.people[topic]
            return slot

        for topic, slot in self.fixed:
            topics_in[slot].append(topic)
            unmet[slot] &= ~self.people[topic]
        slot_of = [
            put(topic, slot, self.is_elsewhere[topic]) if slot is not None else -1 for topic, slot in enumerate(known)
        ]
        for topic in self.movable:
            if slot_of[topic] < 0:
                kind, people = self.is_elsewhere[topic], self.people[topic]
                slot_of[topic] = put(topic, min(
                    (slot for slot in self.slots if left[kind][slot]),
                    key=lambda slot: (
                        self.clashes(topic, topics_in[slot]), -(people & unmet[slot]).bit_count(),
                        -left[kind][slot], slot,
                    ),
                ), kind)  # fmt: skip
        return slot_of + [slot for kind in (False, True) for slot in self.slots for _cell in range(left[kind][slot])]

    def clashes(self, topic: int, topics: Iterable[int], excluded: int = -1) -> int:
        """Count the `topics` that share a convener with this one, without the excluded one."""
        sharing = self.sharing_convener.get(topic)
        return sum(other in sharing and other != excluded for other in topics) if sharing else 0

    # ---- improvement -----------------------------------------------------------------------------------------

    def anneal(self, slot_of: list[int], random: Random) -> list[int]:
        """Return the best arrangement that a run of simulated annealing met."""
        swaps = min(MAX_SWAPS, max(MIN_SWAPS, SWAPS_PER_TOPIC * len(self.movable)))
        arrangement = Arrangement(self, slot_of)
        wishes = sum(people.bit_count() for people in self.people)
        temperature = max(1.0, INITIAL_TEMPERATURE * wishes / max(1, len(self.movable)))
        cooling = (FINAL_TEMPERATURE / temperature) ** (SWAPS_PER_STEP / swaps)
        for _step in range(swaps // SWAPS_PER_STEP):
            if time.process_time() > self.deadline:
                break
            arrangement.anneal(SWAPS_PER_STEP, temperature, random.random)
            temperature *= cooling
        return arrangement.best

    def polish(self, slot_of: list[int]) -> list[int]:
        """Swap as long as it improves the agenda, if only by one seat or by one topic that need not move."""
        arrangement = Arrangement(self, slot_of)
        for _sweep in range(MAX_SWEEPS):
            if time.process_time() > self.deadline or not arrangement.improve():
                break
        return arrangement.slot_of

    def align_slots(self, slot_of: list[int]) -> list[int]:
        """Exchange whole slots, so that most topics meet in their present one."""
        fixed = {slot for _topic, slot in self.fixed}
        present = [Counter(self.present_slot[t] for t in self.movable if slot_of[t] == slot) for slot in self.slots]
        forbidden = len(self.movable) + 1  # more than all that stay

        def cost(old: int, new: int) -> int:
            are_alike = not {old, new} & fixed and self.capacities[False][old] == self.capacities[False][new]
            return -present[old][new] if are_alike or old == new else forbidden

        new_slots = assign([[cost(old, new) for new in self.slots] for old in self.slots])
        return [new_slots[slot] for slot in slot_of]

    # ---- comparison, and the resulting agenda ----------------------------------------------------------------

    def cost(self, slot_of: list[int]) -> tuple[int, int, int]:
        """Return the measures by which agendas are compared, the lower the better."""
        arrangement = Arrangement(self, slot_of)
        moves = sum(slot_of[topic] != slot for topic, slot in enumerate(self.present_slot) if slot is not None)
        return -arrangement.score, sum(arrangement.people_without_seat(slot) for slot in self.slots), moves

    def cells(self, slot_of: list[int]) -> dict[int, Cell]:
        """Return the cell of each topic, with the topics of each slot shared out among its places."""
        cells = {topic.id: topic.cell for topic in self.problem.topics if topic.cell}
        for slot in self.slots:
            cells |= self._assign_places([self.topics[t] for t in self.movable if slot_of[t] == slot], slot)
        return cells

    def _assign_places(self, topics: list[TopicDemand], rank: int) -> dict[int, Cell]:
        """Assign the topics of a slot to its free places: first for seats, then for the fewest and shortest moves."""
        slot = self.problem.slots[rank]
        elsewhere = [topic for topic in topics if topic.cell and topic.cell[1] is None]
        others = [topic for topic in topics if topic not in elsewhere]
        places: list[int | None] = list(self.free_places[rank])
        places += [None] * (len(others) - len(places))
        seat_weight = MAX_MOVE * len(others) + 1  # one person without a seat is more than all moves

        def cost(topic: TopicDemand, place: int | None) -> int:
            seats = 0 if place is None else self.problem.places[place]
            seatless = 0 if seats is None else max(0, len(topic.people) - seats)
            present = topic.cell or (None, None)
            move = (
                0 if present == (slot, place) else MAX_MOVE if present[0] == slot else 1 if present[1] == place else 2
            )
            return seat_weight * seatless + move

        assigned = assign([[cost(topic, place) for place in places] for topic in others])
        return {topic.id: (slot, None) for topic in elsewhere} | {
            topic.id: (slot, places[column]) for topic, column in zip(others, assigned, strict=True)
        }


_EMPTY_CELL = TopicDemand(0, frozenset())


def _sharing_convener(topics: list[TopicDemand]) -> dict[int, frozenset[int]]:
    """Map each topic that shares a convener with others to those others, by rank."""
    sharing: defaultdict[int, set[int]] = defaultdict(set)
    convened_by: defaultdict[int, list[int]] = defaultdict(list)
    for rank, topic in enumerate(topics):
        for person in topic.conveners:
            convened_by[person].append(rank)
    for ranks in convened_by.values():
        for rank in ranks:
            if len(ranks) > 1:
                sharing[rank] |= {other for other in ranks if other != rank}
    return {rank: frozenset(others) for rank, others in sharing.items()}
