"""The disk fills up under people who write: files are refused first, texts last, and all goes on once there is room."""

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from forum.rehearsal.browser import RequestFailed, Response
from forum.server.disk import RESERVED_BYTES
from tests.chaos.servers import Served
from tests.faults.kills import LAST_EDITION, ask_for_book
from tests.faults.scene import Outcome, Scene, scene
from tests.faults.writers import jpeg

SIZE = RESERVED_BYTES + 100_000_000
"""Of the disk, in bytes."""
FULL_SECONDS = 90.0
"""Time in which the database notices that nothing is left: until then it writes over old pages of its log."""


class CannotMount(Exception):
    """The system does not let this user make a small disk."""


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """Mount a file system in memory, with SIZE bytes. Raises CannotMount."""
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "forum-faults", str(directory)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True, timeout=10).returncode:
        raise CannotMount
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True, timeout=10)


class Filler:
    """A file of somebody else on the same disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def leave(self, room: int) -> None:
        """Leave so many bytes free."""
        self.path.unlink(missing_ok=True)
        free = os.statvfs(self.path.parent)
        size = free.f_bavail * free.f_frsize - room
        with self.path.open("wb") as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, size)
        with self.path.open("ab", buffering=0) as file, contextlib.suppress(OSError):  # the last pages, one by one
            while not room:
                file.write(bytes(4096))

    def go(self) -> None:
        self.path.unlink()


async def run(outcome: Outcome, home: Path) -> None:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(home / "disk"))
        filler = Filler(disk / "filler")
        server = Served(home / "1", FORUM_DATA=str(disk / "data"), TMPDIR=str(disk))
        server.data = disk / "data"
        async with scene(outcome, home, stack, [server], phones=5, without="photo") as day:
            await expect_files(day, taken=True, when="with room")
            await ask_for_book(day)
            filler.leave(RESERVED_BYTES * 3 // 4)
            await expect_files(day, taken=False, when="in the reserve")
            await expect_texts(day, "in the reserve")
            filler.leave(0)
            await expect_refusal(day)
            await expect_erasing(day)
            filler.go()
            made_room_at = time.monotonic()
            await day.writers.pause()
            outcome.keep_worst("all acknowledged after, s", time.monotonic() - made_room_at)
            await day.check_phones(made_room_at, "there was room again")
            day.writers.go_on()
            await expect_files(day, taken=True, when="with room again")
            await day.writers.pause()
            await ask_for_book(day)
            day.check_stored()


async def upload(day: Scene) -> Response:
    """Send a photo, whole."""
    content = jpeg(400, 300)
    path = f"/{day.crowd.code}/topics/{day.writers.topics[0]}/report/photos/upload/{secrets.token_hex(8)}/"
    return await day.crowd.people[-1].post_part(f"{path}?offset=0&size={len(content)}", content)


async def expect_files(day: Scene, *, taken: bool, when: str) -> None:
    answer = await upload(day)
    said = json.loads(answer.text)
    if taken != bool(said.get("done")) or (not taken and answer.status != 507):
        day.outcome.faults.append(f"a photo {when}: {answer.status} {said}")
    await day.crowd.send(day.crowd.facilitator, "book/ask/")
    states = {"queued", "rendering"}
    while not taken and (state := day.query(LAST_EDITION)[0][0]) in states:
        await asyncio.sleep(0.2)
    if not taken and state != "failed":
        day.outcome.faults.append(f"the book {when}: {state}")
    latest = await day.crowd.facilitator.get(f"/{day.crowd.code}/book/latest.pdf")
    pdf = await day.crowd.facilitator.get(latest.location)
    if not taken and not pdf.body.startswith(b"%PDF"):
        day.outcome.faults.append(f"the last good book {when}: {pdf.status}")


async def expect_texts(day: Scene, when: str) -> None:
    """Texts are acknowledged as before, and the app says that it is ready."""
    before = day.ledger.kept
    await asyncio.sleep(4)
    if day.ledger.kept == before:
        day.outcome.faults.append(f"no text was kept {when}")
    day.outcome.count("texts kept in the reserve", day.ledger.kept - before)
    ready = await day.crowd.facilitator.get("/readyz")
    if ready.status != 200:
        day.outcome.faults.append(f"not ready {when}: {ready.text}")


async def expect_refusal(day: Scene) -> None:
    """Once nothing at all can be written, the app says so, and when to come back."""
    end = time.monotonic() + FULL_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(RequestFailed):
            fields = {"key": secrets.token_hex(8), "title": "Sujet 00003", "description": secrets.token_hex(300)}
            path = f"/{day.crowd.code}/topics/{day.writers.topics[2]}/edit/"
            answer = await day.crowd.facilitator.post(path, fields)
            ready = await day.crowd.facilitator.get("/readyz")
            if answer.status == 503:
                if "Retry-After" not in answer.headers:
                    day.outcome.faults.append("the refusal does not say when to come back")
                if ready.status != 503 or "full" not in ready.text:
                    day.outcome.faults.append(f"ready on a full disk: {ready.status} {ready.text}")
                day.outcome.count("refusals on a full disk seen")
                return
            if answer.status >= 500:
                day.outcome.faults.append(f"a text on a full disk: {answer.status}")
    day.outcome.faults.append("the disk is full, and texts are still taken")


async def expect_erasing(day: Scene) -> None:
    """What makes room works on a full disk too."""
    (photo,) = day.query("SELECT MIN(id) FROM reports_photo")[0]
    path = f"/{day.crowd.code}/topics/{day.writers.topics[0]}/report/photos/{photo}/drop/"
    answer = await day.crowd.facilitator.post(path, {"key": secrets.token_hex(8)})
    if answer.status != 302 or day.query(f"SELECT id FROM reports_photo WHERE id = {int(photo)}"):  # noqa: S608 a number
        day.outcome.faults.append(f"a photo could not be removed from a full disk: {answer.status}")
