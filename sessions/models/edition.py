"""An edition: the compte-rendu of a forum as a PDF, as it stood at one revision."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.models import Actor, Forum


class EditionQuerySet(models.QuerySet["Edition"]):
    def good(self) -> Self:
        return self.filter(state=Edition.State.READY)


class Edition(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RENDERING = "rendering", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    """Why it failed, for the facilitator."""
    revision = models.PositiveBigIntegerField(default=0)
    """What the forum's revision was when the content was read."""
    pages = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    """Bytes of the file."""
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["forum", "number"], name="one_edition_per_number"),
            models.UniqueConstraint(fields=["forum"], name="one_edition_waits", condition=models.Q(state="queued")),
        ]

    def __str__(self) -> str:
        return f"{self.forum} n° {self.number}"

    @classmethod
    def ask(cls, forum: Forum, by: Actor) -> Self:
        """Ask for a new edition; an edition that still waits will contain everything, so it serves."""
        with forum.change(by, "asked for an edition") as change:
            waiting = cls.objects.filter(forum=forum, state=cls.State.QUEUED).first()
            last = forum.editions.aggregate(last=Max("number"))["last"] or 0
            edition = waiting or cls.objects.create(forum=forum, number=last + 1)
            change.touch("edition")
        return edition

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "editions" / str(self.forum_id) / f"{self.number}.pdf"

    def report(self, **progress: object) -> None:
        """Keep how far the rendering is, and show it to those who wait."""
        with self.forum.change(Actor(), "made progress on an edition") as change:
            for name, value in progress.items():
                setattr(self, name, value)
            self.save(update_fields=list(progress))
            change.touch("edition")
