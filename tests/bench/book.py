"""How soon the book is in people's hands once the last report is finished, and what it costs over WeasyPrint alone.

The app runs with its worker and a hundred phones follow the board. The last report is finished by a real POST, and the
clock stops when the edition that holds it can be downloaded; meanwhile one change after another is sent to the phones,
as before it. Then the same HTML goes through our renderer and through WeasyPrint alone, each in a process of its own.
"""

import asyncio
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sessions.proceedings.pdf import MEGABYTES, RENDERER
from tests.bench.live import CALM, change, follow, run_in_loop
from tests.bench.report import Row, table
from tests.bench.servers import ROOT, Day, Server, environment, room, staged, the_app
from tests.bench.wire import Browser, Crowd

PHONES = 100
CHANGES, CHANGES_A_GROUP = 40, 4
"""How many changes are timed before, during and after; a small trial needs no more than it has groups for."""
LAST_PAGES = 3
"""Seconds in which whoever waits no more for a book lets go of it."""
COUNT = """
import sys
sys.path.insert(0, sys.argv[1])
import sandbox
sandbox.step_back()
sandbox.stand_aside()
while True:
    pass
"""
PATIENCE = 300.0
STATIC = ROOT / "static"
ALONE = """
import sys
from pathlib import Path
import weasyprint
from weasyprint.urls import URLFetcher, URLFetcherResponse

static = Path(sys.argv[2])

class Fetcher(URLFetcher):
    def fetch(self, url, headers=None):
        path = url.removeprefix("book:/")
        kind = {"css": "text/css", "woff2": "font/woff2", "jpg": "image/jpeg"}[path.rpartition(".")[2]]
        home = Path(sys.argv[1]) if path.startswith("images/") else static
        return URLFetcherResponse(url, (home / path).read_bytes(), {"Content-Type": kind})

page = Path(sys.argv[1], "book.html").read_text()
weasyprint.HTML(string=page, url_fetcher=Fetcher()).write_pdf(Path(sys.argv[1], "alone.pdf"), pdf_variant="pdf/a-3a")
"""
"""What anybody would write: the same page, the same style sheet and fonts, the same kind of PDF."""


def run(sizes: list[int], rounds: int) -> dict[str, Any]:
    results = [measure(groups, rounds) for groups in sizes]
    rows = [
        Row("ready after the last report", "ready_s", "s", "16: ≤ 5, 200: ≤ 40"),
        Row("pages", "pages"),
        Row("size", "kb", "kB"),
        Row("memory of the renderer", "megabytes", "MB"),
        Row("processor of the renderer", "cpu_s", "s"),
        Row("the same for a page", "ms_per_page", "ms"),
        Row("processor of WeasyPrint alone", "alone_s", "s"),
        Row("times WeasyPrint alone", "ratio", "", "≤ 1.15"),
        Row("last phone, p95, before", "calm_p95_ms", "ms"),
        Row("last phone, p95, while it is made", "busy_p95_ms", "ms"),
        Row("last phone, p95, while another process counts", "floor_p95_ms", "ms"),
    ]
    table("The book", rows, results, [f"{size} groups" for size in sizes])
    return {
        **{f"ready_s_{size}": found["ready_s"] for size, found in zip(sizes, results, strict=True)},
        "ratio_to_weasyprint": max(found["ratio"] for found in results),
        "pages": [found["pages"] for found in results],
        "megabytes": [found["megabytes"] for found in results],
        "cpu_s": [found["cpu_s"] for found in results],
        "ms_per_page": [found["ms_per_page"] for found in results],
        "calm_p95_ms": [found["calm_p95_ms"] for found in results],
        "busy_p95_ms": [found["busy_p95_ms"] for found in results],
        "floor_p95_ms": [found["floor_p95_ms"] for found in results],
    }


def measure(groups: int, rounds: int) -> dict[str, Any]:
    with room() as place:
        day = Day(data=place / "data", **staged(place / "data", groups, module="tests.bench.library"))
        with the_app(day.data) as app:
            found: dict[str, Any] = run_in_loop(finish(day, app, groups))
        found |= compare(place / "data", rounds)
    return found | {"ms_per_page": round(1000 * found["cpu_s"] / found["pages"], 1)}


async def finish(day: Day, app: Server, groups: int) -> dict[str, Any]:
    """Finish the last report while phones follow, and wait for its book."""
    changes = min(CHANGES, CHANGES_A_GROUP * groups)
    await press(day, app, "book/ask/")
    await ready(day, 0)  # what was there before the last report
    crowd = Crowd(app.port, lambda n: follow(day), day.phones[:PHONES])
    await crowd.enter()
    browser = await Browser.open(app.port)
    await change(day, app, crowd, browser, 0)
    calm = [await one_change(day, app, crowd, browser, n) for n in range(1, changes + 1)]
    begin, before = time.perf_counter(), newest(day)[0]
    await press(day, app, f"topics/{groups}/report/finish/")
    waiting = asyncio.create_task(ready(day, before))
    busy: list[float] = []
    took: list[float] = []
    while not took or len(busy) < changes:
        busy.append(await one_change(day, app, crowd, browser, changes + 1 + len(busy)))
        if waiting.done():
            took.append(waiting.result() - begin)
            begin, before = time.perf_counter(), newest(day)[0]
            await press(day, app, "book/ask/")  # once more, for those who measure the board meanwhile
            waiting = asyncio.create_task(ready(day, before))
    await waiting
    await asyncio.sleep(LAST_PAGES)
    browser = await Browser.open(app.port)
    with counting():
        first = changes + 1 + len(busy)
        floor = [await one_change(day, app, crowd, browser, n) for n in range(first, first + changes)]
    crowd.leave()
    _number, pages, size = newest(day)
    return {
        "ready_s": round(took[0], 2),
        "pages": pages,
        "kb": round(size / 1000),
        "calm_p95_ms": p95(calm),
        "busy_p95_ms": p95(busy),
        "floor_p95_ms": p95(floor),
    }


@contextmanager
def counting() -> Iterator[None]:
    """Any other process at all, which goes after everybody else: what no book can be better than."""
    process = subprocess.Popen([sys.executable, "-c", COUNT, str(RENDERER.parent)], start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def press(day: Day, app: Server, path: str) -> None:
    """Press one of the facilitator's buttons."""
    browser = await Browser.open(app.port)
    answer = await browser.send("POST", f"/{day.code}/{path}", day.desk, {"key": secrets.token_hex(8)})
    browser.close()
    if answer.status >= 400:
        raise RuntimeError(f"{path} was refused: {answer.status}")


async def one_change(day: Day, app: Server, crowd: Crowd, browser: Browser, n: int) -> float:
    """Milliseconds until the last phone heard of it."""
    await asyncio.sleep(CALM)
    return (await change(day, app, crowd, browser, n)).last


def p95(times: list[float]) -> float:
    return round(quantiles(times, n=20)[-1] if len(times) > 1 else times[0], 1)


def newest(day: Day) -> tuple[int, int, int]:
    """Number, pages and size of the newest edition that can be downloaded; zeros: there is none."""
    with sqlite3.connect(f"file:{day.data / 'forum.sqlite3'}?mode=ro", uri=True) as database:
        found = database.execute(
            "SELECT number, pages, size FROM reports_edition WHERE state = 'ready' ORDER BY number DESC LIMIT 1"
        ).fetchone()
    return found or (0, 0, 0)


async def ready(day: Day, before: int) -> float:
    """When an edition after this one could be downloaded."""
    limit = time.perf_counter() + PATIENCE
    while newest(day)[0] <= before:
        if time.perf_counter() > limit:
            raise TimeoutError("the book did not come")
        await asyncio.sleep(0.05)
    return time.perf_counter()


def compare(data: Path, rounds: int) -> dict[str, Any]:
    """Our renderer and WeasyPrint alone on the same page: seconds of processor, which other work leaves alone."""
    ours = [sys.executable, "-I", str(RENDERER), str(data), str(STATIC), str(MEGABYTES), "600"]
    alone = [sys.executable, "-c", ALONE, str(data), str(STATIC)]
    times: dict[str, list[tuple[float, int]]] = {"ours": [], "alone": []}
    for _ in range(rounds):
        times["ours"].append(cost(ours, data))
        times["alone"].append(cost(alone, data))
    cpu = {name: median(seconds for seconds, _memory in found) for name, found in times.items()}
    return {
        "cpu_s": round(cpu["ours"], 2),
        "alone_s": round(cpu["alone"], 2),
        "ratio": round(cpu["ours"] / cpu["alone"], 2),
        "megabytes": max(memory for _seconds, memory in times["ours"]),
    }


def cost(command: list[str], data: Path) -> tuple[float, int]:
    """Seconds of processor and megabytes of one process that prints a page."""
    process = subprocess.Popen(
        command, env=environment(data), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin
    process.stdin.write(b"print\n")
    process.stdin.close()
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the page was not printed: {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
