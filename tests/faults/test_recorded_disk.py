"""Power cuts on small programs: the measure finds what is lost, and what the app writes by itself is not."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.recorded_disk import RecordedDisk, random_chance
from tests.services import ROOT, require

DATABASE = """
import sqlite3
database = sqlite3.connect(directory / "rows.sqlite3", isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA synchronous={}")
database.execute("PRAGMA wal_autocheckpoint=10")
database.execute("CREATE TABLE row (number)")
for number in range(30):
    database.execute("INSERT INTO row VALUES (?)", [number])
    acknowledge(number)
"""
FILES = """
from forum.server import disk
for number in range(30):
    disk.write_file(directory / str(number % 3) / f"{number}.jpg", b"x" * 5000, is_text=True)
    acknowledge(number)
"""
SETTINGS = """
os.environ["FORUM_DATA"] = str(directory / "data")
from forum.settings import SECRET_KEY
acknowledge(SECRET_KEY)
"""
WITHOUT_SYNC_OF_DIRECTORIES = """
from pathlib import Path
from forum.server import disk
sync = disk.sync
disk.sync = lambda path: None if path.is_dir() else sync(path)
"""


@pytest.fixture
def disk(tmp_path: Path) -> RecordedDisk:
    require("gcc")
    (tmp_path / "disk").mkdir()
    return RecordedDisk(tmp_path / "disk", tmp_path / "record")


def run(disk: RecordedDisk, program: str) -> list[tuple[int, str]]:
    """Run a program on the disk. Return what it acknowledged, each with the position of the record then."""
    begin = (
        "import os, pathlib\n"
        f"directory = pathlib.Path({str(disk.directory)!r})\n"
        f"acknowledge = lambda what: print(os.stat({str(disk.record)!r}).st_size, what)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + program], env=os.environ | disk.environment, cwd=ROOT,
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    lines = (line.partition(" ") for line in done.stdout.splitlines())
    return [(int(position), what) for position, _space, what in lines]


def cuts(disk: RecordedDisk, positions: list[int], to: Path) -> Iterator[tuple[int, Path]]:
    """Cut the power at each of these positions; yield it, and the directory as it is left."""
    for n, position in enumerate(positions):
        disk.go_on_to(position)
        disk.write_after_cut(to / str(n), random_chance(random.Random(n)))
        yield position, to / str(n)


def rows(directory: Path) -> set[int]:
    with closing(sqlite3.connect(directory / "rows.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {number for (number,) in database.execute("SELECT number FROM row")}


@pytest.mark.parametrize(("mode", "loses"), [("FULL", False), ("NORMAL", True)])
def test_an_acknowledged_row_survives_a_power_cut_with_full_syncs_and_may_be_lost_with_fewer(
    disk: RecordedDisk, tmp_path: Path, mode: str, loses: bool
) -> None:
    acknowledged = run(disk, DATABASE.format(mode))
    afterwards = [position for position, _number in acknowledged if position > acknowledged[12][0]]  # the table is sure
    lost = 0
    for position, directory in cuts(disk, afterwards, tmp_path / "cuts"):
        lost += len({int(number) for at, number in acknowledged if at <= position} - rows(directory))
    assert (lost > 0) == loses


@pytest.mark.parametrize(("forgotten", "loses"), [("", False), (WITHOUT_SYNC_OF_DIRECTORIES, True)])
def test_a_file_that_the_app_has_written_survives_a_power_cut_with_its_directories(
    disk: RecordedDisk, tmp_path: Path, forgotten: str, loses: bool
) -> None:
    acknowledged = run(disk, forgotten + FILES)
    lost = 0
    for position, directory in cuts(disk, [position for position, _number in acknowledged], tmp_path / "cuts"):
        wanted = {int(number) for at, number in acknowledged if at <= position}
        there = {int(path.stem) for path in directory.rglob("*.jpg") if path.read_bytes() == b"x" * 5000}
        assert all(path.read_bytes() == b"x" * 5000 for path in directory.rglob("*.jpg")), "half a file"
        lost += len(wanted - there)
    assert (lost > 0) == loses


def test_the_secret_key_is_whole_whenever_the_power_goes(disk: RecordedDisk, tmp_path: Path) -> None:
    ((acknowledged, key),) = run(disk, SETTINGS)
    for position, directory in cuts(disk, disk.positions() * 3, tmp_path / "cuts"):
        file = directory / "data" / "secret.key"
        assert file.exists() or position < acknowledged
        assert not file.exists() or file.read_text() == key


def test_a_restore_leaves_the_old_database_or_the_restored_one_whenever_the_power_goes(tmp_path: Path) -> None:
    require("gcc")
    directory = tmp_path / "disk"
    directory.mkdir()
    fill(directory / "forum.sqlite3", range(5))
    with closing(sqlite3.connect(directory / "forum.sqlite3")) as open_database:  # keeps the journal
        open_database.execute("INSERT INTO row VALUES (5)")
        open_database.commit()
        fill(directory / "forum.restored", range(100, 105))
        copy = {path.name: path.read_bytes() for path in directory.iterdir()}
    for name, content in copy.items():
        (directory / name).write_bytes(content)
    assert (directory / "forum.sqlite3-wal").stat().st_size
    disk = RecordedDisk(directory, tmp_path / "record")
    run(disk, RESTORE)
    for position, left in cuts(disk, sorted(disk.positions() * 5), tmp_path / "cuts"):
        (left / "forum.sqlite3").rename(left / "rows.sqlite3")
        for path in left.glob("forum.sqlite3-*"):
            path.rename(left / path.name.replace("forum", "rows"))
        assert rows(left) in ({*range(6)}, {*range(100, 105)}), position


RESTORE = """
import django
os.environ |= {"FORUM_DATA": str(directory), "DJANGO_SETTINGS_MODULE": "forum.settings"}
django.setup()
from forum.management.commands.restore import _replace
_replace(directory / "forum.sqlite3", directory / "forum.restored")
"""


def fill(path: Path, numbers: range) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE row (number)")
        database.executemany("INSERT INTO row VALUES (?)", [(number,) for number in numbers])
        database.commit()
        if "restored" in path.name:
            database.execute("PRAGMA journal_mode=DELETE")
