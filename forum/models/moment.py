"""The moments of the day: when slots really take place, as planned or as the facilitators began them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forum.models.slot import Slot

SAME_DAY = dt.timedelta(hours=12)
"""Moments that start farther apart than this belong to different days."""


@dataclass(frozen=True)
class Moment:
    """A slot in real time."""

    slot: "Slot"
    start: dt.datetime

    @property
    def end(self) -> dt.datetime:
        return self.start.astimezone(dt.UTC) + dt.timedelta(minutes=self.slot.minutes)

    @property
    def starts_at(self) -> dt.time:
        """The time of its start in the forum's time zone."""
        return self.start.astimezone(self.slot.forum.zone).time()

    @property
    def ends_at(self) -> dt.time:
        return self.end.astimezone(self.slot.forum.zone).time()

    @property
    def start_ms(self) -> int:
        """The start in milliseconds since 1970, as browsers count."""
        return int(self.start.timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        return int(self.end.timestamp() * 1000)

    @property
    def has_begun(self) -> bool:
        """Whether a facilitator began it on its own day or later."""
        return self.slot.has_begun and self.start == self.slot.began_at

    def includes(self, at: dt.datetime) -> bool:
        return self.start <= at < self.end


def moments_of(slots: "Iterable[Slot]") -> list[Moment]:
    """Return the moments of all slots of one forum, in the order of time.

    A slot that was begun before its own day was tried out: it is a moment then, and again as planned. One in the hour
    that comes twice is in the second, if the one before it lasts until then.
    """
    slots = list(slots)
    days_late = _days_late(slots)
    moments: list[Moment] = []
    for slot in sorted(slots, key=lambda slot: (slot.day, slot.starts_at)):
        before = moments[-1].end if moments else None
        if slot.began_at:
            moments.append(Moment(slot, slot.began_at))
        if not slot.has_begun:
            first, second = slot.planned_starts(days_late)
            moments.append(Moment(slot, second if before and before > first else first))
    return sorted(moments, key=lambda moment: moment.start)


def _days_late(slots: "list[Slot]") -> int:
    """Return by how many whole days the slot that was begun last was late: the plan of the others shifts with it."""
    begun = [(slot.began_at, slot.began_on, slot.date) for slot in slots if slot.began_at and slot.began_on]
    return max(0, (max(begun)[1] - max(begun)[2]).days) if begun else 0


def current_moment(moments: Iterable[Moment], at: dt.datetime) -> Moment | None:
    """Return the moment at this time; of several, the one that started last, as js/clock/moments.js does."""
    return max((moment for moment in moments if moment.includes(at)), key=lambda moment: moment.start, default=None)


def minutes_since_midnight(time: dt.time) -> float:
    return time.hour * 60 + time.minute + time.second / 60


def time_after_midnight(minutes: float) -> dt.time:
    return dt.time(int(minutes) // 60 % 24, int(minutes) % 60)
