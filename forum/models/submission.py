"""Submitted forms, by the key that their page made: sending one twice changes nothing."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone


class Submission(models.Model):
    """A form that was accepted, under the key its page made: sending it twice changes nothing."""

    key = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    sender = models.CharField(max_length=64, blank=True)
    """Fingerprint of the device's token; empty for someone who was joining."""
    location = models.CharField(max_length=300, blank=True)
    participant = models.ForeignKey("forum.Participant", models.CASCADE, null=True)
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "path", "key"], name="submitted_once")]

    LONGEST = timedelta(minutes=1)
    """In which a form is answered, whatever it waits for."""

    def __str__(self) -> str:
        return f"{self.path} {self.key}"

    @property
    def moment(self) -> tuple[datetime, datetime]:
        """From when to when it was answered."""
        return self.made_at, self.made_at + self.LONGEST
