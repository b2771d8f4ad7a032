"""What writers sent and what the app acknowledged, noted outside of the app, and what the app must then hold."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Subject(NamedTuple):
    """Something that one writer writes, again and again or once."""

    kind: str
    name: str


class Value(NamedTuple):
    """What the database holds of a subject: how many rows or changes, and what they say."""

    number: int
    text: str = ""


NOTHING = Value(0)


class Note(NamedTuple):
    mark: str
    """"sent", "kept" (acknowledged) or "refused"."""
    subject: Subject
    value: Value
    at: int
    """The position of the recorded disk at this moment; 0 without one."""


class Ledger:
    """A file to which each note is appended and, when something was acknowledged, synced."""

    def __init__(self, path: Path, position: Callable[[], int] = int) -> None:
        self.notes: list[Note] = []
        self._position = position
        self._file = path.open("a", encoding="utf-8")

    def note(self, mark: str, subject: Subject, value: Value) -> None:
        note = Note(mark, subject, value, self._position())
        self.notes.append(note)
        self._file.write(f"{json.dumps(note, ensure_ascii=False)}\n")
        if mark == "kept":
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    @property
    def kept(self) -> int:
        """Number of acknowledged writes."""
        return sum(note.mark == "kept" for note in self.notes)


def read_notes(path: Path) -> Iterator[Note]:
    """Read the file again: what it holds is all that a judge may know."""
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, subject, value, at = json.loads(line)
        yield Note(mark, Subject(*subject), Value(*value), at)


@dataclass
class Verdict:
    """The acknowledged writes that are lost, and those that count twice."""

    kept: int
    lost: list[str]
    doubled: list[str]

    @property
    def is_exact(self) -> bool:
        return not (self.lost or self.doubled)


def judge(notes: list[Note], stored: Mapping[Subject, Value]) -> Verdict:
    """Compare what is stored with the notes.

    Of each subject the last acknowledged value must be there, or one that was sent after it: whether it has arrived,
    nobody has been told.
    """
    kept: dict[Subject, Value] = {}
    sent: dict[Subject, list[Value]] = {}
    for mark, subject, value, _at in notes:
        under_way = sent.setdefault(subject, [])
        if mark == "sent":
            under_way.append(value)
            continue
        if mark == "kept":
            kept[subject] = value
        under_way.clear()  # a writer sends one value after the other
    verdict = Verdict(sum(note.mark == "kept" for note in notes), [], [])
    for subject, under_way in sent.items():
        allowed = [kept.get(subject, NOTHING), *under_way]
        found = stored.get(subject, NOTHING)
        if found not in allowed:
            is_doubled = found.number > max(value.number for value in allowed)
            (verdict.doubled if is_doubled else verdict.lost).append(f"{subject}: {found}, not {allowed}")
    return verdict
