"""The suggested agenda as a difference with the present one: what would move, why, and what goes together."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.agenda.suggestion.agenda import ELSEWHERE, Agenda
from forum.agenda.suggestion.day import Cell, Cells, Day
from forum.models import Place, Slot, Topic

MOST_OF_A_TITLE = 44


@dataclass(frozen=True)
class Spot:
    """A cell of the agenda, as people read it."""

    slot: Slot
    place: Place | None
    elsewhere: str = ""


@dataclass(frozen=True)
class Move:
    topic: Topic
    before: Spot | None
    """None: the topic waits for a slot."""
    after: Spot
    why: str

    @property
    def value(self) -> str:
        """What its box in the form says: the topic, and where it goes."""
        return f"{self.topic.pk}:{self.after.slot.pk}-{self.after.place.pk if self.after.place else ELSEWHERE}"


def moves(agenda: Agenda, after: Cells) -> list[list[Move]]:
    """What would move, in sets that go together: each takes a place that another one of its set leaves."""
    before = agenda.day.present
    moving = {topic: after[topic] for topic in agenda.topics if topic in after and before.get(topic) != after[topic]}
    reasons = Reasons(agenda.day, after)
    hours = list(agenda.slots)

    def rank(topic: int) -> tuple[int, int]:
        return hours.index(after[topic][0]), agenda.topics[topic].number

    def tell(topic: int) -> Move:
        was = _spot(agenda, topic, before[topic]) if topic in before else None
        return Move(agenda.topics[topic], was, _spot(agenda, topic, after[topic]), reasons.why(topic))

    sets = [sorted(chain, key=rank) for chain in chains(before, moving)]
    return [[tell(topic) for topic in chain] for chain in sorted(sets, key=lambda chain: (-len(chain), rank(chain[0])))]


def _spot(agenda: Agenda, topic: int, cell: Cell) -> Spot:
    slot, place = cell
    group = agenda.topics[topic].group_or_none
    return Spot(agenda.slots[slot], agenda.places[place] if place else None, group.elsewhere if group else "")


def collisions(agenda: Agenda, chosen: Cells) -> Iterator[str]:
    """What keeps these moves from being made, in words."""
    for (slot, place), topics in agenda.day.collisions({**agenda.day.present, **chosen}).items():
        named = [Truncator(str(agenda.topics[topic])).chars(MOST_OF_A_TITLE) for topic in topics]
        text = _("Tick both moves, or neither: {place} at {hour} would be taken by {topics}")
        hour = agenda.slots[slot].start_label
        yield text.format(place=agenda.places[place or 0], hour=hour, topics=" · ".join(named))


class Reasons:
    """Why topics move, in words."""

    def __init__(self, day: Day, after: Cells) -> None:
        self.day, self.after = day, after
        before = day.present
        self.torn = day.torn(before), day.torn(after)
        self.doubled = day.doubled(before), day.doubled(after)
        self.people = {topic.id: len(topic.people) for topic in day.topics}

    def why(self, topic: int) -> str:
        """The first reason that somebody would give."""
        torn = self.torn[0].get(topic, 0), self.torn[1].get(topic, 0)
        seatless = self._seatless(topic, self.day.present), self._seatless(topic, self.after)
        if topic not in self.day.present:
            people = self.people[topic]
            return ngettext("{n} person wants to go there.", "{n} people want to go there.", people).format(n=people)
        if topic in self.doubled[0] - self.doubled[1]:
            return _("Its convener is expected in another group at the same time.")
        if torn[1] < torn[0] and self.day.present[topic][0] != self.after[topic][0]:
            text = _("People who have to choose between it and another topic: {before}, then {after}.")
            return text.format(before=torn[0], after=torn[1])
        if seatless[1] < seatless[0]:
            return _("People without a seat: {before}, then {after}.").format(before=seatless[0], after=seatless[1])
        return _("It makes room for another topic.")

    def _seatless(self, topic: int, cells: Cells) -> int:
        place = cells[topic][1] if topic in cells else None
        seats = self.day.places[place] if place is not None else None
        return max(0, self.people[topic] - seats) if seats is not None else 0


def chains(before: Cells, moves: Cells) -> list[list[int]]:
    """The topics that move, in sets that must be accepted together: a cell is left by one and taken by another."""
    leaves = {before[topic]: topic for topic in moves if topic in before and before[topic][1] is not None}
    of: dict[int, list[int]] = {topic: [topic] for topic in moves}
    for topic, cell in moves.items():
        other = leaves.get(cell)
        if other is not None and of[other] is not of[topic]:
            of[topic] += of[other]
            for one in of[other]:
                of[one] = of[topic]
    return list({id(chain): chain for chain in of.values()}.values())
