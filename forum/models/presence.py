"""Presences: the people who sit in a group."""

from typing import Self

from django.db import models
from django.utils import timezone

from forum.fragment_keys import RowKey
from forum.models.change import CannotUndo, Change
from forum.models.participant import Participant


class PresenceQuerySet(models.QuerySet["Presence"]):
    def current(self) -> Self:
        return self.filter(left_at=None).select_related("group")

    def in_current_slot(self) -> "Presence | None":
        """Return one participant's presence in the current slot; without a current slot, the last that began."""
        last = self.current().select_related("group__topic__forum").order_by("arrived_at").last()
        slot = last.group.topic.forum.slots.current() if last else None
        return self.current().filter(group__slot=slot).last() if slot else last


class Presence(models.Model):
    group = models.ForeignKey("forum.Group", models.CASCADE, related_name="presences")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="presences")
    arrived_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "participant"], name="present_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} in {self.group_id}"

    def end(self, change: Change) -> None:
        self.left_at = timezone.now()
        change.save(self, "left_at")
        change.invalidate(
            RowKey.TOPIC.of(self.group.topic_id),
            RowKey.REPORT.of(self.group.topic_id),
            RowKey.MARKS.of(self.participant_id),
        )

    def after_revert(self, change: Change) -> None:
        """Refuse to let somebody sit who is no longer here."""
        if self.left_at is None and not Participant.objects.present().filter(pk=self.participant_id).exists():
            raise CannotUndo
