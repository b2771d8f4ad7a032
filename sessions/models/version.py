"""The history of a report's texts, and its writers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Value, Window
from django.db.models.functions import Lag
from django.utils import timezone

from forum.models import Actor, Facilitator, Participant

if TYPE_CHECKING:
    from sessions.models.report import Report


class VersionQuerySet(models.QuerySet["Version"]):
    def with_text_before(self) -> "VersionQuerySet":
        """Add `before`: the text of the section's previous version."""
        before = Lag("text", default=Value(""))
        return self.annotate(before=Window(before, partition_by=F("section"), order_by=F("pk").asc()))


class Version(models.Model):
    """One text of a report as it was when its writers paused."""

    PAUSE = timedelta(minutes=2)
    """After a pause this long of its writers, their next update begins another version."""
    TOGETHER = timedelta(seconds=20)
    """Another person who writes within this time of the last update shares the version."""
    MAX_DURATION = timedelta(minutes=10)

    report = models.ForeignKey("reports.Report", models.CASCADE, related_name="versions")
    section = models.CharField(max_length=14)
    """The name of the report's field."""
    text = models.TextField(blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    participants = models.ManyToManyField(Participant)
    facilitators = models.ManyToManyField(Facilitator)
    restores = models.ForeignKey("self", models.SET_NULL, null=True)
    """The earlier version whose text this one restores."""

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["report", "section"])]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.section}, {self.ended_at}"

    @classmethod
    def record(
        cls, report: "Report", section: str, text: str, by: Sequence[Actor], restores: "Version | None" = None
    ) -> None:
        """Record a section's new text in its current version or in a new one. `by`: all who wrote at this time."""
        version = report.versions.filter(section=section).last()
        now = timezone.now()
        if version is None or restores or not version.is_continued_by(by):
            version = cls(report=report, section=section, began_at=now, restores=restores)
        version.text, version.ended_at = text, now
        version.save()
        version.participants.add(*(actor.participant for actor in by if actor.participant))
        version.facilitators.add(*(actor.facilitator for actor in by if actor.facilitator and not actor.participant))

    def is_continued_by(self, by: Sequence[Actor]) -> bool:
        """Say whether an update of these people belongs to this version now."""
        now = timezone.now()
        if self.restores_id or now - self.began_at > self.MAX_DURATION:
            return False
        return now - self.ended_at < (self.PAUSE if self._was_written_by(by) else self.TOGETHER)

    def _was_written_by(self, by: Sequence[Actor]) -> bool:
        """Say whether one of these people is among the writers."""
        participants = [actor.participant.pk for actor in by if actor.participant]
        facilitators = [actor.facilitator.pk for actor in by if actor.facilitator]
        return bool(
            (participants and self.participants.filter(pk__in=participants).exists())
            or (facilitators and self.facilitators.filter(pk__in=facilitators).exists())
        )

    @property
    def writers(self) -> list[str]:
        return [person.name for person in (*self.participants.all(), *self.facilitators.all())]

    @property
    def label(self) -> str:
        return str(getattr(self.report._meta.get_field(self.section), "verbose_name", self.section))
