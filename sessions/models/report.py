"""A report: what one group brings back, written by several hands that never overwrite each other silently."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.models import Actor, Change, Participant
from sessions.models.group import Group


def base_of(value: object) -> str:
    """The mark of a value as its writer last saw it: what compare-and-set compares."""
    return hashlib.sha256(str("" if value is None else value).encode()).hexdigest()[:16]


@dataclass
class Merge:
    """What became of one submission, field by field."""

    saved: dict[str, Any] = field(default_factory=dict)
    """Fields that only the writer had changed: kept."""
    conflicts: dict[str, Any] = field(default_factory=dict)
    """Fields that somebody else had changed too: not kept, with the value that stands."""


class SharedText(models.Model):
    """Fields that several people write: each is compared with what its writer had seen, then set."""

    SHARED: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def bases(self) -> dict[str, str]:
        return {name: base_of(getattr(self, name)) for name in self.SHARED}

    def merge(self, written: Mapping[str, Any], bases: Mapping[str, str]) -> Merge:
        """Take each field that its writer changed and nobody else did; report those that both changed."""
        merge = Merge()
        for name in self.SHARED:
            if name not in written:
                continue
            mine, theirs, seen = written[name], getattr(self, name), bases.get(name)
            if base_of(mine) in (base_of(theirs), seen):
                continue  # the same, or not changed by this writer
            if seen == base_of(theirs):
                setattr(self, name, mine)
                merge.saved[name] = mine
            else:
                merge.conflicts[name] = theirs
        return merge


class Report(SharedText):
    class Status(models.TextChoices):
        EMPTY = "empty", _("empty")
        DRAFT = "draft", _("draft")
        FINISHED = "finished", _("finished")

    TEXTS: ClassVar[tuple[str, ...]] = (
        "findings", "debate", "proposals", "needs", "open_questions", "resources", "quote", "quote_author", "contact"
    )  # fmt: skip
    SHARED = ("title", *TEXTS, "scribes", "head_count")

    group = models.OneToOneField(Group, models.CASCADE, related_name="report")
    title = models.CharField(_("title, as a question"), max_length=200, blank=True)
    scribes = models.CharField(_("scribes"), max_length=200, blank=True)
    head_count = models.PositiveSmallIntegerField(_("how many were you?"), null=True, blank=True)
    findings = models.TextField(_("findings"), max_length=6000, blank=True)
    debate = models.TextField(_("what was debated"), max_length=6000, blank=True)
    proposals = models.TextField(_("proposals"), max_length=6000, blank=True)
    needs = models.TextField(_("needs and requests"), max_length=6000, blank=True)
    open_questions = models.TextField(_("what stays open"), max_length=6000, blank=True)
    resources = models.TextField(_("resources and links"), max_length=6000, blank=True)
    quote = models.CharField(_("a quote to remember"), max_length=400, blank=True)
    quote_author = models.CharField(_("who said it"), max_length=120, blank=True)
    contact = models.CharField(_("contact for the follow-up"), max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.EMPTY)
    version = models.PositiveIntegerField(default=0)
    finished_by = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.heading

    @property
    def heading(self) -> str:
        return self.title or self.group.topic.title

    @property
    def is_finished(self) -> bool:
        return self.status == self.Status.FINISHED

    @property
    def has_text(self) -> bool:
        """Whether the one line that a report needs is there."""
        return any(getattr(self, name) for name in self.TEXTS if name not in ("contact", "quote_author"))

    def people(self) -> "models.QuerySet[Participant]":
        return self.group.people()

    @contextmanager
    def changing(self, by: Actor, verb: str) -> Iterator[Change]:
        """A change of this report or of its actions: read anew, then kept under the next version.

        The board hears of it only when a card shows something else: scribes save every second.
        """
        with self.group.topic.forum.change(by, verb) as change:
            self.refresh_from_db()
            before = self._on_card
            yield change
            self.version += 1
            if self.status == self.Status.EMPTY:
                self.status = self.Status.DRAFT
            self.save()
            change.touch(f"report-{self.group.topic_id}")
            if self.is_finished or self._on_card != before:
                change.touch(f"topic-{self.group.topic_id}", "status")

    @property
    def _on_card(self) -> tuple[str, bool]:
        """What cards show of a report that is not finished."""
        return self.status, self.has_text

    def write(self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor) -> Merge:
        """Keep what one writer changed. `bases` holds, per field, the mark of what they had seen."""
        with self.changing(by, "wrote in a report") as change:
            merge = self.merge(written, bases)
            change.details = {"version": self.version + 1, "fields": sorted(merge.saved)}
        return merge

    def finish(self, by: Actor) -> None:
        with self.changing(by, "finished a report"):
            self.status = self.Status.FINISHED
            self.finished_by, self.finished_at = by.name, timezone.now()

    def reopen(self, by: Actor) -> None:
        with self.changing(by, "reopened a report"):
            self.status = self.Status.DRAFT
            self.finished_by, self.finished_at = "", None

    def add_action(self, by: Actor, **fields: Any) -> "Action":
        with self.changing(by, "added an action"):
            last = self.actions.aggregate(last=Max("position"))["last"] or 0
            return self.actions.create(position=last + 1, **fields)


class Action(SharedText):
    SHARED = ("what", "point_person", "others", "first_step", "due_date", "due_words", "resources")

    report = models.ForeignKey(Report, models.CASCADE, related_name="actions")
    position = models.PositiveSmallIntegerField()
    what = models.CharField(_("what"), max_length=300, blank=True)
    point_person = models.CharField(_("point person"), max_length=120, blank=True)
    others = models.CharField(_("others to involve"), max_length=300, blank=True)
    first_step = models.CharField(_("first step"), max_length=300, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    due_words = models.CharField(_("or in words"), max_length=80, blank=True)
    resources = models.CharField(_("resources"), max_length=300, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.what

    @property
    def rank(self) -> int:
        """The place of this action in its report, from 1, whatever was deleted before it."""
        return self.report.actions.filter(position__lt=self.position).count() + 1

    def write(self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor) -> Merge:
        with self.report.changing(by, "wrote an action"):
            self.refresh_from_db(fields=self.SHARED)
            merge = self.merge(written, bases)
            self.save()
        return merge

    def drop(self, by: Actor) -> None:
        with self.report.changing(by, "dropped an action") as change:
            change.details = {name: str(getattr(self, name) or "") for name in self.SHARED}
            self.delete()


def report_of(group: Group) -> Report:
    """The group's report, begun on first sight."""
    report, _new = Report.objects.select_related("group__topic__forum").get_or_create(group=group)
    return report
