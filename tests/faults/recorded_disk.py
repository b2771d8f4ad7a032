"""A disk as it may be after a power cut: only what was synced is sure, of the rest any part may be there or not."""

import os
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.faults.preload import library

HEAD = struct.Struct("=c7xQqQQQ")
SECTOR = 512
"""Bytes of which a disk writes all or nothing."""


class Operation(NamedTuple):
    kind: str
    file: int
    offset: int
    path: str
    other: str
    data: bytes
    end: int
    """Position in the record after it."""


@dataclass
class File:
    """What is sure of a file, and what was written since."""

    content: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, int, bytes | None]] = field(default_factory=list)
    """Position in the record, offset and data; without data, the offset is the new length."""

    def sync(self, until: int) -> None:
        for position, offset, data in self.unsynced:
            if position <= until:
                self._apply(offset, data)
        self.unsynced = [write for write in self.unsynced if write[0] > until]

    def _apply(self, offset: int, data: bytes | None) -> None:
        if data is None:
            del self.content[offset:]
        self.content.extend(bytes(max(0, offset + len(data or b"") - len(self.content))))
        if data is not None:
            self.content[offset : offset + len(data)] = data

    def after_cut(self, chance: "Chance") -> bytes:
        file = File(bytearray(self.content))
        for _position, offset, data in self.unsynced:
            if data is None:
                if chance():
                    file._apply(offset, None)
                continue
            for start in range(0, len(data), SECTOR):
                if chance():
                    file._apply(offset + start, data[start : start + SECTOR])
        return bytes(file.content)


Chance = Callable[[], bool]
"""Says of one sector, or of one change of a directory, whether it has reached the disk."""


def random_chance(random_: random.Random) -> Chance:
    """Return how much of what was not synced has arrived: nothing, all, or any part of it."""
    part = random_.choice((0.0, 1.0, 0.5, 0.1, 0.9))
    return lambda: random_.random() < part


DIRECTORY = -1
"""Stands for the number of a file in the names of directories."""


class RecordedDisk:
    """A directory, and the record of what was done in it since."""

    def __init__(self, directory: Path, record: Path) -> None:
        self.directory, self.record = directory.resolve(), record
        self.record.touch()
        self._files: list[File] = []
        self._by_inode: dict[int, int] = {}
        self._directories = {self.directory.stat().st_ino: str(self.directory)}
        self._names: dict[str, int] = {}
        """Those that are sure."""
        self._unsynced: list[Operation] = []
        """Changes of directories that are not sure."""
        self._position = 0
        for path in sorted(self.directory.rglob("*")):
            if path.is_dir():
                self._directories[path.stat().st_ino] = str(path)
                self._names[str(path)] = DIRECTORY
            else:
                self._names[str(path)] = self._new_file(path.stat().st_ino, path.read_bytes())

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the processes whose work is to be recorded."""
        return {
            "LD_PRELOAD": str(library("recorded_disk")),
            "RECORDED_DIRECTORY": str(self.directory),
            "RECORD": str(self.record),
        }

    @property
    def position(self) -> int:
        """The position in the record now."""
        return self.record.stat().st_size

    def positions(self) -> list[int]:
        """Return the position after each operation."""
        return [operation.end for operation in self._operations(0)]

    def _operations(self, start: int) -> Iterator[Operation]:
        with self.record.open("rb") as record:
            record.seek(start)
            while head := record.read(HEAD.size):
                kind, file, offset, path, other, data = HEAD.unpack(head)
                texts = os.fsdecode(record.read(path)), os.fsdecode(record.read(other))
                yield Operation(kind.decode(), file, offset, *texts, record.read(data), record.tell())

    def go_on_to(self, position: int) -> None:
        """Follow the record up to this position, which must not lie behind."""
        for operation in self._operations(self._position):
            if operation.end > position:
                break
            self._follow(operation)
            self._position = operation.end

    def _follow(self, operation: Operation) -> None:
        kind, inode, end = operation.kind, operation.file, operation.end
        if kind == "s":
            self._sync(inode, until=operation.offset)
        elif kind in "wt" and inode in self._by_inode:
            data = operation.data if kind == "w" else None
            self._files[self._by_inode[inode]].unsynced.append((end, operation.offset, data))
        elif kind in "cdru":
            if kind == "c":
                operation = operation._replace(file=self._new_file(inode))
            elif kind == "d":
                self._directories[inode] = operation.path
            self._unsynced.append(operation)

    def _new_file(self, inode: int, content: bytes = b"") -> int:
        self._directories.pop(inode, None)
        self._files.append(File(bytearray(content)))
        self._by_inode[inode] = len(self._files) - 1
        return self._by_inode[inode]

    def _sync(self, inode: int, until: int) -> None:
        if inode in self._directories:
            directory = self._directories[inode]
            for change in self._unsynced:
                if change.end <= until and directory in _parents(change):
                    _change_names(self._names, change)
            self._unsynced = [c for c in self._unsynced if c.end > until or directory not in _parents(c)]
        elif inode in self._by_inode:
            self._files[self._by_inode[inode]].sync(until)

    def write_after_cut(self, to: Path, chance: Chance, without: str = "") -> None:
        """Write the directory as it may be when the power goes now. `without`: the name of a part to leave out."""
        names = dict(self._names)
        for change in self._unsynced:
            if chance():
                _change_names(names, change)
        to.mkdir(parents=True)
        for name, file in sorted(names.items()):
            place = Path(name).relative_to(self.directory)
            path = to / place
            if place.parts[0] == without or not path.parent.is_dir():  # its directory was lost with it
                continue
            if file == DIRECTORY:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(self._files[file].after_cut(chance))
                path.chmod(0o600)


def _parents(change: Operation) -> set[str]:
    return {str(Path(path).parent) for path in (change.path, change.other) if path}


def _change_names(names: dict[str, int], change: Operation) -> None:
    if change.kind == "c":
        names[change.path] = change.file
    elif change.kind == "d":
        names[change.path] = DIRECTORY
    elif change.kind == "u":
        names.pop(change.path, None)
    elif change.path in names:  # renamed; else it was created by a change that was lost
        prefix = f"{change.path}/"
        for name in [name for name in names if name.startswith(prefix)]:
            names[f"{change.other}/{name.removeprefix(prefix)}"] = names.pop(name)
        names[change.other] = names.pop(change.path)
