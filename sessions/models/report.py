"""A report: what one group brings back, written by several people who never overwrite each other silently.

Longer than other files: its fields, its forms and its shared texts are changed under one rule (`_change`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum import notify
from forum.fragment_keys import Key, RowKey
from forum.models import Actor, Change, Participant
from forum.models.group import Group
from forum.models.verbs import Verb
from forum.text.names import MAX_NAME_LENGTH
from forum.text.one_line import LineField
from sessions.models.action import Action
from sessions.models.crdt import UpdateRefused
from sessions.models.field_conflicts import SharedFields, WriteResult
from sessions.models.manuscript import SECTIONS, Manuscript, UpdateIncomplete, WriterUpdate
from sessions.models.version import Version


class _NothingAdded(Exception):
    """Rolls a change back: all its updates were stored already."""


def channel_of_report(report_id: int) -> str:
    """Return the group of the channel layer to which the rooms of a report listen."""
    return f"report-{report_id}"


class ReportQuerySet(models.QuerySet["Report"]):
    def begun(self) -> Self:
        """Return the reports for which `has_begun` is true."""
        has_action = Exists(Action.objects.written().filter(report=OuterRef("pk")))
        no_text = {f"{name}__regex": r"^\s*$" for name in Report.ESSENTIAL_FIELDS}
        return self.exclude(~has_action, photos=None, **no_text)


class Report(SharedFields):
    class Status(models.TextChoices):
        EMPTY = "empty", _("empty")
        DRAFT = "draft", _("draft")
        FINISHED = "finished", _("finished")

    ESSENTIAL_FIELDS: ClassVar[tuple[str, ...]] = (*SECTIONS, "quote")
    """One of them is enough for a report."""
    TEXT_FIELDS: ClassVar[tuple[str, ...]] = (*ESSENTIAL_FIELDS, "quote_author", "contact")
    SHARED_FIELDS = ("title", *TEXT_FIELDS, "scribes", "head_count")
    LINE_FIELDS: ClassVar = frozenset({"title", "quote", "quote_author", "contact", "scribes"})
    """Texts of one line: written by one person at a time; their history is kept as that of the sections."""
    COMPLETION_FIELDS: ClassVar = ("status", "finished_by", "finished_at", "validated_by", "validated_at")

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
    """By writer key, the bytes that they added to the overhead of the shared texts (see manuscript.Weight)."""
    finished_by = models.CharField(max_length=MAX_NAME_LENGTH, blank=True)
    finished_at = models.DateTimeField(null=True)
    validated_by = models.CharField(max_length=MAX_NAME_LENGTH, blank=True)
    """The facilitator who read it. Empty again once a participant changes it."""
    validated_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    def __str__(self) -> str:
        return self.heading

    @classmethod
    def for_group(cls, group: Group) -> "Report":
        """Return the report of a group, created empty if there is none."""
        report, _created = cls.objects.select_related("group__topic__forum").get_or_create(group=group)
        return report

    @property
    def heading(self) -> str:
        return self.title or self.group.topic.title

    @property
    def sections(self) -> dict[str, str]:
        return {section: getattr(self, section) for section in SECTIONS}

    @property
    def filled_sections(self) -> int:
        return sum(bool(text.strip()) for text in self.sections.values())

    @property
    def is_finished(self) -> bool:
        return self.status == self.Status.FINISHED

    @property
    def has_text(self) -> bool:
        """Whether it has the one line of text that a report needs. Blanks, which shared texts may keep, are none."""
        return any(getattr(self, name).strip() for name in self.ESSENTIAL_FIELDS)

    @property
    def has_content(self) -> bool:
        """Whether there is something to read: a text or an action."""
        return self.has_text or any(action.what for action in self.actions.all())

    @property
    def has_begun(self) -> bool:
        """Whether the group has brought anything: something to read, a photo or a sheet."""
        return self.has_content or self.photos.exists()

    @property
    def awaits_transcription(self) -> bool:
        """Whether a photographed sheet waits to be transcribed into it."""
        return self.photos.awaiting_transcription().exists()

    def people(self) -> "models.QuerySet[Participant]":
        return self.group.people()

    # changes

    @contextmanager
    def change(self, by: Actor, verb: Verb) -> Iterator[Change]:
        """Make a change of this report or of its actions and photos, on fields read anew, as its next version."""
        with self._change(by, verb, RowKey.REPORT) as change:
            sections_before = self.sections
            yield change
            if self.sections != sections_before:
                self._adopt_fields(Manuscript(self), by)

    @contextmanager
    def _change(self, by: Actor, verb: Verb, *keys: RowKey) -> Iterator[Change]:
        """Open a change of this report, which invalidates its card only if the card shows something else.

        Several people write several times a second. `keys`: what else it invalidates; nothing for the shared texts,
        which have their own socket.
        """
        with self.group.topic.forum.change(by, verb) as change:
            self.refresh_from_db()
            on_card_before = self._on_card
            validated = self.validated_by, self.validated_at
            if not by.runs_as_facilitator:
                self.validated_by, self.validated_at = "", None
            values_before = self._column_values
            yield change
            if not change.has_effect and self._column_values == values_before:
                self.validated_by, self.validated_at = validated
                return
            change.note_unrecorded_effect()
            self.version += 1
            if self.status == self.Status.EMPTY:
                self.status = self.Status.DRAFT
            self.save()
            topic = self.group.topic_id
            change.invalidate(*(key.of(topic) for key in keys))
            if self.is_finished or self._on_card != on_card_before:
                change.invalidate(RowKey.TOPIC.of(topic), RowKey.NEWS.of(topic), Key.STATUS)

    @property
    def _column_values(self) -> dict[str, Any]:
        return {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}

    @property
    def _on_card(self) -> tuple[str, bool]:
        """What cards show of a report that is not finished."""
        return self.status, self.has_text

    # forms

    def write(
        self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor, *, only_adds: bool = False
    ) -> WriteResult:
        """Save what one writer changed. `bases`: by field, of the value that the writer had seen (see `base_of`).

        With `only_adds`, a change of what is stored is a conflict.
        """
        with self.change(by, Verb.WROTE_IN_REPORT):
            result = self.set_additions(written, bases) if only_adds else self.compare_and_set(written, bases)
            for name in sorted(result.saved.keys() & self.LINE_FIELDS):
                Version.record(self, name, result.saved[name], [by])
        return result

    def stored_value(self, name: str) -> Any:
        """Return the value to which a form adds: for an empty title, that of the topic."""
        return self.heading if name == "title" else getattr(self, name)

    # shared texts

    def manuscript(self) -> Manuscript:
        """Return the shared texts, which have adopted the report's own fields."""
        manuscript = Manuscript(self)
        if manuscript.texts != self.sections:
            with transaction.atomic():
                self.refresh_from_db(from_queryset=Report.objects.select_for_update())
                self._adopt_fields(manuscript := Manuscript(self), Actor())
        return manuscript

    def _adopt_fields(self, manuscript: Manuscript, by: Actor) -> None:
        """Make the shared texts equal the report's fields, and save them."""
        self._record_versions(manuscript.adopt_fields(), by)
        self._save_manuscript(manuscript)

    def _record_versions(self, sections: set[str], by: Actor) -> None:
        for section in sections:
            Version.record(self, section, getattr(self, section), [by])

    def _save_manuscript(self, manuscript: Manuscript) -> None:
        manuscript.save()
        transaction.on_commit(lambda: notify.send(channel_of_report(self.pk), {"type": "report.moved"}), robust=True)

    def apply_updates(self, updates: Sequence[WriterUpdate]) -> list[UpdateRefused | UpdateIncomplete | None]:
        """Store updates of the sections, each under its writer's name, in one change.

        Returns for each update why it was not stored; None: it is stored, or was already.
        """
        by = next((update.by for update in updates if not update.by.runs_as_facilitator), updates[-1].by)
        outcomes: list[UpdateRefused | UpdateIncomplete | None] = []
        with suppress(_NothingAdded), self._change(by, Verb.WROTE_IN_REPORT):
            manuscript = Manuscript(self)
            self._record_versions(manuscript.adopt_fields(), Actor())
            outcomes, writers = manuscript.apply_all(updates)
            if not manuscript.has_additions:
                raise _NothingAdded
            for section, people in writers.items():
                setattr(self, section, manuscript.texts[section])
                Version.record(self, section, getattr(self, section), people)
            self.overheads = manuscript.overheads
            self._save_manuscript(manuscript)
        return outcomes

    def restore(self, version: Version, by: Actor) -> None:
        """Make a text what it was in one of its versions. The present text stays in the history."""
        with self._change(by, Verb.RESTORED_VERSION, RowKey.REPORT):
            if getattr(self, version.section) == version.text:
                return
            manuscript = Manuscript(self)
            self._record_versions(manuscript.adopt_fields(), Actor())
            if version.section in SECTIONS:
                manuscript.replace(version.section, version.text)
            setattr(self, version.section, version.text)
            Version.record(self, version.section, version.text, [by], restores=version)
            self._save_manuscript(manuscript)

    # completion

    def finish(self, by: Actor) -> None:
        with self.change(by, Verb.FINISHED_REPORT) as change:
            if self.is_finished:
                return
            self.status = self.Status.FINISHED
            self.finished_by, self.finished_at = by.name, timezone.now()
            change.save(self, *self.COMPLETION_FIELDS)

    def reopen(self, by: Actor) -> None:
        with self.change(by, Verb.REOPENED_REPORT) as change:
            self.status = self.Status.DRAFT
            self.finished_by = self.validated_by = ""
            self.finished_at = self.validated_at = None
            change.save(self, *self.COMPLETION_FIELDS)

    def validate(self, by: Actor) -> None:
        """Mark the report as read by a facilitator, and as finished. A later change by anyone else unmarks it."""
        with self.change(by, Verb.VALIDATED_REPORT) as change:
            now = timezone.now()
            if not self.is_finished:
                self.status, self.finished_by, self.finished_at = self.Status.FINISHED, by.name, now
            self.validated_by, self.validated_at = by.name, now
            change.save(self, *self.COMPLETION_FIELDS)

    def add_action(self, by: Actor, **fields: Any) -> Action:
        with self.change(by, Verb.ADDED_ACTION) as change:
            last = self.actions.aggregate(last=Max("position"))["last"] or 0
            action = Action(report=self, position=last + 1, **fields)
            change.create(action)
            return action
