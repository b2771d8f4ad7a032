"""The power goes: of what the app wrote, only what it synced is sure to be there when it starts again."""

import asyncio
import contextlib
import random
import shutil
import sqlite3
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.servers import Served
from tests.faults.kills import ask_for_book
from tests.faults.ledger import Note, judge, read_notes
from tests.faults.recorded_disk import RecordedDisk, random_chance
from tests.faults.scene import Outcome, Scene, end_all, kill_all, scene
from tests.faults.stored import damage_of, missing_files, query_sqlite, read_stored

KEY_LENGTH = 50
"""Characters of a secret key."""


async def run(outcome: Outcome, home: Path, cuts: int, *, seconds: float, opened: int, book: bool = True) -> None:
    """Record the app for some seconds, then cut the power `cuts` times; start the app on `opened` of the disks."""
    data = home / "1" / "data"
    data.mkdir(parents=True)
    disk = RecordedDisk(data, home / "record")
    with ExitStack() as stack:
        server = Served(home / "1", STATIC_ROOT=str(data / "static"), **disk.environment)
        async with scene(outcome, home, stack, [server], phones=0, position=lambda: disk.position) as day:
            await live(day, seconds, book=book)
            await asyncio.to_thread(server.stop)
            outcome.figures["MB written"] = round(disk.position / 1e6)
            await cut_often(day, disk, cuts, opened)
            day.check_stored()


async def live(day: Scene, seconds: float, *, book: bool) -> None:
    """Let people write; ask for the book twice, and in between start again after a kill, which reads the log anew."""
    for part in range(2):
        await asyncio.sleep(seconds / 2)
        await day.writers.pause()
        if book:
            await ask_for_book(day)
        if part == 0:
            await asyncio.to_thread(kill_all, day.server)
            await asyncio.to_thread(day.server.start)
            day.writers.go_on()


async def cut_often(day: Scene, disk: RecordedDisk, cuts: int, opened: int) -> None:
    """Half of the cuts come right after an acknowledgement, the others after any operation."""
    notes = list(read_notes(day.home / "ledger.txt"))
    acknowledged = [note.at for note in notes if note.mark == "kept"]
    positions = disk.positions()
    moments = sorted(random.choice(positions if n % 2 else acknowledged) for n in range(cuts))
    with_app = set(random.sample(range(cuts), opened))
    for n, moment in enumerate(moments):
        disk.go_on_to(moment)
        known = [note for note in notes if note.at <= moment]
        image = day.home / f"cut-{n}"
        faults = (
            await check_with_app(day, disk, image, known) if n in with_app else check_files(day, disk, image, known)
        )
        day.outcome.faults += [f"cut {n} at {moment}: {fault}" for fault in faults]
        if not faults:
            shutil.rmtree(image)
    day.outcome.figures["power cuts"] = cuts
    day.outcome.figures["starts of the app on what was left"] = opened


def check_files(day: Scene, disk: RecordedDisk, image: Path, notes: list[Note]) -> list[str]:
    """Cut the power, and return what is wrong with the files that are left."""
    data = image / "data"
    disk.write_after_cut(data, random_chance(random.Random()), without="static")
    return list(wrong_with(day, data, notes))


def wrong_with(day: Scene, data: Path, notes: list[Note]) -> list[str]:
    has_kept = any(note.mark == "kept" for note in notes)
    wrong = []
    key = data / "secret.key"
    if key.exists() and len(key.read_text()) < KEY_LENGTH:
        wrong.append("an empty secret key")
    if has_kept and not key.exists():
        wrong.append("no secret key")
    query = query_sqlite(data / "forum.sqlite3")
    try:
        if not has_kept and not query("SELECT 1 FROM sqlite_master WHERE name = 'reports_version'"):
            return wrong  # the power went before the first start was over
        wrong += damage_of(data / "forum.sqlite3")
        verdict = judge(notes, read_stored(query))
        wrong += [f"lost: {each}" for each in verdict.lost] + [f"doubled: {each}" for each in verdict.doubled]
        day.outcome.count("lost", len(verdict.lost))
        day.outcome.count("doubled", len(verdict.doubled))
        wrong += missing_files(query, data / "media")
    except sqlite3.Error as error:
        wrong.append(f"the database: {error}")
    return wrong


async def check_with_app(day: Scene, disk: RecordedDisk, image: Path, notes: list[Note]) -> list[str]:
    """Cut the power, start the app on what is left, and return what is wrong with it."""
    app = Served(image)
    app.environment["STATIC_ROOT"] = str(app.data / "static")
    disk.write_after_cut(app.data, random_chance(random.Random()))
    try:
        await asyncio.to_thread(app.start)
        wrong = wrong_with(day, app.data, notes)
        for path in sorted(path for path in (disk.directory / "static").rglob("*") if path.is_file()):
            copy = app.data / "static" / path.relative_to(disk.directory / "static")
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                wrong.append(f"the static file {path.name} is not that of the code")
        if any(note.mark == "kept" and note.subject.kind == "topic" for note in notes):
            desk = await day.crowd.facilitator.get(f"/{day.crowd.code}/desk/", through=app.origin)
            if desk.status != 200:
                wrong.append(f"the desk answers {desk.status}")
    except AssertionError as error:
        wrong = [f"the app does not start: {str(error)[-600:]}"]
    finally:
        with contextlib.suppress(Exception):
            end_all(app)
    return wrong
