"""Editions: the book of a forum as a PDF and in other formats, as it was at one revision."""

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

RESTART_AFTER = timedelta(minutes=1)
"""After this long in the queue, the next request starts the task again."""
STUCK_AFTER = timedelta(minutes=4)
"""Twice the time that one attempt may take without progress."""


class EditionOutdated(Exception):
    """The edition in the making was withdrawn, replaced or erased."""


class EditionQuerySet(models.QuerySet["Edition"]):
    def ready(self) -> Self:
        return self.filter(state=Edition.State.READY)

    def rendering(self) -> Self:
        return self.filter(state=Edition.State.RENDERING)


class Edition(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RENDERING = "rendering", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    MAX_REASON_LENGTH = 300

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True)
    """Why it failed, for the facilitator."""
    was_interrupted = models.BooleanField(default=False)
    """It failed because its worker stopped in the middle."""
    revision = models.PositiveBigIntegerField(default=0)
    """The forum's revision when the content was read, or when it failed to be: only a later change is a reason to try
    again."""
    contents = models.JSONField(default=dict)
    """Numbers of groups by the state of their report: `finished`, `draft`, `missing`, or `plain` (plain text, since it
    could not be laid out; 0: what surrounds the reports). `failed_formats`: see the property."""
    pages = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    """Bytes of the PDF."""
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)

    must_be_started = False
    """Set by `request`: whether the caller must start the task that makes it."""

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
    def request(cls, forum: Forum, by: Actor) -> "Edition":
        """Return the queued edition, created if there is none; `must_be_started` says whether to start its task.

        A queued edition will contain everything. One that waits for longer than RESTART_AFTER may have lost its task:
        starting it again is harmless when the task is only late.
        """
        with forum.change(by, Verb.ASKED_FOR_EDITION) as change:
            change.invalidate(Key.EDITION)
            edition = cls.objects.filter(forum=forum, state=cls.State.QUEUED).first()
            if edition is None:
                change.note_unrecorded_effect()
                last = forum.editions.aggregate(last=Max("number"))["last"] or 0
                edition = cls.objects.create(forum=forum, number=last + 1)
                edition.must_be_started = True
            elif timezone.now() - edition.asked_at > RESTART_AFTER:
                change.note_unrecorded_effect()
                edition.asked_at = timezone.now()
                edition.save(update_fields=["asked_at"])
                edition.must_be_started = True
        return edition

    # files and contents

    @property
    def path(self) -> Path:
        """The PDF."""
        return Path(settings.MEDIA_ROOT) / "editions" / str(self.forum_id) / f"{self.number}.pdf"

    @property
    def formats_directory(self) -> Path:
        """The directory of its other formats."""
        return self.path.with_suffix("")

    @property
    def failed_formats(self) -> dict[str, str]:
        """The other formats that could not be made: file name → why."""
        failed: dict[str, str] = self.contents.get("failed_formats", {})
        return failed

    def contains_report(self, number: int) -> bool:
        """Say whether it contains the report of the group of this number, finished or draft."""
        return number in (*self.contents.get("finished", ()), *self.contents.get("draft", ()))

    def delete_files(self) -> None:
        with suppress(FileNotFoundError, NotADirectoryError):
            self.path.unlink()
        shutil.rmtree(self.formats_directory, ignore_errors=True)

    def delete_with_files(self) -> None:
        """Delete the row now, and the files after the commit."""
        transaction.on_commit(self.delete_files, robust=True)
        self.delete()

    @classmethod
    def delete_leftovers(cls) -> None:
        """Delete the files of editions that nobody may read any more: a kill or a power cut came before their deletion.

        Those of erased forums too.
        """
        wanted = set((cls.objects.ready() | cls.objects.rendering()).values_list("forum_id", "number"))
        for path in (Path(settings.MEDIA_ROOT) / "editions").glob("[0-9]*/[0-9]*"):
            key = int(path.parent.name), int(path.stem)
            if key not in wanted:
                cls(forum_id=key[0], number=key[1]).delete_files()

    # progress

    @property
    def is_being_made(self) -> bool:
        """Whether it is still to be made: false once withdrawn, replaced, failed or erased with a rehearsal."""
        return type(self).objects.rendering().filter(pk=self.pk).exists()

    def check_being_made(self) -> None:
        """Raise EditionOutdated unless it is still to be made."""
        if not self.is_being_made:
            raise EditionOutdated

    @property
    def is_stuck(self) -> bool:
        """Whether it is rendering without progress for so long that its worker must have died."""
        return self.state == self.State.RENDERING and timezone.now() - self.last_progress_at > STUCK_AFTER

    @property
    def last_progress_at(self) -> datetime:
        entry = self.forum.journal.filter(details__edition=self.number).order_by("revision").last()
        return entry.at if entry else self.asked_at

    @property
    def last_change_at(self) -> datetime | None:
        """The time of the last change that it contains."""
        entry = self.forum.journal.filter(revision__lte=self.revision).order_by("revision").last()
        return entry.at if entry else None

    @contextmanager
    def _changing(self, verb: Verb) -> Iterator[Change]:
        with self.forum.change(Actor(), verb) as change:
            change.details = {"edition": self.number}
            change.invalidate(Key.EDITION)
            yield change

    def begin(self) -> bool:
        """Start rendering; False when another worker started first."""
        with self._changing(Verb.BEGAN_EDITION) as change:
            queued = type(self).objects.filter(pk=self.pk, state=self.State.QUEUED)
            has_begun = bool(queued.update(state=self.State.RENDERING, percent=0))
            if has_begun:
                change.note_unrecorded_effect()
            self.refresh_from_db(fields=["state", "percent"])
        return has_begun

    def set_revision(self, revision: int) -> None:
        """Save the revision of the content. No page shows it, so nothing is invalidated."""
        self._update(revision=revision)

    def report_progress(self, **values: Any) -> None:
        """Save how far the rendering is, and show it."""
        with self._changing(Verb.MADE_PROGRESS_ON_EDITION) as change:
            if any(getattr(self, name) != value for name, value in values.items()):
                self._update(**values)
                change.note_unrecorded_effect()

    def finish(self, *, pages: int, size: int, contents: dict[str, Any]) -> None:
        """Make it ready, once its files are written. Raises EditionOutdated.

        Checked within the change, which no retraction can overlap: an earlier one has withdrawn the edition.
        """
        with self._changing(Verb.FINISHED_EDITION) as change:
            self.check_being_made()
            change.note_unrecorded_effect()
            self._update(
                state=self.State.READY, percent=100, reason="", ready_at=timezone.now(),
                pages=pages, size=size, contents=contents,
            )  # fmt: skip

    def fail(self, reason: str, *, was_interrupted: bool = False) -> None:
        """Mark it as failed, for this reason; the last ready edition stays. No-op if it is not being made."""
        with self.forum.locked():
            if not self.is_being_made:
                return
            with self._changing(Verb.FAILED_TO_MAKE_EDITION) as change:
                change.note_unrecorded_effect()
                self._update(
                    state=self.State.FAILED,
                    reason=reason[: self.MAX_REASON_LENGTH],
                    was_interrupted=was_interrupted,
                    revision=self.revision or change.revision,
                )
        self.delete_files()

    def absorb_queued(self) -> bool:
        """Take the place of a queued edition, if there is one: this edition must then be rendered anew.

        Raises EditionOutdated when this edition is no longer being made.
        """
        queued = type(self).objects.filter(forum=self.forum, state=self.State.QUEUED)
        if not queued.exists():
            return False
        with self._changing(Verb.BEGAN_EDITION_ANEW) as change:
            self.check_being_made()
            change.note_unrecorded_effect()
            queued.delete()
            self._update(percent=0)
        return True

    @classmethod
    def withdraw_matching(
        cls, forum: Forum, by: Actor, matches: "Callable[[Edition], bool]" = lambda _edition: True
    ) -> bool:
        """Withdraw the ready and rendering editions that match, and delete their files. Say whether there were any."""
        editions = [edition for edition in forum.editions.ready() | forum.editions.rendering() if matches(edition)]
        if not editions:
            return False
        with forum.change(by, Verb.WITHDREW_EDITIONS) as change:
            change.invalidate(Key.EDITION)
            change.note_unrecorded_effect()
            for edition in editions:
                edition._update(state=cls.State.WITHDRAWN)
                transaction.on_commit(edition.delete_files, robust=True)
        return True

    def _update(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))
