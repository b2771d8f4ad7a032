"""Accepted forms, by the key that their page made: sending one twice changes nothing."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class Submission(models.Model):
    key = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    sender = models.CharField(max_length=64, blank=True)
    """The fingerprint of the device's token; empty for a stranger who joins."""
    digest = models.CharField(max_length=64, blank=True)
    """The hash of what was sent: the same key with something else is another submission."""
    location = models.CharField(max_length=300, blank=True)
    """The address to which the answer redirected; empty when it did not redirect."""
    participant = models.ForeignKey("forum.Participant", models.CASCADE, null=True)
    """The participant who joined by this form, if it was one to join."""
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "path", "key"], name="submitted_once")]

    MAX_DURATION = timedelta(minutes=1)
    """The longest time that answering a form takes."""

    def __str__(self) -> str:
        return f"{self.path} {self.key}"

    @property
    def answer_period(self) -> tuple[datetime, datetime]:
        """The first and last moments at which the form may have been answered."""
        return self.made_at, self.made_at + self.MAX_DURATION
