"""The web process and its worker are killed at random moments, while people write."""

import asyncio
import os
import random
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.servers import Served
from tests.faults.scene import Outcome, Scene, kill_all, scene
from tests.served_app import children
from tests.services import postgres_server

VICTIMS = ("all", "all", "all", "all", "web", "worker")
"""Whom a kill meets, each as often as it is here."""
LIVE_SECONDS = 1.5
"""Longest time between the app's start and its end."""


LAST_EDITION = "SELECT state FROM reports_edition ORDER BY number DESC LIMIT 1"


async def run(outcome: Outcome, home: Path, kills: int, *, postgres: bool, book: bool = True) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(postgres_server(is_durable=True)) if postgres else ""
        server = Served(home / "1", DATABASE_URL=url) if postgres else Served(home / "1")
        async with scene(outcome, home, stack, [server], database_url=url) as day:
            for n in range(kills):
                await kill(day, random.choice(VICTIMS))
                if n % 10 == 9:
                    await day.crowd.send(day.crowd.facilitator, "book/ask/")
                    print(f"{n + 1} of {kills} kills", file=sys.stderr)
            await day.writers.pause()
            if book:
                await ask_for_book(day)
            day.check_stored()


async def kill(day: Scene, victim: str) -> None:
    """Kill at a random moment, start again, and compare all phones with fresh pages."""
    await asyncio.sleep(random.uniform(0, LIVE_SECONDS))
    server, process = day.server, day.server.process
    assert process
    day.outcome.count(f"kills of {victim}")
    if victim == "worker":  # the web process starts another one
        for child in children(process.pid):
            if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        return
    await asyncio.to_thread(kill_all if victim == "all" else type(server).kill, server)
    await asyncio.to_thread(server.start)
    started_at = time.monotonic()
    await day.writers.pause()
    await day.check_phones(started_at, f"a kill of {victim}")
    day.writers.go_on()


async def ask_for_book(day: Scene, within: float = 300) -> None:
    """Ask for the book, and wait for it: the worker goes on after all that happened."""
    await day.crowd.send(day.crowd.facilitator, "book/ask/")
    end = time.monotonic() + within
    while (state := day.query(LAST_EDITION)[0][0]) != "ready":
        if state in ("failed", "withdrawn") or time.monotonic() > end:
            day.outcome.faults.append(f"the book that was asked for in the end: {state}")
            return
        await asyncio.sleep(0.2)
