"""The journal: one row per change, which is at once the trace of the day and what the live board reads."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from forum.models.people import Participant
    from forum.models.topic import Topic

EVERYTHING = "*"


class Change:
    """What one verb touches. Keys name what the board shows: `topic-12`, `person-7`, `me-7`, `status`…"""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.touched: set[str] = set()
        self.details: dict[str, Any] = {}

    def touch(self, *keys: str) -> None:
        self.touched.update(keys)

    def touch_topic(self, topic: "Topic") -> None:
        self.touched.update((f"topic-{topic.pk}", "status"))

    def touch_person(self, person: "Participant") -> None:
        """Their row on the desk, and what their own phones mark as theirs."""
        self.touched.update((f"person-{person.pk}", f"me-{person.pk}"))

    def touch_everything(self) -> None:
        self.touched.add(EVERYTHING)


class JournalEntry(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="journal")
    revision = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=60)
    participant = models.ForeignKey("forum.Participant", models.SET_NULL, null=True)
    facilitator = models.ForeignKey("forum.Facilitator", models.SET_NULL, null=True)
    touched = models.JSONField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["forum", "revision"], name="one_entry_per_revision")]

    def __str__(self) -> str:
        return f"{self.revision} {self.verb}"


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

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
