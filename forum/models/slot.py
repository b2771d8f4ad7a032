"""Slots: the rounds of the day, and its moments in common."""

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
from forum.models.moment import (
    Moment,
    current_moment,
    minutes_since_midnight,
    moments_of,
    time_after_midnight,
)
from forum.models.verbs import Verb
from forum.text.one_line import LineField

ROUNDING_MINUTES = 5
"""Slots that are delayed by a late round start at a multiple of this."""
MINUTES_PER_DAY = 24 * 60


class InvalidDuration(Exception):
    """A slot cannot last so long, or so short. The message is the reason in the reader's language."""


class SlotQuerySet(models.QuerySet["Slot"]):
    def for_groups(self) -> Self:
        return self.filter(title="")

    def moments(self) -> list[Moment]:
        """Return the moments of these slots, which must be all slots of one forum, in the order of time."""
        return moments_of(self.select_related("forum"))

    def current(self, at: dt.datetime | None = None) -> "Slot | None":
        """Return the slot at this time (now). On another day than the forum's: None until a round begins."""
        moment = current_moment(self.moments(), at or timezone.now())
        return moment.slot if moment else None


class Slot(models.Model):
    """A round of groups; with a title, a moment in common (lunch, opening plenary…)."""

    MAX_DAYS = 9
    MIN_MINUTES, MAX_MINUTES = 5, 720
    MAX_TITLE_LENGTH = 120

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="slots")
    day = models.PositiveSmallIntegerField(
        _("day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)]
    )
    """1: the date of the forum."""
    starts_at = models.TimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=75, validators=[MinValueValidator(MIN_MINUTES), MaxValueValidator(MAX_MINUTES)]
    )
    title = LineField(_("moment in common"), max_length=MAX_TITLE_LENGTH, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    """When a facilitator began it; None: as planned."""
    is_frozen = models.BooleanField(default=False)
    """Only facilitators move topics into or out of it, and one by one."""

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
    def start_label(self) -> str:
        """Its start as a phrase in the reader's language; with the day from the second one on."""
        hour = time_format(self.starts_at)
        return hour if self.day == 1 else gettext("{hour} (day {day})").format(day=self.day, hour=hour)

    @property
    def ends_at(self) -> dt.time:
        """The time of its planned end."""
        _first, second = self.planned_starts()
        return (second + dt.timedelta(minutes=self.minutes)).astimezone(self.forum.zone).time()

    def planned_starts(self, days_late: int = 0) -> tuple[dt.datetime, dt.datetime]:
        """Return when it starts as planned, or so many days later: twice the same, but for the hour that comes twice.

        That is the hour in which summer time ends; an hour that does not come at all starts when it would have.
        """
        date = self.date + dt.timedelta(days=days_late)
        times = (dt.datetime.combine(date, self.starts_at.replace(fold=fold), self.forum.zone) for fold in (0, 1))
        first, other = (time.astimezone(dt.UTC) for time in times)
        return first, max(first, other)

    @property
    def began_on(self) -> dt.date | None:
        """The date of `began_at` in the forum's time zone."""
        return self.began_at.astimezone(self.forum.zone).date() if self.began_at else None

    @property
    def has_begun(self) -> bool:
        """Whether it was begun on its own day or later. Begun earlier, it was only tried out."""
        return self.began_on is not None and self.began_on >= self.date

    def begin(self, by: Actor) -> None:
        """Begin its groups now. Later slots of the day that would overlap them are delayed until their end."""
        with self.forum.change(by, Verb.BEGAN_SLOT) as change:
            self.began_at = now = timezone.now()
            change.save(self, "began_at")
            change.invalidate(Key.NOW)
            if self.has_begun:
                self._delay_later_slots(now + dt.timedelta(minutes=self.minutes), change)

    def _delay_later_slots(self, end: dt.datetime, change: Change) -> None:
        end = end.astimezone(self.forum.zone)
        earliest = math.ceil(minutes_since_midnight(end.time()) / ROUNDING_MINUTES) * ROUNDING_MINUTES
        delayed: list[tuple[Slot, int]] = []
        for slot in self._later_slots():
            if minutes_since_midnight(slot.starts_at) >= earliest:
                break  # there was a gap, or an early end
            delayed.append((slot, earliest))
            earliest += slot.minutes
        # Beyond midnight, the day takes place at other hours than planned: the plan says nothing about it.
        if end.date() == self.began_on and earliest <= MINUTES_PER_DAY:
            self._set_starts(delayed, change)

    def extend(self, minutes: int, by: Actor) -> int:
        """Lengthen by `minutes`, or shorten when negative, but not below what has elapsed; shift the day's later slots.

        A plan may overlap: shortening brings later slots no nearer than the end. Returns by how many minutes it
        changed. Raises InvalidDuration.
        """
        with self.forum.change(by, Verb.EXTENDED_SLOT) as change:
            self.refresh_from_db(fields=["minutes", "starts_at", "began_at"])
            before = self.minutes
            self.minutes = min(
                self.MAX_MINUTES, max(before + minutes, self._elapsed_minutes(), min(before, self.MIN_MINUTES))
            )
            shift = self.minutes - before
            if not shift:
                text = gettext("It cannot be shorter than what has passed, nor longer than twelve hours.")
                raise InvalidDuration(text)
            later = self._shifted_slots(shift)
            if any(start + slot.minutes > MINUTES_PER_DAY for slot, start in later):
                raise InvalidDuration(gettext("What comes after it would last beyond midnight."))
            change.save(self, "minutes")
            self._set_starts(later, change)
            change.invalidate_everything()
        return shift

    def _shifted_slots(self, shift: int) -> "list[tuple[Slot, int]]":
        """Return the day's later slots with their new starts, in minutes since midnight."""
        later = [(slot, int(minutes_since_midnight(slot.starts_at))) for slot in self._later_slots()]
        if later and shift < 0:
            end = int(minutes_since_midnight(self.starts_at)) + self.minutes
            shift = max(shift, min(0, end - later[0][1]))
        return [(slot, start + shift) for slot, start in later]

    def _elapsed_minutes(self) -> int:
        """Return the minutes elapsed since its start, rounded up; MIN_MINUTES when it is not the current slot."""
        at = timezone.now()
        moment = current_moment(self.forum.slots.moments(), at)
        if moment is None or moment.slot.pk != self.pk:
            return self.MIN_MINUTES
        return max(self.MIN_MINUTES, math.ceil((at - moment.start) / dt.timedelta(minutes=1)))

    def _later_slots(self) -> "list[Slot]":
        return list(self.forum.slots.filter(day=self.day, starts_at__gt=self.starts_at))

    @staticmethod
    def _set_starts(slots: "list[tuple[Slot, int]]", change: Change) -> None:
        """Set the starts of slots, in minutes since midnight, in an order in which no two ever start at once."""
        moves_later = bool(slots) and slots[0][1] > minutes_since_midnight(slots[0][0].starts_at)
        for slot, start in reversed(slots) if moves_later else slots:
            slot.starts_at = time_after_midnight(start)
            change.save(slot, "starts_at")
        if slots:
            change.invalidate_everything()

    def freeze(self, by: Actor) -> None:
        """Let only facilitators move topics into or out of the slot, until it is unfrozen."""
        self._set_frozen(True, by)

    def unfreeze(self, by: Actor) -> None:
        self._set_frozen(False, by)

    def _set_frozen(self, is_frozen: bool, by: Actor) -> None:
        with self.forum.change(by, Verb.FROZE_SLOT if is_frozen else Verb.UNFROZE_SLOT) as change:
            self.is_frozen = is_frozen
            change.save(self, "is_frozen")
            change.invalidate_everything()
