"""A forum under way: processes of the app, people who write, phones that follow, and what must hold in the end."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from forum.rehearsal.browser import RequestFailed
from forum.rehearsal.page import BoardMissing, Page
from forum.rehearsal.protocol import Waits
from forum.rehearsal.screen import PATHS, Screen
from tests.chaos.crowd import SLOTS, Crowd
from tests.chaos.phone import Phone, browser_at
from tests.chaos.profiles import follow
from tests.chaos.servers import Served
from tests.faults.ledger import Ledger, Verdict, judge, read_notes
from tests.faults.stored import Query, damage_of, missing_files, query_postgres, query_sqlite, read_stored
from tests.faults.writers import Writers
from tests.served_app import children

RIGHT_SECONDS = 5.0
"""Seconds after a fault has ended within which every phone must show the fresh board."""
ANSWER_SECONDS = 20.0
"""Time after which a form without an answer is sent again: a form that still waits for its turn is not given up."""
MAX_SECONDS = 60.0
"""Then the comparison goes on without them."""
AUDIENCES = ("phone", "phone", "phone", "wall", "desk")


@dataclass
class Outcome:
    """What one profile found. `figures` are shown; `faults` must be empty."""

    name: str
    right_seconds: float = RIGHT_SECONDS
    """Longer on a machine that does something else."""
    figures: dict[str, float | int | str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Number of acknowledged writes that were looked for in the end; 0: it did not come to that."""
        return int(self.figures.get("acknowledged", 0))

    def count(self, name: str, more: int = 1) -> None:
        self.figures[name] = int(self.figures.get(name, 0)) + more

    def keep_worst(self, name: str, seconds: float) -> None:
        self.figures[name] = round(max(float(self.figures.get(name, 0)), seconds), 1)

    def judge(self, verdict: Verdict, when: str = "in the end") -> None:
        self.figures["acknowledged"] = verdict.kept
        for name, found in (("lost", verdict.lost), ("doubled", verdict.doubled)):
            self.count(name, len(found))
            self.faults += [f"{name} {when}: {each}" for each in found]


@dataclass
class Scene:
    home: Path
    servers: list[Served]
    crowd: Crowd
    ledger: Ledger
    writers: Writers
    phones: list[Phone]
    outcome: Outcome
    database_url: str = ""

    @property
    def server(self) -> Served:
        return self.servers[0]

    @property
    def query(self) -> Query:
        return query_postgres(self.database_url) if self.database_url else query_sqlite(self.database)

    @property
    def database(self) -> Path:
        return self.server.data / "forum.sqlite3"

    @property
    def media(self) -> Path:
        return Path(self.server.environment.get("FORUM_MEDIA", self.server.data / "media"))

    async def check_phones(self, since: float, when: str) -> None:
        """Wait until every open page shows the same as a fresh one, with its marks. Nobody writes meanwhile.

        `since`: when the fault had ended, by `time.monotonic`.
        """
        wrong = ["not compared"]
        seconds = 0.0
        while wrong and seconds < MAX_SECONDS:
            try:
                fresh = {phone.audience: await self._open_again(phone) for phone in self.phones[: len(AUDIENCES)]}
            except (RequestFailed, BoardMissing, TimeoutError) as error:
                wrong = [f"no page: {error!r}"]
                continue
            asked_at = time.monotonic()
            while (wrong := self._differences(fresh)) and time.monotonic() - asked_at < 1:
                await asyncio.sleep(0.02)
            seconds = time.monotonic() - since
        self.outcome.count("boards compared", len(self.phones))
        self.outcome.keep_worst("phones right after, s", seconds)
        if seconds > self.outcome.right_seconds:
            self.outcome.count("late phones")
            self.outcome.faults.append(f"phones right only {seconds:.1f} s after {when}: {wrong}")

    def _differences(self, fresh: dict[str, Screen]) -> list[str]:
        """Return the pages that differ from a fresh one of the same audience, and how."""
        pairs = [(phone, fresh[phone.audience]) for phone in self.phones]
        return [
            f"{phone.audience} at {phone.shown}, not {page.shown}"
            for phone, page in pairs
            if phone.board != page.board or (phone.audience == "phone" and phone.marks != page.marks)
        ]

    async def _open_again(self, phone: Phone) -> Screen:
        fresh = Screen(phone.browser, phone.code, phone.audience)
        async with asyncio.timeout(10):
            page = await phone.browser.get(f"/{phone.code}/{PATHS[phone.audience]}", through=self.server.origin)
        fresh.load(Page(page.text))
        return fresh

    def check_stored(self) -> None:
        """Compare the database and its files with what was acknowledged."""
        self.outcome.judge(judge(list(read_notes(self.home / "ledger.txt")), read_stored(self.query)))
        self.outcome.faults += missing_files(self.query, self.media)
        if not self.database_url:
            self.outcome.faults += damage_of(self.database)


@asynccontextmanager
async def scene(
    outcome: Outcome, home: Path, stack: ExitStack, servers: list[Served], *,
    database_url: str = "", phones: int = 10, waits: Waits | None = None, position: Callable[[], int] = int,
    date: str = "2026-01-01", slots: str = SLOTS, without: str = "",
) -> AsyncIterator[Scene]:  # fmt: skip
    """Start these processes; have people write and phones follow meanwhile. Compare the ledger in the end."""
    for server in servers:
        stack.callback(end_all, server)
        await asyncio.to_thread(server.start)
    ports = itertools.cycle(server.port for server in servers)
    crowd = Crowd(lambda: browser_at(next(ports)), ANSWER_SECONDS)
    ledger = Ledger(home / "ledger.txt", position)
    writers = Writers(crowd, ledger, servers[0].origin)
    following: list[asyncio.Task[None]] = []
    try:
        await crowd.open_forum(servers[-1].first_link(), date, slots)
        await writers.begin(without=without)
        everyone = await open_phones(crowd, phones, waits or Waits())
        following = [asyncio.ensure_future(follow(phone, 0.5)) for phone in everyone]
        yield Scene(home, servers, crowd, ledger, writers, everyone, outcome, database_url)
    finally:
        await writers.end()
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        await crowd.leave()
        ledger.close()


async def open_phones(crowd: Crowd, count: int, waits: Waits) -> list[Phone]:
    """Return pages of a participant's phone, of the wall and of the desk in turn."""
    person = crowd.people[0]
    audiences = itertools.islice(itertools.cycle(AUDIENCES), count)
    return [
        Phone(crowd.facilitator if audience == "desk" else person, crowd.code, audience, waits)
        for audience in audiences
    ]


def descendants(pid: int) -> list[int]:
    """Return the process and all that it started, itself first."""
    return [pid, *(each for child in children(pid) for each in descendants(int(child)))]


def signal_all(number: int, process: "subprocess.Popen[bytes]") -> None:
    """Send a signal to a process and all that it started."""
    for pid in descendants(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_all(server: Served) -> None:
    """Kill the web process, its worker and its renderers, as when the power goes."""
    if server.process:
        signal_all(signal.SIGKILL, server.process)
        server.kill()


def end_all(server: Served) -> None:
    with contextlib.suppress(Exception):
        server.stop()
    kill_all(server)
