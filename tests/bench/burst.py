"""Measure joins at a steady rate while phones and the wall follow the board, and some phones read nothing."""

import asyncio
import time
from statistics import median
from typing import Any

from forum.rehearsal.protocol import revision_of
from tests.bench.live import follow, run_in_loop
from tests.bench.raw_clients import Browser, Crowd, Phone
from tests.bench.results import Row, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app

STALLED = 3
TOPICS = 400
BOARDS = 40
"""Number of whole boards sent to phones that read nothing: more bytes than the kernel buffers for a socket."""
MANY = 300
"""Number of phones below which a run is a trial, with fewer topics and boards."""


class Arrivals:
    """Times at which each page received each revision."""

    def __init__(self) -> None:
        self.wall: list[tuple[float, int]] = []
        self.phones: dict[int, list[float]] = {}
        """Times at which the phones received each revision."""

    def record(self, phone: Phone, payload: bytes, now: float) -> None:
        if (revision := revision_of(payload)) is not None:
            if phone.number == 0:
                self.wall.append((now, revision))
            else:
                self.phones.setdefault(revision, []).append(now)


async def measure(day: BenchForum, app: Server, phones: int, joins: int, seconds: float) -> dict[str, Any]:
    stuck = Crowd(app.port, lambda n: follow(day), day.phones[:STALLED])
    await stuck.enter()
    for phone in stuck.phones:
        phone.transport.pause_reading()
    since = day.since + await send_whole_boards(day, app, BOARDS if phones >= MANY else 4)
    arrivals = Arrivals()
    cookies = [day.desk, *day.phones[:phones]]
    crowd = Crowd(app.port, lambda n: follow(day, "phone" if n else "wall", since), cookies)
    crowd.listener = arrivals.record
    await crowd.enter()
    await asyncio.sleep(1)
    browsers = [await Browser.open(app.port) for _ in range(12)]
    free: asyncio.Queue[Browser] = asyncio.Queue()
    for browser in browsers:
        free.put_nowait(browser)
    answered: list[float] = []
    waits: list[float] = []
    errors = 0

    async def join(n: int) -> None:
        nonlocal errors
        browser = await free.get()
        sent = time.perf_counter()
        form = {"name": f"Personne {n}", "organisation": "", "territory": "", "appearance": "full", "key": f"join-{n}"}
        answer = await browser.send("POST", f"/{day.code}/join/", "", form)
        answered.append(time.perf_counter())
        waits.append((answered[-1] - sent) * 1000)
        errors += answer.status != 302
        free.put_nowait(browser)

    cpu, begin = app.cpu, time.perf_counter()
    tasks = []
    for n in range(joins):
        await asyncio.sleep(max(0.0, begin + n * seconds / joins - time.perf_counter()))
        tasks.append(asyncio.ensure_future(join(n)))
    await asyncio.gather(*tasks)
    taken = time.perf_counter() - begin
    cpu = (app.cpu - cpu) / taken
    await asyncio.sleep(1)
    lags = [shown_after(arrivals.wall, since + n, when) for n, when in enumerate(sorted(answered), 1)]
    spread = [max(times) - min(times) for times in arrivals.phones.values()]
    stopped = app.memory
    for phone in stuck.phones:
        phone.transport.resume_reading()
    await asyncio.sleep(1)
    pushes = [when for when, _revision in arrivals.wall if when <= begin + taken]
    result = {
        "phones": phones,
        "worst_lag_ms": round(max(lags) * 1000),
        "median_lag_ms": round(median(lags) * 1000),
        "pushes_per_s": round(len(pushes) / taken, 2),
        "worst_spread_ms": round(max(spread) * 1000),
        "unserved": sum(len(times) != phones for times in arrivals.phones.values()),
        "errors": errors + sum(bool(phone.closed) for phone in crowd.phones),
        "join_ms": round(median(waits), 1),
        "cpu": round(cpu, 2),
        "server_mb": round(stopped / 1_000_000, 1),
        "stalled_let_go": sum(bool(phone.closed) for phone in stuck.phones),
    }
    for each in (crowd, stuck):
        each.leave()
    for browser in browsers:
        browser.close()
    return result


async def send_whole_boards(day: BenchForum, app: Server, boards: int) -> int:
    """Change the phase to and fro, so that whole boards are sent; return the number of changes."""
    browser = await Browser.open(app.port)
    for n in range(boards):
        form = {"phase": "marketplace" if n % 2 else "groups", "key": f"phase-{n}"}
        answer = await browser.send("POST", f"/{day.code}/desk/phase/", day.desk, form)
        if answer.status >= 400:
            raise RuntimeError(f"the phase was refused: {answer.status}")
        await asyncio.sleep(0.25)
    browser.close()
    return boards


def shown_after(shown: list[tuple[float, int]], revision: int, when: float) -> float:
    """Return the seconds from `when` until the page showed this revision; 0 when it was there before."""
    return max(0.0, min((at for at, to in shown if to >= revision), default=float("inf")) - when)


def run(phones: int, joins: int, seconds: float) -> dict[str, Any]:
    with data_directory() as place:
        day = create_marketplace(place / "data", phones, TOPICS if phones >= MANY else phones)
        with running_app(day.data) as app:
            result: dict[str, Any] = run_in_loop(measure(day, app, phones, joins, seconds))
    rows = [
        Row("the wall behind what was answered, at worst", "worst_lag_ms", "ms", "≤ 400"),
        Row("the wall behind, median", "median_lag_ms", "ms"),
        Row("pushes a second", "pushes_per_s", "", "≈ 5 at most"),
        Row("from the first phone to the last, at worst", "worst_spread_ms", "ms"),
        Row("pushes that did not reach every phone", "unserved", "", "0"),
        Row("errors", "errors", "", "0"),
        Row("a join is answered in", "join_ms", "ms"),
        Row("server's processor", "cpu", "cores"),
        Row(f"of {STALLED} stuck phones, let go", "stalled_let_go"),
        Row("memory of the whole server", "server_mb", "MB", "≤ 250"),
    ]
    print_table(f"{joins} joins in {seconds:g} s while {phones} phones and the wall watch", rows, [result])
    return result
