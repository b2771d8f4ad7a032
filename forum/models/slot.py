"""The agenda's two sides: slots (the rounds of the day) and places."""

import datetime as dt
import math
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key
from forum.models.actor import Actor
from forum.models.change import Change
from forum.models.moment import Moment, current, following, hour_at, minutes_of, moments_of
from forum.models.verbs import Verb
from forum.text.one_line import LineField

MOST_DAYS = 9
SHORTEST, LONGEST = 5, 720
"""Minutes of a slot."""
FULL_MINUTES = 5
"""What waits for a round that was begun late starts at a full five minutes."""
MIDNIGHT = 24 * 60


class NoTimeLeft(Exception):
    """A slot cannot last so long, or so short; `str()` says why, in words."""


class SlotQuerySet(models.QuerySet["Slot"]):
    def for_groups(self) -> Self:
        return self.filter(title="")

    def moments(self) -> list[Moment]:
        """When they really are, in the order of time. To be asked of all slots of one forum."""
        return moments_of(self.select_related("forum"))

    def current(self, at: dt.datetime | None = None) -> "Slot | None":
        """What is on now, if a clock runs: on another day than the forum's, only once a round was begun."""
        found = current(self.moments(), at or timezone.now())
        return found.slot if found else None

    def following(self, at: dt.datetime | None = None) -> "Slot | None":
        """What comes next, the same day."""
        found = following(self.moments(), at or timezone.now())
        return found.slot if found else None


class Slot(models.Model):
    """A round of the day, or a moment in common when it has a title (lunch, opening plenary…)."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="slots")
    day = models.PositiveSmallIntegerField(
        _("day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    """1 on the date of the forum, 2 on the next day…"""
    starts_at = models.TimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=75, validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    title = LineField(_("moment in common"), max_length=120, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    """When its groups really began, once a facilitator has said so; None: as planned."""
    is_frozen = models.BooleanField(default=False)
    """Nothing moves into or out of it, except by the facilitators' own hands."""

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["day", "starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["forum", "day", "starts_at"],
                name="one_slot_per_hour",
                violation_error_message=_("Two slots start at the same time."),
            )
        ]

    def __str__(self) -> str:
        return self.title or f"{self.starts_at:%H:%M}"

    @property
    def is_for_groups(self) -> bool:
        return not self.title

    @property
    def date(self) -> dt.date:
        return self.forum.date + dt.timedelta(days=self.day - 1)

    @property
    def when(self) -> str:
        """The hour at which it starts, as a sentence names it; with its day from the second one on."""
        hour = time_format(self.starts_at)
        return hour if self.day == 1 else gettext("{hour} (day {day})").format(day=self.day, hour=hour)

    @property
    def ends_at(self) -> dt.time:
        return hour_at(minutes_of(self.starts_at) + self.minutes)

    # in real time

    @property
    def planned_at(self) -> dt.datetime:
        return dt.datetime.combine(self.date, self.starts_at, self.forum.zone)

    @property
    def began_on(self) -> dt.date | None:
        """The day on which it was begun, where the forum is."""
        return self.began_at.astimezone(self.forum.zone).date() if self.began_at else None

    @property
    def has_begun(self) -> bool:
        """Whether it was begun in earnest; on a day before its own, it was only tried out."""
        return self.began_on is not None and self.began_on >= self.date

    def begin(self, by: Actor) -> None:
        """Its groups begin now. What comes later the same day waits for their end, where it would not have."""
        with self.forum.change(by, Verb.BEGAN_ROUND) as change:
            self.began_at = timezone.now()
            change.save(self, "began_at")
            change.invalidate(Key.NOW)
            if self.has_begun:
                self._hold_back_later(change)

    def _hold_back_later(self, change: Change) -> None:
        end = timezone.localtime(self.began_at, self.forum.zone) + dt.timedelta(minutes=self.minutes)
        free = math.ceil(minutes_of(end.time()) / FULL_MINUTES) * FULL_MINUTES
        moved: list[tuple[Slot, int]] = []
        for slot in self._later():
            if minutes_of(slot.starts_at) >= free:
                break  # there was a gap, or an early end
            moved.append((slot, free))
            free += slot.minutes
        # Where it would not hold before midnight, this day is played at other hours than planned: they say nothing.
        if end.date() == self.began_on and free <= MIDNIGHT:
            self._move(moved, change)

    def extend(self, minutes: int, by: Actor) -> int:
        """Let it last longer, or less long when negative, but never less than what has passed.

        What comes later the same day shifts with it. Returns by how many minutes; raises NoTimeLeft.
        """
        with self.forum.change(by, Verb.EXTENDED_SLOT) as change:
            self.refresh_from_db(fields=["minutes", "starts_at", "began_at"])
            before = self.minutes
            self.minutes = min(LONGEST, max(before + minutes, self._passed(), min(before, SHORTEST)))
            shift = self.minutes - before
            if not shift:
                raise NoTimeLeft(gettext("It cannot be shorter than what has passed, nor longer than twelve hours."))
            later = [(slot, int(minutes_of(slot.starts_at)) + shift) for slot in self._later()]
            if any(start + slot.minutes > MIDNIGHT for slot, start in later):
                raise NoTimeLeft(gettext("What comes after it would last beyond midnight."))
            change.details = {"minutes": shift}
            change.save(self, "minutes")
            self._move(later, change)
            change.invalidate_everything()
        return shift

    def _passed(self) -> int:
        """Minutes that have passed of it, begun ones whole; the shortest slot when it is not on."""
        at = timezone.now()
        moment = current(moments_of(self.forum.slots.select_related("forum")), at)
        if moment is None or moment.slot.pk != self.pk:
            return SHORTEST
        return max(SHORTEST, math.ceil((at - moment.begins) / dt.timedelta(minutes=1)))

    def _later(self) -> "list[Slot]":
        return list(self.forum.slots.filter(day=self.day, starts_at__gt=self.starts_at))

    @staticmethod
    def _move(slots: "list[tuple[Slot, int]]", change: Change) -> None:
        """Give slots new hours, as minutes of the day: those first whose new hour nobody else still has."""
        comes_later = bool(slots) and slots[0][1] > minutes_of(slots[0][0].starts_at)
        for slot, start in reversed(slots) if comes_later else slots:
            slot.starts_at = hour_at(start)
            change.save(slot, "starts_at")
        if slots:
            change.invalidate_everything()

    def freeze(self, by: Actor) -> None:
        """Let only the facilitators' own hands move what meets then, until it is unfrozen."""
        self._set_frozen(True, by)

    def unfreeze(self, by: Actor) -> None:
        self._set_frozen(False, by)

    def _set_frozen(self, is_frozen: bool, by: Actor) -> None:
        with self.forum.change(by, Verb.FROZE_SLOT if is_frozen else Verb.UNFROZE_SLOT) as change:
            self.is_frozen = is_frozen
            change.save(self, "is_frozen")
            change.invalidate_everything()
