"""Suggest an agenda that lets the most people go where they want. Topics move; people are never placed.

Agendas are compared by, in this order:
1. Convener clashes, the fewer the better: pairs of topics of one slot that share a convener. One of them weighs more
   than all wishes.
2. Wishes met: for each person and each slot, 1 if at least one topic that they want meets in it. A second wish in the
   same slot is lost, since a person sits in one group at a time.
3. People without a seat, the fewer the better, when the largest groups have the largest places.
4. Moves, the fewer the better: topics that leave their present cell.

Fixed, whatever it would gain: frozen topics, the topics of slots that are not in `Problem.slots`, and meeting
elsewhere: a topic whose convener chose the garden stays in the garden, perhaps in another slot. A place holds one topic
a slot. Topics are sent elsewhere for want of a place only when there are more topics than cells.

Topics are first placed greedily, the most wanted first, each into the slot where it meets the most wishes; then random
pairs are swapped by simulated annealing. An empty cell counts as a topic that nobody wants. A set of people is an
integer with one bit a person, so that a swap is evaluated in a microsecond. The same problem and seed give the same
agenda, unless the time limit is met. The search uses plain data and the standard library alone, and runs in a
process of its own (`__main__`), so that phones never wait for it.
"""

from forum.agenda.suggestion.problem import Cell, Cells, Problem, TopicDemand
from forum.agenda.suggestion.search import greedy, suggest

__all__ = ["Cell", "Cells", "Problem", "TopicDemand", "greedy", "suggest"]
