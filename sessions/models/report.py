"""A report: what one group brings back, written by several hands that never overwrite each other silently."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum import notify
from forum.fragment_keys import Key, RowKey
from forum.models import Actor, Change, Participant
from forum.models.group import Group
from forum.models.verbs import Verb
from forum.text.one_line import LineField
from sessions.models.manuscript import SECTIONS, Lacking, Manuscript, Refused, Sent, Version


def base_of(value: object) -> str:
    """The mark of a value as its writer last saw it: what compare-and-set compares."""
    return hashlib.sha256(str("" if value is None else value).encode()).hexdigest()[:16]


def words_of(value: Any) -> str:
    """A value as a form shows it: without the spaces around a text."""
    return "" if value is None else str(value).strip()


def with_more(stands: Any, written: Any) -> Any:
    """What a field holds once `written` has added to what stands; None: it would change what stands.

    Something may come where there is nothing, and a text may go on with more lines.
    """
    words = words_of(stands)
    if not words:
        return written
    if isinstance(stands, str) and str(written).startswith(f"{words}\n"):
        return stands.rstrip() + written[len(words) :]
    return None


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


class _NothingNew(Exception):
    """All of it was here already: nothing has changed."""


def room_group(report: int) -> str:
    """Where, in the channel layer, the rooms of a report hear that it has moved."""
    return f"report-{report}"


class Report(SharedText):
    class Status(models.TextChoices):
        EMPTY = "empty", _("empty")
        DRAFT = "draft", _("draft")
        FINISHED = "finished", _("finished")

    TEXTS: ClassVar[tuple[str, ...]] = (*SECTIONS, "quote", "quote_author", "contact")
    SHARED = ("title", *TEXTS, "scribes", "head_count")
    LINES: ClassVar = frozenset({"title", "quote", "quote_author", "contact", "scribes"})
    """Texts of one line: written by one person at a time, and kept in the history as the sections are."""

    group = models.OneToOneField(Group, models.CASCADE, related_name="report")
    title = LineField(_("title, as a question"), max_length=200, blank=True)
    scribes = LineField(_("scribes"), max_length=200, blank=True)
    head_count = models.PositiveSmallIntegerField(_("how many were you?"), null=True, blank=True)
    findings = models.TextField(_("findings"), max_length=6000, blank=True)
    debate = models.TextField(_("what was debated"), max_length=6000, blank=True)
    proposals = models.TextField(_("proposals"), max_length=6000, blank=True)
    needs = models.TextField(_("needs and requests"), max_length=6000, blank=True)
    open_questions = models.TextField(_("what stays open"), max_length=6000, blank=True)
    resources = models.TextField(_("resources and links"), max_length=6000, blank=True)
    quote = LineField(_("a quote to remember"), max_length=400, blank=True)
    quote_author = LineField(_("who said it"), max_length=120, blank=True)
    contact = LineField(_("contact for the follow-up"), max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.EMPTY)
    version = models.PositiveIntegerField(default=0)
    overheads = models.JSONField(default=dict)
    """By writer, the bytes that they added to the overhead of the shared texts (see Load in writing.py)."""
    finished_by = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True)
    validated_by = models.CharField(max_length=80, blank=True)
    """The facilitator who has read it as it stands."""
    validated_at = models.DateTimeField(null=True)

    END: ClassVar = ("status", "finished_by", "finished_at", "validated_by", "validated_at")

    def __str__(self) -> str:
        return self.heading

    @property
    def heading(self) -> str:
        return self.title or self.group.topic.title

    @property
    def is_finished(self) -> bool:
        return self.status == self.Status.FINISHED

    @property
    def filled(self) -> int:
        """How many of the sections say something."""
        return sum(bool(text.strip()) for text in self.sections.values())

    @property
    def has_text(self) -> bool:
        """Whether the one line that a report needs is there."""
        return any(getattr(self, name) for name in self.TEXTS if name not in ("contact", "quote_author"))

    @property
    def has_begun(self) -> bool:
        """Whether the group has written anything."""
        return self.has_text or self.actions.exclude(what="").exists()

    @property
    def awaits_transcription(self) -> bool:
        """Whether a photographed sheet waits to be transcribed into it."""
        return self.photos.waiting().exists()

    def people(self) -> "models.QuerySet[Participant]":
        return self.group.people()

    @contextmanager
    def changing(self, by: Actor, verb: Verb) -> Iterator[Change]:
        """A change of this report or of its actions: read anew, then kept under the next version."""
        with self._changing(by, verb, RowKey.REPORT) as change:
            seen = self.sections
            yield change
            if self.sections != seen:
                self._follow(Manuscript(self), by)

    @contextmanager
    def _changing(self, by: Actor, verb: Verb, moves: RowKey) -> Iterator[Change]:
        """Open a change of this report, which invalidates its card only if the card shows something else.

        Several people write several times a second. `moves`: RowKey.REPORT for the report's fields, RowKey.TEXT for
        its shared texts.
        """
        with self.group.topic.forum.change(by, verb) as change:
            self.refresh_from_db()
            before = self._on_card
            validated = self.validated_by, self.validated_at
            if not by.facilitator:
                self.validated_by, self.validated_at = "", None
            fields = self._fields
            yield change
            if not change.has_effect and self._fields == fields:
                self.validated_by, self.validated_at = validated
                return
            change.note_unrecorded_effect()
            self.version += 1
            if self.status == self.Status.EMPTY:
                self.status = self.Status.DRAFT
            self.save()
            change.invalidate(moves.of(self.group.topic_id))
            if self.is_finished or self._on_card != before:
                change.invalidate(RowKey.TOPIC.of(self.group.topic_id), RowKey.NEWS.of(self.group.topic_id), Key.STATUS)

    @property
    def _fields(self) -> dict[str, Any]:
        return {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}

    @property
    def _on_card(self) -> tuple[str, bool]:
        """What cards show of a report that is not finished."""
        return self.status, self.has_text

    def write(
        self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor, *, only_adds: bool = False
    ) -> Merge:
        """Keep what one writer changed. `bases` holds, per field, the mark of what they had seen.

        With `only_adds`, what stands stays, and what would change it is reported.
        """
        with self.changing(by, Verb.WROTE_IN_REPORT) as change:
            merge = self._add(written, bases) if only_adds else self.merge(written, bases)
            for name in sorted(merge.saved.keys() & self.LINES):
                Version.note(self, name, merge.saved[name], [by])
            change.details = {"version": self.version + 1, "fields": sorted(merge.saved)}
        return merge

    def _add(self, written: Mapping[str, Any], bases: Mapping[str, str]) -> Merge:
        """As `merge`, for who may only add. Where there is no title, that of the topic stands."""
        merge = Merge()
        for name in [name for name in self.SHARED if name in written]:
            mine, stands = written[name], self.heading if name == "title" else getattr(self, name)
            if base_of(mine) == bases.get(name) or words_of(mine) == words_of(stands):
                continue
            more = with_more(stands, mine)
            if more is None:
                merge.conflicts[name] = stands
            else:
                setattr(self, name, more)
                merge.saved[name] = more
        return merge

    # what several people write at once

    @property
    def sections(self) -> dict[str, str]:
        return {section: getattr(self, section) for section in SECTIONS}

    def manuscript(self) -> Manuscript:
        """The shared texts as they stand now; this report's own fields then say the same."""
        found = Manuscript(self)
        if found.texts != self.sections:
            with transaction.atomic():
                self.refresh_from_db(from_queryset=Report.objects.select_for_update())
                self._follow(found := Manuscript(self), Actor())
        return found

    def _follow(self, manuscript: Manuscript, by: Actor) -> None:
        """Make the shared texts say what the fields say, and keep that."""
        self._note(manuscript.follow(), by)
        self._keep(manuscript)

    def _note(self, sections: set[str], by: Actor) -> None:
        for section in sections:
            Version.note(self, section, getattr(self, section), [by])

    def _keep(self, manuscript: Manuscript) -> None:
        manuscript.keep()
        transaction.on_commit(lambda: notify.send(room_group(self.pk), {"type": "report.moved"}), robust=True)

    def take(self, sent: Sequence[Sent]) -> list[Refused | Lacking | None]:
        """Keep what people wrote in the sections, each under their name: all of it in one change, or nothing at all.

        For each, why it was not taken; None: it is kept, or was already.
        """
        answers: list[Refused | Lacking | None] = []
        by = next((one.by for one in sent if not one.by.facilitator), sent[-1].by)
        with suppress(_NothingNew), self._changing(by, Verb.WROTE_IN_REPORT, RowKey.TEXT) as change:
            manuscript = Manuscript(self)
            self._note(manuscript.follow(), Actor())
            hands: dict[str, list[Actor]] = {}
            for one in sent:
                try:
                    texts = manuscript.take(one)
                except (Refused, Lacking) as error:
                    answers.append(error)
                    continue
                answers.append(None)
                for section, text in texts.items():
                    setattr(self, section, text)
                    hands.setdefault(section, []).append(one.by)
            if not manuscript.has_news:
                raise _NothingNew
            for section, people in hands.items():
                Version.note(self, section, getattr(self, section), people)
            change.details = {"version": self.version + 1, "fields": sorted(hands)}
            self.overheads = manuscript.overheads
            self._keep(manuscript)
        return answers

    def restore(self, version: Version, by: Actor) -> None:
        """Put a text back as it was in one of its versions; what it is now stays among them."""
        with self._changing(by, Verb.RESTORED_VERSION, RowKey.REPORT) as change:
            if getattr(self, version.section) == version.text:
                return
            manuscript = Manuscript(self)
            self._note(manuscript.follow(), Actor())
            if version.section in SECTIONS:
                manuscript.rewrite(version.section, version.text)
            setattr(self, version.section, version.text)
            change.details = {"fields": [version.section]}
            Version.note(self, version.section, version.text, [by], restores=version)
            self._keep(manuscript)

    # how it ends

    def finish(self, by: Actor) -> None:
        with self.changing(by, Verb.FINISHED_REPORT) as change:
            if self.is_finished:
                return
            self.status = self.Status.FINISHED
            self.finished_by, self.finished_at = by.name, timezone.now()
            change.save(self, *self.END)

    def reopen(self, by: Actor) -> None:
        with self.changing(by, Verb.REOPENED_REPORT) as change:
            self.status = self.Status.DRAFT
            self.finished_by = self.validated_by = ""
            self.finished_at = self.validated_at = None
            change.save(self, *self.END)

    def validate(self, by: Actor) -> None:
        """A facilitator has read it as it stands; it is finished too. Another word by the group undoes that."""
        with self.changing(by, Verb.VALIDATED_REPORT) as change:
            now = timezone.now()
            if not self.is_finished:
                self.status, self.finished_by, self.finished_at = self.Status.FINISHED, by.name, now
            self.validated_by, self.validated_at = by.name, now
            change.save(self, *self.END)

    def add_action(self, by: Actor, **fields: Any) -> "Action":
        with self.changing(by, Verb.ADDED_ACTION) as change:
            last = self.actions.aggregate(last=Max("position"))["last"] or 0
            action = Action(report=self, position=last + 1, **fields)
            change.create(action)
            return action


class Action(SharedText):
    SHARED = ("what", "point_person", "others", "first_step", "due_date", "due_words", "resources")

    report = models.ForeignKey(Report, models.CASCADE, related_name="actions")
    position = models.PositiveSmallIntegerField()
    what = LineField(_("what"), max_length=300, blank=True)
    point_person = LineField(_("point person"), max_length=120, blank=True)
    others = LineField(_("others to involve"), max_length=300, blank=True)
    first_step = LineField(_("first step"), max_length=300, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    due_words = LineField(_("or in words"), max_length=80, blank=True)
    resources = LineField(_("resources"), max_length=300, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.what

    @property
    def rank(self) -> int:
        """The place of this action in its report, from 1, whatever was deleted before it."""
        return self.report.actions.filter(position__lt=self.position).count() + 1

    def write(self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor) -> Merge:
        with self.report.changing(by, Verb.WROTE_ACTION) as change:
            self.refresh_from_db(fields=self.SHARED)
            merge = self.merge(written, bases)
            if merge.saved:
                self.save()
                change.note_unrecorded_effect()
        return merge

    def drop(self, by: Actor) -> None:
        with self.report.changing(by, Verb.DROPPED_ACTION) as change:
            change.details = {name: str(getattr(self, name) or "") for name in self.SHARED}
            change.delete(self)


def report_of(group: Group) -> Report:
    """The group's report, begun on first sight."""
    report, _new = Report.objects.select_related("group__topic__forum").get_or_create(group=group)
    return report
