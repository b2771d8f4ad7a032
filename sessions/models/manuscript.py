"""The texts of a report as several people write them at once: nothing that was kept is ever lost, nor who wrote it.

Each section is a shared text (Yjs in the browser, pycrdt here). What people write is kept as rows, in the order in
which it came, and a document is only what its rows tell: it lives for one piece of work, in the thread that does it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Value, Window
from django.db.models.functions import Lag
from django.utils import timezone
from pycrdt import Doc, Text, merge_updates
from rapidfuzz.distance import Indel

from forum.models import Actor, Facilitator, Participant

if TYPE_CHECKING:
    from sessions.models.report import Report

SECTIONS = ("findings", "debate", "proposals", "needs", "open_questions", "resources")

LONGEST_UPDATE = 256 * 1024
"""Bytes sent at once: all sections of a long report, pasted twice over."""
LONGEST_MANUSCRIPT = 1024 * 1024
"""Bytes of a report's shared texts, encoded as a phone loads them: deleted words count for the few bytes they leave."""
LONGEST_SECTION = 30_000
"""Characters. One writer is stopped at a fifth of it; several who were apart may go beyond, and keep everything."""
LONGEST_FORM = LONGEST_SECTION // 5
"""Characters that one update may add to a section that has become longer than LONGEST_SECTION: what a form takes."""
MOST_OVERHEAD = LONGEST_MANUSCRIPT // 8
"""What each writer may add to the overhead of a report (see Load), so that nobody alone can fill it for the others."""
EXCESS_WEIGHT = 16
"""Bytes of overhead per character beyond LONGEST_SECTION, of which each writer may thus add 8,192."""
ROWS_KEPT, BYTES_KEPT = 40, 2 * LONGEST_MANUSCRIPT
"""Rows of a report, and bytes in them, before they become one."""


NOTHING = b"\0"
"""What somebody has who has nothing yet."""


class Refused(Exception):
    """What was sent is not text for these sections, or is too much."""


class Lacking(Exception):
    """What was sent continues something that we do not have: all that its writer has must be sent again."""


@dataclass(frozen=True)
class Sent:
    """What one writer wrote since the last time, as Yjs encodes it."""

    by: Actor
    update: bytes
    client: int = 0
    """The writer's document, and how much it has written in all, by which we see whether something is missing."""
    clock: int = 0


class Update(models.Model):
    """What was written in one go, by one or several people; or, after a while, all that was written until then."""

    report = models.ForeignKey("reports.Report", models.CASCADE, related_name="updates")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="one_update_per_number")]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.number}"


@contextmanager
def _refusing() -> Iterator[None]:
    """Take whatever the library says of something that no page of ours sent for a refusal."""
    try:
        yield
    except ValueError as error:
        raise Refused from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of Rust; it has no public name
            raise
        raise Refused from error


@dataclass(frozen=True)
class Load:
    """How heavy a manuscript is."""

    size: int
    """Bytes, as a phone loads it."""
    overhead: int
    """Bytes beyond the text itself: what deleted words left behind, and where words go; and what is too long."""


class Manuscript:
    """The shared texts of one report, as its rows tell them now."""

    def __init__(self, report: "Report") -> None:
        self._report = report
        self._rows = [(number, bytes(data)) for number, data in report.updates.values_list("number", "data")]
        self.number = self._rows[-1][0] if self._rows else 0
        self.overheads: dict[str, int] = dict(report.overheads)
        self._added: list[bytes] = []
        self._read()

    def _read(self) -> None:
        """Make the document anew from its rows, and from what was taken since."""
        self._doc: Doc[Text] = Doc()
        self._texts = {section: self._doc.get(section, type=Text) for section in SECTIONS}
        with self._doc.transaction():
            for data in (*(data for _number, data in self._rows), *self._added):
                self._doc.apply_update(data)

    @contextmanager
    def _adding(self) -> Iterator[None]:
        """Note what is new in what is done here: what we have already leaves no trace."""
        # Not for good: a document that is still observed is never freed.
        listening = self._doc.observe(lambda event: self._added.append(event.update))
        try:
            yield
        finally:
            self._doc.unobserve(listening)

    @property
    def texts(self) -> dict[str, str]:
        return {section: str(text) for section, text in self._texts.items()}

    @property
    def vector(self) -> bytes:
        """What we have: up to where each document that ever wrote has been heard."""
        return self._doc.get_state()

    def since(self, vector: bytes) -> bytes:
        """What somebody lacks who has this much. Raises Refused when that makes no sense."""
        with _refusing():
            return self._doc.get_update(vector)

    def take(self, sent: Sent) -> dict[str, str]:
        """Take in what somebody wrote; the texts that it changed. Raises Refused or Lacking, and is as it was."""
        before, added = self.texts, len(self._added)
        try:
            self._apply(sent)
        except (Refused, Lacking):
            del self._added[added:]
            self._read()
            raise
        return {section: text for section, text in self.texts.items() if text != before[section]}

    def _apply(self, sent: Sent) -> None:
        if len(sent.update) > LONGEST_UPDATE:
            raise Refused
        texts, before = self.texts, self._load
        with _refusing(), self._adding():
            self._doc.apply_update(sent.update)
        if set(self._doc.keys()) != set(SECTIONS) or not all(map(_is_plain, self._texts.values())):
            raise Refused
        if any(_is_endless(texts[section], text) for section, text in self.texts.items()):
            raise Refused
        if read_vector(self.vector).get(sent.client, 0) < sent.clock:
            raise Lacking
        self._charge(sent.by, before, self._load)

    @property
    def _load(self) -> Load:
        size = len(self._doc.get_update())
        texts = self.texts.values()
        excess = sum(max(0, len(text) - LONGEST_SECTION) for text in texts)
        return Load(size, size - sum(len(text.encode()) for text in texts) + EXCESS_WEIGHT * excess)

    def _charge(self, by: Actor, before: Load, after: Load) -> None:
        """Count what a writer made heavier. Raises Refused beyond what one writer, or all of them, may add."""
        who = writer_key(by)
        overhead = self.overheads.get(who, 0) + max(0, after.overhead - before.overhead)
        if after.overhead > before.overhead and overhead > MOST_OVERHEAD:
            raise Refused
        if after.size > max(before.size, LONGEST_MANUSCRIPT):
            raise Refused
        self.overheads[who] = overhead

    def rewrite(self, section: str, text: str) -> None:
        """Make a section read like this, by changing no more than what is different; if the texts are heavy, at once.

        A plain form is never refused, and each single edit leaves a trace: what is replaced as a whole leaves one.
        """
        shared = self._texts[section]
        old = str(shared)
        is_heavy = self._load.size > LONGEST_MANUSCRIPT // 2
        with self._adding(), self._doc.transaction():
            # From the end, so that places before it stay what they are. Texts here count in bytes.
            for start, end, words in [(0, len(old), text)] if is_heavy else reversed(list(edits(old, text))):
                at = len(old[:start].encode())
                shared[at : at + len(old[start:end].encode())] = words

    def follow(self) -> set[str]:
        """Take over what a plain form, or anything else, has put into the report's own fields."""
        stands = self.texts
        moved = {section for section in SECTIONS if getattr(self._report, section) != stands[section]}
        for section in moved:
            self.rewrite(section, getattr(self._report, section))
        return moved

    @property
    def has_news(self) -> bool:
        return bool(self._added)

    def keep(self) -> None:
        """Keep as a row what was added. One that holds everything takes the place of many rows, or of heavy ones."""
        if not self._added:
            return
        self.number += 1
        data = merge_updates(*self._added)
        if len(self._rows) >= ROWS_KEPT or sum(len(row) for _number, row in self._rows) + len(data) > BYTES_KEPT:
            self._report.updates.all().delete()
            data = self._doc.get_update()
        self._report.updates.create(number=self.number, data=data)


def writer_key(actor: Actor) -> str:
    """The name under which a writer is known to the others, and their overhead counted, whatever device they use."""
    if actor.participant:
        return f"p{actor.participant.pk}"
    return f"f{actor.facilitator.pk}" if actor.facilitator else ""


def _is_plain(text: Text) -> bool:
    """Whether there is nothing in it but text. What is not text has a length, but no words."""
    said = str(text)
    return len(text) == len(said.encode()) and "\0" not in said


def _is_endless(before: str, after: str) -> bool:
    """Whether a section has become too long by more than a form takes."""
    return len(after) > LONGEST_SECTION and len(after) - len(before) > LONGEST_FORM


def read_vector(vector: bytes) -> dict[int, int]:
    """Per document that wrote, how much of it is known: Yjs' state vector, a list of numbers of seven bits a byte."""
    numbers, number, shift = [], 0, 0
    for byte in vector:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number, shift = 0, 0
    return dict(zip(numbers[1::2], numbers[2::2], strict=False))


LARGEST_COMPARISON = 20_000_000
"""Words of one text times words of the other; beyond, all that is between their common ends counts as rewritten."""


def edits(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """What leads from one text to the other: in `old`, from where to where, and the words that come in its place."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    before, after = (re.findall(r"\S+|\s+", text[head : len(text) - tail]) for text in (old, new))
    if len(before) * len(after) > LARGEST_COMPARISON:
        yield head, len(old) - tail, "".join(after)
        return
    starts = list(accumulate(map(len, before), initial=head))
    i = k = 0
    # Whatever is written, this takes milliseconds; difflib would take seconds for words that come again and again.
    for same in Indel.editops(before, after).as_matching_blocks():
        if i < same.a or k < same.b:
            yield starts[i], starts[same.a], "".join(after[k : same.b])
        i, k = same.a + same.size, same.b + same.size


def _common(one: str, other: str) -> int:
    """How many characters are the same at the beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class VersionQuerySet(models.QuerySet["Version"]):
    def with_text_before(self) -> "VersionQuerySet":
        """Each with `before`: what the section was until then."""
        before = Lag("text", default=Value(""))
        return self.annotate(before=Window(before, partition_by=F("section"), order_by=F("pk").asc()))


class Version(models.Model):
    """A text of a report as it was when somebody stopped writing for a while, and who had written."""

    PAUSE = timedelta(minutes=2)
    """After so long without a word from its writers, the next word begins another version."""
    TOGETHER = timedelta(seconds=20)
    """Who writes within so short a time of somebody else writes with them."""
    LONGEST = timedelta(minutes=10)

    report = models.ForeignKey("reports.Report", models.CASCADE, related_name="versions")
    section = models.CharField(max_length=14)
    text = models.TextField(blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    participants = models.ManyToManyField(Participant)
    facilitators = models.ManyToManyField(Facilitator)
    restores = models.ForeignKey("self", models.SET_NULL, null=True)
    """The version that this one puts back."""

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["report", "section"])]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.section}, {self.ended_at}"

    @classmethod
    def note(
        cls, report: "Report", section: str, text: str, by: Sequence[Actor], restores: "Version | None" = None
    ) -> None:
        """Remember what a section has become by the hands of these people, who wrote at the same time."""
        last = report.versions.filter(section=section).last()
        now = timezone.now()
        if last is None or restores or not last.goes_on(by):
            last = cls(report=report, section=section, began_at=now, restores=restores)
        last.text, last.ended_at = text, now
        last.save()
        last.participants.add(*(one.participant for one in by if one.participant))
        last.facilitators.add(*(one.facilitator for one in by if one.facilitator and not one.participant))

    def goes_on(self, by: Sequence[Actor]) -> bool:
        """Whether what these people write now belongs to it."""
        now = timezone.now()
        if self.restores_id or now - self.began_at > self.LONGEST:
            return False
        return now - self.ended_at < (self.PAUSE if self._is_by(by) else self.TOGETHER)

    def _is_by(self, by: Sequence[Actor]) -> bool:
        participants = [one.participant for one in by if one.participant]
        facilitators = [one.facilitator for one in by if one.facilitator]
        return bool(
            (participants and self.participants.filter(pk__in=[person.pk for person in participants]).exists())
            or (facilitators and self.facilitators.filter(pk__in=[person.pk for person in facilitators]).exists())
        )

    @property
    def writers(self) -> list[str]:
        return [person.name for person in (*self.participants.all(), *self.facilitators.all())]

    @property
    def label(self) -> str:
        return str(getattr(self.report._meta.get_field(self.section), "verbose_name", self.section))
