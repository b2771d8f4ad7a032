"""The moves from the present agenda to the suggested one: their reasons, and which of them depend on one another."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.agenda.suggestion.current_agenda import ELSEWHERE, CurrentAgenda
from forum.agenda.suggestion.problem import Cell, Cells, Problem
from forum.models import Place, Slot, Topic

MAX_TITLE_LENGTH = 44


@dataclass(frozen=True)
class NamedCell:
    """A cell of the agenda as the page shows it."""

    slot: Slot
    place: Place | None
    elsewhere: str = ""
    """Name of the spot when there is no place."""


@dataclass(frozen=True)
class Move:
    topic: Topic
    before: NamedCell | None
    """None if the topic waits for a slot."""
    after: NamedCell
    reason: str

    @property
    def value(self) -> str:
        """The value of the move's check box, for `CurrentAgenda.parse_moves`."""
        return f"{self.topic.pk}:{self.after.slot.pk}-{self.after.place.pk if self.after.place else ELSEWHERE}"


def list_moves(agenda: CurrentAgenda, after: Cells) -> list[list[Move]]:
    """List the moves in chains that must be accepted together, the longest chain first."""
    before = agenda.problem.present_cells
    moved = {topic: after[topic] for topic in agenda.topics if topic in after and before.get(topic) != after[topic]}
    reasons = Reasons(agenda.problem, after)
    slots = list(agenda.slots)

    def sort_key(topic: int) -> tuple[int, int]:
        return slots.index(after[topic][0]), agenda.topics[topic].number

    def make_move(topic: int) -> Move:
        present = _named(agenda, topic, before[topic]) if topic in before else None
        return Move(agenda.topics[topic], present, _named(agenda, topic, after[topic]), reasons.reason(topic))

    ordered = [sorted(chain, key=sort_key) for chain in chains(before, moved)]
    ordered.sort(key=lambda chain: (-len(chain), sort_key(chain[0])))
    return [[make_move(topic) for topic in chain] for chain in ordered]


def _named(agenda: CurrentAgenda, topic: int, cell: Cell) -> NamedCell:
    slot, place = cell
    group = agenda.topics[topic].group_or_none
    return NamedCell(agenda.slots[slot], agenda.places[place] if place else None, group.elsewhere if group else "")


def double_bookings(agenda: CurrentAgenda, chosen: Cells) -> Iterator[str]:
    """Yield a sentence for each cell that several topics would share if only the chosen moves were made."""
    for (slot, place), topics in agenda.problem.double_bookings({**agenda.problem.present_cells, **chosen}).items():
        titles = [Truncator(str(agenda.topics[topic])).chars(MAX_TITLE_LENGTH) for topic in topics]
        text = _("Tick both moves, or neither: {place} at {hour} would be taken by {topics}")
        yield text.format(
            place=agenda.places[place or 0], hour=agenda.slots[slot].start_label, topics=" · ".join(titles)
        )


class Reasons:
    """The reason of each move, as a sentence. Pairs are of the present and of the suggested agenda."""

    def __init__(self, problem: Problem, after: Cells) -> None:
        self.problem, self.after = problem, after
        before = problem.present_cells
        self.must_choose = problem.people_who_must_choose(before), problem.people_who_must_choose(after)
        self.clashes = problem.convener_clashes(before), problem.convener_clashes(after)
        self.people = {topic.id: len(topic.people) for topic in problem.topics}

    def reason(self, topic: int) -> str:
        """Return the first reason that applies."""
        must_choose = self.must_choose[0].get(topic, 0), self.must_choose[1].get(topic, 0)
        present = self.problem.present_cells
        seatless = self._seatless(topic, present), self._seatless(topic, self.after)
        if topic not in present:
            people = self.people[topic]
            return ngettext("{n} person wants to go there.", "{n} people want to go there.", people).format(n=people)
        if topic in self.clashes[0] - self.clashes[1]:
            return _("Its convener is expected in another group at the same time.")
        if must_choose[1] < must_choose[0] and present[topic][0] != self.after[topic][0]:
            text = _("People who have to choose between it and another topic: {before}, then {after}.")
            return text.format(before=must_choose[0], after=must_choose[1])
        if seatless[1] < seatless[0]:
            return _("People without a seat: {before}, then {after}.").format(before=seatless[0], after=seatless[1])
        return _("It makes room for another topic.")

    def _seatless(self, topic: int, cells: Cells) -> int:
        place = cells[topic][1] if topic in cells else None
        seats = self.problem.places[place] if place is not None else None
        return max(0, self.people[topic] - seats) if seats is not None else 0


def chains(before: Cells, moves: Cells) -> list[list[int]]:
    """Group the topics that move so that a cell left by one and taken by another are in the same group."""
    leaver_of = {before[topic]: topic for topic in moves if topic in before and before[topic][1] is not None}
    chain_of: dict[int, list[int]] = {topic: [topic] for topic in moves}
    for topic, cell in moves.items():
        leaver = leaver_of.get(cell)
        if leaver is not None and chain_of[leaver] is not chain_of[topic]:
            chain_of[topic] += chain_of[leaver]
            for other in chain_of[leaver]:
                chain_of[other] = chain_of[topic]
    return list({id(chain): chain for chain in chain_of.values()}.values())
