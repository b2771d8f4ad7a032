"""The worker is killed and hangs in the middle of a book, and so does the process that draws it."""

import asyncio
import contextlib
import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

from forum.rehearsal.browser import RequestFailed
from tests.chaos.servers import Served
from tests.faults.kills import LAST_EDITION
from tests.faults.scene import Outcome, Scene, descendants, scene

LONGEST_SECONDS = 420.0
"""A renderer that hangs is stopped after two minutes; the worker then tries again."""


async def run(outcome: Outcome, home: Path, *, faults: tuple[str, ...] = ("killed", "hung", "renderer hung")) -> None:
    with ExitStack() as stack:
        async with scene(outcome, home, stack, [Served(home / "1")], phones=0) as day:
            day.writers.pace = 4  # so that the book is made more often than it changes
            await make_book(day, "")
            for fault in faults:
                reading = asyncio.ensure_future(read_last_book(day))
                seconds = await make_book(day, fault)
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                outcome.figures[f"book ready after: {fault}, s"] = round(seconds, 1)
                await day.writers.pause()
                day.writers.go_on()
            await day.writers.pause()
            day.check_stored()


async def make_book(day: Scene, fault: str) -> float:
    """Ask for the book, and have something happen in the middle. Return the seconds until there is a new one."""
    before = len(ready(day))
    began_at = time.monotonic()
    await day.crowd.send(day.crowd.facilitator, "book/ask/")
    is_due = bool(fault)
    while len(ready(day)) == before:
        if is_due and day.query(LAST_EDITION) == [("rendering",)]:
            is_due = not meet(day, fault)
        if time.monotonic() - began_at > LONGEST_SECONDS:
            day.outcome.faults.append(f"no book after the worker was {fault}: {day.query(LAST_EDITION)}")
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - began_at


def ready(day: Scene) -> list[object]:
    return [number for (number,) in day.query("SELECT number FROM reports_edition WHERE state = 'ready'")]


def meet(day: Scene, fault: str) -> bool:
    """Kill or stop what makes the book. Return whether there was such a process."""
    part = "pdf_child" if fault == "renderer hung" else "worker"
    assert day.server.process
    for pid in descendants(day.server.process.pid)[1:]:
        if part in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL if fault == "killed" else signal.SIGSTOP)
            return True
    return False


async def read_last_book(day: Scene) -> None:
    """The last good book can be downloaded all the time."""
    while True:
        with contextlib.suppress(RequestFailed):
            latest = await day.crowd.facilitator.get(f"/{day.crowd.code}/book/latest.pdf")
            answer = await day.crowd.facilitator.get(latest.location)
            day.outcome.count("downloads meanwhile")
            if answer.status != 200 or not answer.body.startswith(b"%PDF"):
                day.outcome.faults.append(f"the last good book: {answer.status}")
        await asyncio.sleep(1)
