"""The agenda's two sides: slots (the rounds of the day) and places."""

import datetime as dt
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class SlotQuerySet(models.QuerySet["Slot"]):
    def for_groups(self) -> Self:
        return self.filter(title="")


class Slot(models.Model):
    """A round of the day, or a moment in common when it has a title (lunch, opening plenary…)."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="slots")
    starts_at = models.TimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=75, validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    title = models.CharField(_("moment in common"), max_length=120, blank=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["forum", "starts_at"],
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
    def ends_at(self) -> dt.time:
        minutes = self.starts_at.hour * 60 + self.starts_at.minute + self.minutes
        return dt.time(minutes // 60 % 24, minutes % 60)


class Place(models.Model):
    """A room, or any spot where a group can meet. Seats are a hint, never a limit."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="places")
    name = models.CharField(_("place"), max_length=80)
    seats = models.PositiveSmallIntegerField(_("seats"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["forum", "name"],
                name="one_place_per_name",
                violation_error_message=_("Two places have the same name."),
            )
        ]

    def __str__(self) -> str:
        return self.name
