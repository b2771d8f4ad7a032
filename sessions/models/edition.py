"""An edition: the compte-rendu of a forum as a PDF, as it stood at one revision."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key
from forum.models import Actor, Change, Forum
from forum.models.verbs import Verb

WAITS_AT_MOST = timedelta(minutes=1)
"""After this long in the queue, a new request starts the task again."""
SILENT_AT_MOST = timedelta(minutes=4)
"""Twice the time that one attempt may take without a word."""


class Overtaken(Exception):
    """What is being made is no longer what is wanted."""


class EditionQuerySet(models.QuerySet["Edition"]):
    def ready(self) -> Self:
        return self.filter(state=Edition.State.READY)

    def being_made(self) -> Self:
        return self.filter(state=Edition.State.RENDERING)

    def told(self) -> Self:
        """Those that say what people agreed to: they can be downloaded, or soon can."""
        return self.ready() | self.being_made()


class Edition(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RENDERING = "rendering", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    """Why it failed, for the facilitator."""
    revision = models.PositiveBigIntegerField(default=0)
    """What the forum's revision was when the content was read."""
    contents = models.JSONField(default=dict)
    """Numbers of the groups whose report it holds `finished`, as a `draft`, or not at all (`missing`); and of those
    whose report is `plain` text there, since it could not be laid out (0: what surrounds the reports). Where some of
    its forms are `unmade`, the names of their files, each with why, see formats.py."""
    pages = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    """Bytes of the file."""
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)

    must_start = False
    """Of an edition that was just asked for: whether its making is still to be started."""

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
    def ask(cls, forum: Forum, by: Actor) -> "Edition":
        """Ask for a new edition, whose `must_start` says whether its making is still to be started.

        An edition that still waits will contain everything, so it serves; one that waits for long may have lost
        its task, so it is to be started again, which is harmless when the task was only late.
        """
        with forum.change(by, Verb.ASKED_FOR_EDITION) as change:
            change.invalidate(Key.EDITION)
            edition = cls.objects.filter(forum=forum, state=cls.State.QUEUED).first()
            if edition is None:
                change.note_unrecorded_effect()
                last = forum.editions.aggregate(last=Max("number"))["last"] or 0
                edition = cls.objects.create(forum=forum, number=last + 1)
                edition.must_start = True
            elif timezone.now() - edition.asked_at > WAITS_AT_MOST:
                change.note_unrecorded_effect()
                edition.asked_at = timezone.now()
                edition.save(update_fields=["asked_at"])
                edition.must_start = True
        return edition

    @property
    def path(self) -> Path:
        """The PDF."""
        return Path(settings.MEDIA_ROOT) / "editions" / str(self.forum_id) / f"{self.number}.pdf"

    @property
    def shelf(self) -> Path:
        """The directory of its other forms, each under the name that formats.py gives it."""
        return self.path.with_suffix("")

    def holds_report_of(self, number: int) -> bool:
        """Whether the report of the group of this number is in it, finished or not."""
        return number in (*self.contents.get("finished", ()), *self.contents.get("draft", ()))

    @property
    def unmade(self) -> dict[str, str]:
        """The forms that it lacks because they could not be made: the names of their files, each with why."""
        found: dict[str, str] = self.contents.get("unmade", {})
        return found

    @property
    def is_stuck(self) -> bool:
        """Whether it is being made and has given no sign of life for too long: its worker died."""
        return self.state == self.State.RENDERING and timezone.now() - self.last_sign > SILENT_AT_MOST

    @property
    def last_sign(self) -> datetime:
        """When something last happened to it, as the journal tells."""
        entry = self.forum.journal.filter(details__edition=self.number).order_by("revision").last()
        return entry.at if entry else self.asked_at

    def begin(self) -> bool:
        """Start making it; False when another worker was faster."""
        with self._changing(Verb.BEGAN_EDITION) as change:
            waiting = type(self).objects.filter(pk=self.pk, state=self.State.QUEUED)
            begun = bool(waiting.update(state=self.State.RENDERING, percent=0))
            if begun:
                change.note_unrecorded_effect()
            self.refresh_from_db(fields=["state", "percent"])
        return begun

    def read_at(self, revision: int) -> None:
        """Keep at which revision its content was read, which nobody is shown."""
        self._set(revision=revision)

    def report(self, **progress: Any) -> None:
        """Keep how far the making is, and show it to those who wait."""
        with self._changing(Verb.MADE_PROGRESS_ON_EDITION) as change:
            if any(getattr(self, name) != value for name, value in progress.items()):
                self._set(**progress)
                change.note_unrecorded_effect()

    def finish(self, *, pages: int, size: int, contents: dict[str, Any]) -> None:
        """Its file is whole and can be downloaded. Raises Overtaken when it is not wanted any more.

        That is looked at while nobody can take anything back: what was taken back before withdrew it.
        """
        with self._changing(Verb.FINISHED_EDITION) as change:
            self.must_be_wanted()
            change.note_unrecorded_effect()
            self._set(
                state=self.State.READY, percent=100, reason="", ready_at=timezone.now(),
                pages=pages, size=size, contents=contents,
            )  # fmt: skip

    def fail(self, reason: str) -> None:
        """It will not be made, for this reason; the last good edition stays. Nothing, if it was made meanwhile."""
        with self.forum.locked():
            if not self.is_wanted:
                return
            with self._changing(Verb.FAILED_TO_MAKE_EDITION) as change:
                change.note_unrecorded_effect()
                self._set(state=self.State.FAILED, reason=reason[:300])
        self.lose_files()

    @property
    def knows_until(self) -> datetime | None:
        """When the last change happened that it knows of."""
        entry = self.forum.journal.filter(revision__lte=self.revision).order_by("revision").last()
        return entry.at if entry else None

    @property
    def is_wanted(self) -> bool:
        """Whether it is still to be made: it was neither withdrawn, nor given up, nor erased with a rehearsal."""
        return type(self).objects.being_made().filter(pk=self.pk).exists()

    def must_be_wanted(self) -> None:
        if not self.is_wanted:
            raise Overtaken

    @contextmanager
    def _changing(self, verb: Verb) -> Iterator[Change]:
        with self.forum.change(Actor(), verb) as change:
            change.details = {"edition": self.number}
            change.invalidate(Key.EDITION)
            yield change

    def absorb_next(self) -> bool:
        """Whether another edition was asked for, which this one then replaces by being made anew.

        Raises Overtaken when it is that one which replaces this one.
        """
        waiting = type(self).objects.filter(forum=self.forum, state=self.State.QUEUED)
        if not waiting.exists():
            return False
        with self._changing(Verb.BEGAN_EDITION_ANEW) as change:
            self.must_be_wanted()
            change.note_unrecorded_effect()
            waiting.delete()
            self._set(percent=0)
        return True

    @classmethod
    def withdraw_matching(
        cls, forum: Forum, by: Actor, are_concerned: "Callable[[Edition], bool]" = lambda _edition: True
    ) -> bool:
        """Take back the editions that can be downloaded, their files too, and those being made, which their makers
        then leave; whether there was any."""
        found = list(filter(are_concerned, forum.editions.told()))
        if not found:
            return False
        with forum.change(by, Verb.WITHDREW_EDITIONS) as change:
            change.invalidate(Key.EDITION)
            change.note_unrecorded_effect()
            for edition in found:
                edition._set(state=cls.State.WITHDRAWN)
                transaction.on_commit(edition.lose_files, robust=True)
        return True

    def delete_with_files(self) -> None:
        """Its row goes now, its file once that is kept: within a change."""
        transaction.on_commit(self.lose_files, robust=True)
        self.delete()

    def lose_files(self) -> None:
        with suppress(FileNotFoundError, NotADirectoryError):
            self.path.unlink()
        shutil.rmtree(self.shelf, ignore_errors=True)

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))
