"""Measure the reconnection of everyone at once, as after a power cut of the venue's Wi-Fi."""

import asyncio
import contextlib
import time
from http import HTTPStatus
from statistics import median
from typing import Any

from forum.rehearsal.protocol import revision_of
from tests.bench.live import follow, run_in_loop
from tests.bench.raw_clients import Browser, Crowd, Phone
from tests.bench.results import Row, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app

TIMEOUT_SECONDS = 30.0
CHANGE_AFTER = 0.1
"""Seconds from the start of the reconnection to one more change."""


async def measure(day: BenchForum, app: Server, phones: int, rounds: int) -> dict[str, Any]:
    browser = await Browser.open(app.port)
    revision = day.since
    seconds: list[float] = []
    errors = 0
    before = app.cpu
    for n in range(rounds):
        missed = await press(day, browser, revision, 2 * n)
        taken, wrong = await reconnect_all(day, app, browser, phones, since=revision, then=missed)
        revision = missed + 1
        seconds.append(taken)
        errors += wrong
        await asyncio.sleep(1)
    browser.close()
    return {
        "phones": phones,
        "all_current_s": round(median(seconds), 2),
        "worst_s": round(max(seconds), 2),
        "errors": errors,
        "cpu_s": round((app.cpu - before) / rounds, 2),
        "server_mb": round(app.memory / 1_000_000, 1),
        "rounds": rounds,
    }


async def press(day: BenchForum, browser: Browser, revision: int, n: int) -> int:
    """Make one change as a participant; return its revision."""
    form = {"going": "yes" if n % 2 == 0 else "no", "key": f"storm-{n}"}
    answer = await browser.send("POST", f"/{day.code}/topics/2/interest/", day.phones[0], form)
    if answer.status >= 400:
        raise RuntimeError(f"the change was refused: {answer.status}")
    return revision + 1


async def reconnect_all(
    day: BenchForum, app: Server, browser: Browser, phones: int, since: int, then: int
) -> tuple[float, int]:
    """Reconnect every phone; return the seconds until all show the change made meanwhile, and how many failed."""
    crowd = Crowd(app.port, lambda n: follow(day, since=since), day.phones[:phones])
    behind = phones
    all_current = asyncio.Event()

    def record(phone: Phone, payload: bytes, now: float) -> None:
        nonlocal behind
        revision = revision_of(payload)
        if revision is None:
            return
        if phone.shown <= then < revision:
            behind -= 1
            if not behind:
                all_current.set()
        phone.shown = revision

    crowd.listener = record
    begin = time.perf_counter()

    async def come(number: int) -> None:
        phone = await crowd.connect(number)
        if phone.status == HTTPStatus.SWITCHING_PROTOCOLS:
            phone.ask()

    coming = [asyncio.ensure_future(come(n)) for n in range(phones)]
    await asyncio.sleep(CHANGE_AFTER)
    await press(day, browser, then, 2 * then + 1)
    done = await asyncio.gather(*coming, return_exceptions=True)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(all_current.wait(), TIMEOUT_SECONDS)
    taken = time.perf_counter() - begin
    errors = sum(isinstance(result, BaseException) for result in done) + sum(
        bool(phone.closed) for phone in crowd.phones
    )
    crowd.leave()
    return taken, max(errors, behind)


def run(phones: int, rounds: int) -> dict[str, Any]:
    with data_directory() as place:
        day = create_marketplace(place / "data", phones)
        with running_app(day.data) as app:
            result: dict[str, Any] = run_in_loop(measure(day, app, phones, rounds))
    rows = [
        Row("everyone is current", "all_current_s", "s", "< 3"),
        Row("in the worst storm", "worst_s", "s"),
        Row("errors", "errors", "", "0"),
        Row("server's processor", "cpu_s", "s"),
        Row("memory of the whole server", "server_mb", "MB", "≤ 250"),
    ]
    print_table(f"{phones} phones reconnect at the same instant, and the board moves meanwhile", rows, [result])
    return result
