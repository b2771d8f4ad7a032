"""The sections of a report as shared texts that several people write at once.

Each section is a Yjs text (Yjs in the browser, pycrdt here). Updates are stored as rows, in their order of arrival; a
document is built from the rows for one piece of work, in the thread that does it, and then discarded.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from pycrdt import Doc, Text, merge_updates

from forum.models import Actor
from sessions.models.crdt import UpdateRefused, read_state_vector, refusing_malformed_data
from sessions.models.text_edits import edits

if TYPE_CHECKING:
    from sessions.models.report import Report

SECTIONS = ("findings", "debate", "proposals", "needs", "open_questions", "resources")

MAX_UPDATE_BYTES = 256 * 1024
"""All sections of a long report, pasted twice over."""
MAX_MANUSCRIPT_BYTES = 1024 * 1024
"""All sections encoded as a phone loads them: deleted words count for the few bytes that remain of them."""
MAX_SECTION_CHARACTERS = 30_000
"""One writer is stopped at a fifth of it; several who were apart may go beyond, and keep everything."""
MAX_FORM_CHARACTERS = MAX_SECTION_CHARACTERS // 5
"""The capacity of a form's field: what one update may add to a section that is longer than MAX_SECTION_CHARACTERS."""
MAX_WRITER_OVERHEAD = MAX_MANUSCRIPT_BYTES // 8
"""Bytes that each writer may add to the overhead of a report (see Weight), so that nobody alone can fill it."""
EXCESS_WEIGHT = 16
"""Bytes of overhead per character beyond MAX_SECTION_CHARACTERS, of which each writer may thus add 8,192."""
MAX_ROWS, MAX_ROWS_BYTES = 40, 2 * MAX_MANUSCRIPT_BYTES
"""Beyond these, the rows of a report are replaced by one."""


class UpdateIncomplete(Exception):
    """The update continues an earlier one that was not received: the writer must send all that they have."""


@dataclass(frozen=True)
class WriterUpdate:
    """What one writer wrote since their last update, as Yjs encodes it."""

    by: Actor
    update: bytes
    client: int = 0
    """The id of the writer's document."""
    clock: int = 0
    """The length of all that this document has written, by which a missing update is noticed."""


class Update(models.Model):
    """A stored update: of one or several writers, or the whole manuscript until then."""

    report = models.ForeignKey("reports.Report", models.CASCADE, related_name="updates")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="one_update_per_number")]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.number}"


@dataclass(frozen=True)
class Weight:
    """The size of a manuscript in bytes."""

    total: int
    """As a phone loads it."""
    overhead: int
    """Beyond the texts themselves: what remains of deleted words and of positions, and EXCESS_WEIGHT."""


class Manuscript:
    """The shared texts of one report, built from its stored updates."""

    def __init__(self, report: "Report") -> None:
        self._report = report
        self._rows = [(number, bytes(data)) for number, data in report.updates.values_list("number", "data")]
        self.number = self._rows[-1][0] if self._rows else 0
        """Of the last stored update."""
        self.overheads: dict[str, int] = dict(report.overheads)
        """Bytes of overhead by writer key."""
        self._added: list[bytes] = []
        """Updates that are not stored yet."""
        self._build()

    def _build(self) -> None:
        """Build the document from the stored and the added updates."""
        self._doc: Doc[Text] = Doc()
        self._texts = {section: self._doc.get(section, type=Text) for section in SECTIONS}
        with self._doc.transaction():
            for data in (*(data for _number, data in self._rows), *self._added):
                self._doc.apply_update(data)

    @contextmanager
    def _recording_additions(self) -> Iterator[None]:
        """Append to `_added` what changes the document; an update that it holds already adds nothing."""
        # Only for a while: a document that is still observed is never freed.
        subscription = self._doc.observe(lambda event: self._added.append(event.update))
        try:
            yield
        finally:
            self._doc.unobserve(subscription)

    @property
    def texts(self) -> dict[str, str]:
        return {section: str(text) for section, text in self._texts.items()}

    @property
    def state_vector(self) -> bytes:
        return self._doc.get_state()

    def updates_since(self, vector: bytes) -> bytes:
        """Return as one update what a document with this state vector lacks. Raises UpdateRefused if malformed."""
        with refusing_malformed_data():
            return self._doc.get_update(vector)

    def apply_all(
        self, updates: Sequence[WriterUpdate]
    ) -> tuple[list[UpdateRefused | UpdateIncomplete | None], dict[str, list[Actor]]]:
        """Return for each update why it was not applied (None: it is), and for each changed section its writers."""
        outcomes: list[UpdateRefused | UpdateIncomplete | None] = []
        writers: dict[str, list[Actor]] = {}
        for update in updates:
            try:
                sections = self.apply(update)
            except (UpdateRefused, UpdateIncomplete) as error:
                outcomes.append(error)
                continue
            outcomes.append(None)
            for section in sections:
                writers.setdefault(section, []).append(update.by)
        return outcomes, writers

    def apply(self, sent: WriterUpdate) -> list[str]:
        """Apply an update and return the sections that it changed.

        Raises UpdateRefused or UpdateIncomplete, and then changes nothing.
        """
        texts_before, added_before = self.texts, len(self._added)
        try:
            self._apply(sent)
        except (UpdateRefused, UpdateIncomplete):
            del self._added[added_before:]
            self._build()
            raise
        return [section for section, text in self.texts.items() if text != texts_before[section]]

    def _apply(self, sent: WriterUpdate) -> None:
        if len(sent.update) > MAX_UPDATE_BYTES:
            raise UpdateRefused
        texts_before, weight_before = self.texts, self._weight
        with refusing_malformed_data(), self._recording_additions():
            self._doc.apply_update(sent.update)
        if set(self._doc.keys()) != set(SECTIONS) or not all(map(_is_plain, self._texts.values())):
            raise UpdateRefused
        if any(_grows_too_long(texts_before[section], text) for section, text in self.texts.items()):
            raise UpdateRefused
        if read_state_vector(self.state_vector).get(sent.client, 0) < sent.clock:
            raise UpdateIncomplete
        self._charge(sent.by, weight_before, self._weight)

    @property
    def _weight(self) -> Weight:
        total = len(self._doc.get_update())
        texts = self.texts.values()
        excess = sum(max(0, len(text) - MAX_SECTION_CHARACTERS) for text in texts)
        return Weight(total, total - sum(len(text.encode()) for text in texts) + EXCESS_WEIGHT * excess)

    def _charge(self, by: Actor, before: Weight, after: Weight) -> None:
        """Add an update's weight to its writer's overhead. Raises UpdateRefused beyond their limit or the report's."""
        key = writer_key(by)
        overhead = self.overheads.get(key, 0) + max(0, after.overhead - before.overhead)
        if after.overhead > before.overhead and overhead > MAX_WRITER_OVERHEAD:
            raise UpdateRefused
        if after.total > max(before.total, MAX_MANUSCRIPT_BYTES):
            raise UpdateRefused
        self.overheads[key] = overhead

    def replace(self, section: str, text: str) -> None:
        """Make a section read like this by the smallest edits; in a heavy manuscript by a single one.

        A plain form is never refused, and each edit leaves a trace, so the manuscript must not grow by many.
        """
        shared = self._texts[section]
        old = str(shared)
        is_heavy = self._weight.total > MAX_MANUSCRIPT_BYTES // 2
        with self._recording_additions(), self._doc.transaction():
            # From the end, so that earlier positions stay valid. Positions in pycrdt count bytes.
            for start, end, words in [(0, len(old), text)] if is_heavy else reversed(list(edits(old, text))):
                position = len(old[:start].encode())
                shared[position : position + len(old[start:end].encode())] = words

    def adopt_fields(self) -> set[str]:
        """Replace the sections whose text differs from the report's own fields, and return their names."""
        texts = self.texts
        changed = {section for section in SECTIONS if getattr(self._report, section) != texts[section]}
        for section in changed:
            self.replace(section, getattr(self._report, section))
        return changed

    @property
    def has_additions(self) -> bool:
        return bool(self._added)

    def save(self) -> None:
        """Store the added updates as one row. Beyond MAX_ROWS or MAX_ROWS_BYTES, it replaces all rows."""
        if not self._added:
            return
        self.number += 1
        data = merge_updates(*self._added)
        if len(self._rows) >= MAX_ROWS or sum(len(row) for _number, row in self._rows) + len(data) > MAX_ROWS_BYTES:
            self._report.updates.all().delete()
            data = self._doc.get_update()
        self._report.updates.create(number=self.number, data=data)


def writer_key(actor: Actor) -> str:
    """Return the key of a writer for overheads and for other pages, the same on all their devices."""
    if actor.participant:
        return f"p{actor.participant.pk}"
    return f"f{actor.facilitator.pk}" if actor.facilitator else ""


def _is_plain(text: Text) -> bool:
    """Say whether a shared text holds only characters: embedded objects have a length, but no characters."""
    words = str(text)
    return len(text) == len(words.encode()) and "\0" not in words


def _grows_too_long(before: str, after: str) -> bool:
    return len(after) > MAX_SECTION_CHARACTERS and len(after) - len(before) > MAX_FORM_CHARACTERS
