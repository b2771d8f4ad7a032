"""The search for an agenda that lets the most people go where they want. It moves topics, and never places people.

What counts, the first first:
1. Conveners: each pair of topics of one slot that share a convener counts against an agenda more than any wish,
   so that nobody must convene two groups at once unless it cannot be avoided.
2. Wishes met: for each person and each slot, 1 if at least one topic that they want meets in it. Somebody can sit in
   one group at a time, so a second wish in the same slot is lost; which one, they decide on their feet.
3. Seats: people who want to come and have no seat, when the biggest groups have the biggest rooms.
4. Moves: topics that leave their present cell.

What stays, whatever it would gain: frozen topics, every topic of a slot that is not among `Day.slots`, and being
elsewhere: who chose the garden stays in the garden, at another hour perhaps. One topic at most meets in each place
and slot. Topics meet elsewhere for want of a place only when there are more topics than cells.

Topics are first put greedily, the most wanted first, each into the slot where it meets most wishes; then pairs are
swapped at random by simulated annealing, an empty cell being a topic that nobody wants. A set of people is one
integer, a bit for each person: a swap is weighed in a microsecond. The same day and seed give the same agenda,
as long as the limit of time is not met. Plain data in, plain data out, and nothing but Python's own library: the app
runs it in a process of its own (see `main`), so that phones never wait for it.
"""

from forum.agenda.suggestion.day import Cell, Cells, Day, Topic
from forum.agenda.suggestion.search import greedy, suggest

__all__ = ["Cell", "Cells", "Day", "Topic", "greedy", "suggest"]
