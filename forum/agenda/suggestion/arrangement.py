"""An arrangement of topics in slots that is improved swap by swap, each evaluated in a microsecond."""

from collections.abc import Callable
from itertools import zip_longest
from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forum.agenda.suggestion.search import Search


class Arrangement:
    """The slot of each topic, with the score of the whole kept up to date.

    Topics, slots and empty cells are ranks of the `Search`, sets of people are bit masks.
    """

    def __init__(self, search: "Search", slot_of: list[int]) -> None:
        self.search, self.slot_of = search, list(slot_of)
        self.topics_in: list[list[int]] = [[] for _slot in search.slots]
        """By slot, the topics that meet in it."""
        for topic, slot in [*enumerate(slot_of[: len(search.movable)]), *search.fixed]:
            self.topics_in[slot].append(topic)
        self.unmet = [0] * len(search.slots)
        """By slot, the people who want nothing of what meets in it."""
        self.met_here_only = [0] * len(search.people)
        """By topic, the people who want it and nothing else of its slot."""
        clashes = sum(search.clashes(topic, topics) for topics in self.topics_in for topic in topics) // 2
        self.score = sum(self._update(slot) for slot in search.slots) - search.clash_weight * clashes
        """Wishes met, less the weight of the convener clashes."""
        self.best, self._best_score = self.slot_of[:], self.score

    def _update(self, slot: int) -> int:
        """Compute the people of this slot anew. Return the number of wishes that it meets."""
        once = twice = 0
        people, topics = self.search.people, self.topics_in[slot]
        for topic in topics:
            twice |= once & people[topic]
            once |= people[topic]
        self.unmet[slot] = self.search.everybody & ~once
        single = once & ~twice
        for topic in topics:
            self.met_here_only[topic] = people[topic] & single
        return once.bit_count()

    def anneal(self, swaps: int, temperature: float, random: Callable[[], float]) -> None:
        """Try `swaps` random swaps; accept a loss with the probability of simulated annealing."""
        search, slot_of = self.search, self.slot_of
        partners, movable = search.partners, len(search.movable)
        for _swap in range(swaps):
            one = int(random() * movable)
            candidates = partners[one]
            other = candidates[int(random() * len(candidates))]
            if slot_of[one] == slot_of[other]:
                continue
            gain = self._gain(one, other)
            if gain >= 0 or random() < exp(gain / temperature):
                self._swap(one, other, gain)
                if self.score > self._best_score:
                    self.best, self._best_score = slot_of[:], self.score

    def improve(self) -> bool:
        """Make every swap that makes the agenda better, once through all pairs. Return whether there was any."""
        improved = False
        for one in self.search.movable:
            for other in self.search.partners[one]:
                if self.slot_of[one] != self.slot_of[other] and self._swap_if_better(one, other):
                    improved = True
        return improved

    def _swap_if_better(self, one: int, other: int) -> bool:
        """Swap for a better score or, at the same score, for more seats, then for fewer moves."""
        gain = self._gain(one, other)
        if gain < 0:
            return False
        slot, other_slot = self.slot_of[one], self.slot_of[other]
        returns = self._returns(one, slot, other_slot) + self._returns(other, other_slot, slot)
        seatless = self.people_without_seat(slot) + self.people_without_seat(other_slot)
        if not (gain or returns > 0 or seatless):
            return False
        self._swap(one, other, gain)
        now_seatless = self.people_without_seat(slot) + self.people_without_seat(other_slot)
        if gain or (now_seatless, -returns) < (seatless, 0):
            return True
        self._swap(one, other, -gain)
        return False

    def _returns(self, topic: int, slot: int, to: int) -> int:
        """Return 1 if a topic would come back to its present slot, -1 if it would leave it, 0 otherwise."""
        present = self.search.present_slot[topic] if topic < len(self.search.movable) else None
        return (present == to) - (present == slot)

    def _gain(self, one: int, other: int) -> int:
        """Return what a swap of these two would add to the score."""
        people, only, unmet = self.search.people, self.met_here_only, self.unmet
        slot, other_slot = self.slot_of[one], self.slot_of[other]
        its, others = people[one], people[other]
        gain = (
            (others & unmet[slot]).bit_count()
            + (its & unmet[other_slot]).bit_count()
            - (only[one] & ~others).bit_count()
            - (only[other] & ~its).bit_count()
        )
        sharing = self.search.sharing_convener
        if sharing and (one in sharing or other in sharing):
            clashes = self.search.clashes
            before = clashes(one, self.topics_in[slot]) + clashes(other, self.topics_in[other_slot])
            after = clashes(one, self.topics_in[other_slot], other) + clashes(other, self.topics_in[slot], one)
            gain += self.search.clash_weight * (before - after)
        return gain

    def _swap(self, one: int, other: int, gain: int) -> None:
        slot, other_slot = self.slot_of[one], self.slot_of[other]
        for topic, old, new in ((one, slot, other_slot), (other, other_slot, slot)):
            self.slot_of[topic] = new
            if topic < len(self.search.movable):
                self.topics_in[old].remove(topic)
                self.topics_in[new].append(topic)
        self._update(slot)
        self._update(other_slot)
        self.score += gain

    def people_without_seat(self, slot: int) -> int:
        """Count people without a seat when the most wanted topics that need a place have the largest ones."""
        topics = self.search.topics
        wanted = [len(topics[topic].people) for topic in sorted(self.topics_in[slot])
                  if topic < len(topics) and not self.search.is_elsewhere[topic]]  # fmt: skip
        seats = self.search.seats[slot]
        return sum(max(0, people - seat) for people, seat in zip_longest(wanted, seats, fillvalue=0))
