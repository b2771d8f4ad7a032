"""When the moments of the day really are: as planned, or as the facilitators began them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forum.models.slot import Slot

AHEAD = dt.timedelta(hours=12)
"""What begins later than that is not said to come next: it is for another day."""


@dataclass(frozen=True)
class Moment:
    """A slot in real time."""

    slot: "Slot"
    begins: dt.datetime

    @property
    def ends(self) -> dt.datetime:
        return self.begins.astimezone(dt.UTC) + dt.timedelta(minutes=self.slot.minutes)

    @property
    def starts_at(self) -> dt.time:
        """The hour of its beginning, where the forum is."""
        return self.begins.astimezone(self.slot.forum.zone).time()

    @property
    def ends_at(self) -> dt.time:
        return self.ends.astimezone(self.slot.forum.zone).time()

    @property
    def from_ms(self) -> int:
        """Milliseconds since 1970, as browsers count."""
        return int(self.begins.timestamp() * 1000)

    @property
    def to_ms(self) -> int:
        return int(self.ends.timestamp() * 1000)

    @property
    def has_begun(self) -> bool:
        """Whether a facilitator began it in earnest."""
        return self.slot.has_begun and self.begins == self.slot.began_at

    def is_on(self, at: dt.datetime) -> bool:
        return self.begins <= at < self.ends


def moments_of(slots: "Iterable[Slot]") -> list[Moment]:
    """The moments of one forum, in the order of time.

    What a facilitator began on an earlier day than planned was tried out: it counts, and so does the plan.
    """
    day = list(slots)
    late = _days_late(day)
    found = [Moment(slot, slot.began_at) for slot in day if slot.began_at]
    found += [Moment(slot, slot.planned_at + late) for slot in day if not slot.has_begun]
    return sorted(found, key=lambda moment: moment.begins)


def _days_late(slots: "list[Slot]") -> dt.timedelta:
    """By how many days the forum is played after its date: all of it goes with the round that was begun last."""
    begun = [slot for slot in slots if slot.began_at]
    last = max(begun, key=lambda slot: slot.began_at or slot.planned_at, default=None)
    return max(dt.timedelta(0), last.began_on - last.date) if last and last.began_on else dt.timedelta(0)


def current(moments: Iterable[Moment], at: dt.datetime) -> Moment | None:
    """What is on: of moments that overlap, the one that began last. Browsers choose likewise (js/clock/moments.js)."""
    return max((moment for moment in moments if moment.is_on(at)), key=lambda moment: moment.begins, default=None)


def following(moments: Iterable[Moment], at: dt.datetime) -> Moment | None:
    """What comes next."""
    later = (moment for moment in moments if at < moment.begins <= at + AHEAD)
    return min(later, key=lambda moment: moment.begins, default=None)


def minutes_of(time: dt.time) -> float:
    """Minutes since midnight."""
    return time.hour * 60 + time.minute + time.second / 60


def hour_at(minutes: float) -> dt.time:
    """The hour so many minutes after midnight."""
    return dt.time(int(minutes) // 60 % 24, int(minutes) % 60)
