"""An arrangement that is improved swap by swap, each weighed in a microsecond."""

from collections.abc import Callable
from itertools import zip_longest
from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forum.agenda.suggestion.search import Search


class State:
    """An arrangement on its way: who misses each slot, and to whom each topic is the only one of its slot."""

    def __init__(self, search: "Search", where: list[int]) -> None:
        self.search, self.where = search, list(where)
        self.members: list[list[int]] = [[] for _slot in search.slots]
        for rank, slot in [*enumerate(where[: len(search.real)]), *search.held]:
            self.members[slot].append(rank)
        self.missed = [0] * len(search.slots)
        """The people who want nothing of what meets in this slot."""
        self.alone = [0] * len(search.masks)
        """The people of this topic who want nothing else of its slot."""
        clashes = sum(search.clashes(rank, members) for members in self.members for rank in members) // 2
        self.worth = sum(self._count(slot) for slot in search.slots) - search.heavy * clashes
        """Wishes met, less what clashes of conveners weigh."""
        self.best, self._most = self.where[:], self.worth

    def _count(self, slot: int) -> int:
        """Wishes met in this slot; what is known of it is brought up to date."""
        once = twice = 0
        masks, members = self.search.masks, self.members[slot]
        for rank in members:
            twice |= once & masks[rank]
            once |= masks[rank]
        self.missed[slot] = self.search.everybody & ~once
        single = once & ~twice
        for rank in members:
            self.alone[rank] = masks[rank] & single
        return once.bit_count()

    def wander(self, swaps: int, warmth: float, lot: Callable[[], float]) -> None:
        """Try so many swaps drawn by lot."""
        search, where = self.search, self.where
        pools, real = search.pool_of, len(search.real)
        for _swap in range(swaps):
            one = int(lot() * real)
            pool = pools[one]
            other = pool[int(lot() * len(pool))]
            if where[one] == where[other]:
                continue
            change = self._change(one, other)
            if change >= 0 or lot() < exp(change / warmth):
                self._swap(one, other, change)
                if self.worth > self._most:
                    self.best, self._most = where[:], self.worth

    def climb(self) -> bool:
        """Make every swap that helps, once through all pairs; whether there was any."""
        helped = False
        for one in self.search.real:
            for other in self.search.pool_of[one]:
                if self.where[one] != self.where[other] and self._helps(one, other):
                    helped = True
        return helped

    def _helps(self, one: int, other: int) -> bool:
        """Swap these two if the agenda is better for it; if it is as good, for the sake of seats, then of moves."""
        change = self._change(one, other)
        if change < 0:
            return False
        here, there = self.where[one], self.where[other]
        nearer = self._nearer(one, here, there) + self._nearer(other, there, here)
        before = self.missing(here) + self.missing(there)
        if not (change or nearer > 0 or before):
            return False
        self._swap(one, other, change)
        if change or (self.missing(here) + self.missing(there), -nearer) < (before, 0):
            return True
        self._swap(one, other, -change)
        return False

    def _nearer(self, rank: int, here: int, there: int) -> int:
        home = self.search.home[rank] if rank < len(self.search.real) else None
        return (home == there) - (home == here)

    def _change(self, one: int, other: int) -> int:
        """What swapping these two would add to the agenda's worth."""
        masks, alone, missed = self.search.masks, self.alone, self.missed
        here, there = self.where[one], self.where[other]
        mask, its = masks[one], masks[other]
        change = (
            (its & missed[here]).bit_count()
            + (mask & missed[there]).bit_count()
            - (alone[one] & ~its).bit_count()
            - (alone[other] & ~mask).bit_count()
        )
        rivals = self.search.rivals
        if rivals and (one in rivals or other in rivals):
            clashes = self.search.clashes
            before = clashes(one, self.members[here]) + clashes(other, self.members[there])
            after = clashes(one, self.members[there], other) + clashes(other, self.members[here], one)
            change += self.search.heavy * (before - after)
        return change

    def _swap(self, one: int, other: int, change: int) -> None:
        here, there = self.where[one], self.where[other]
        for rank, old, new in ((one, here, there), (other, there, here)):
            self.where[rank] = new
            if rank < len(self.search.real):
                self.members[old].remove(rank)
                self.members[new].append(rank)
        self._count(here)
        self._count(there)
        self.worth += change

    def missing(self, slot: int) -> int:
        """People without a seat, when the topics that need a place have the largest for the most wanted."""
        topics = self.search.topics
        wanted = [len(topics[rank].people) for rank in sorted(self.members[slot])
                  if rank < len(topics) and not self.search.roams[rank]]  # fmt: skip
        seats = self.search.seats[slot]
        return sum(max(0, people - seat) for people, seat in zip_longest(wanted, seats, fillvalue=0))
