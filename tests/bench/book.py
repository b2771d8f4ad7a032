"""Measure the time from the last report to the book, and its cost compared with WeasyPrint alone.

The app runs with its worker, and a hundred phones follow the board. The last report is finished by a POST; the clock
stops when its edition can be downloaded. Before and meanwhile, changes are sent to the phones one after another. Then
the same HTML is printed by the child process of the app and by WeasyPrint alone, each in a process of its own.
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

from sessions.media import sandbox
from tests.bench.live import CALM, change, follow, run_in_loop
from tests.bench.raw_clients import Browser, Crowd
from tests.bench.results import Row, print_table
from tests.bench.servers import ROOT, BenchForum, Server, create_forum, data_directory, environment, running_app

PHONES = 100
CHANGES, CHANGES_A_GROUP = 40, 4
"""Number of changes timed before, during and after; for small trials, at most this number for each group."""
CLEANUP_SECONDS = 3
"""Time for the child process to end."""
BUSY_LOOP = """
import sys
sys.path.insert(0, sys.argv[1])
import sandbox
sandbox.lower_priority()
sandbox.run_when_idle()
while True:
    pass
"""
MAX_WAIT = 300.0
"""Longest wait for an edition, in seconds."""
STATIC = ROOT / "static"
WEASYPRINT_ALONE = """
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
"""The plain use of WeasyPrint: the same page, stylesheets, fonts and kind of PDF."""


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
    print_table("The book", rows, results, [f"{size} groups" for size in sizes])
    return {
        **{f"ready_s_{size}": result["ready_s"] for size, result in zip(sizes, results, strict=True)},
        "ratio_to_weasyprint": max(result["ratio"] for result in results),
        "pages": [result["pages"] for result in results],
        "megabytes": [result["megabytes"] for result in results],
        "cpu_s": [result["cpu_s"] for result in results],
        "ms_per_page": [result["ms_per_page"] for result in results],
        "calm_p95_ms": [result["calm_p95_ms"] for result in results],
        "busy_p95_ms": [result["busy_p95_ms"] for result in results],
        "floor_p95_ms": [result["floor_p95_ms"] for result in results],
    }


def measure(groups: int, rounds: int) -> dict[str, Any]:
    with data_directory() as place:
        day = BenchForum(data=place / "data", **create_forum(place / "data", "reports", groups))
        with running_app(day.data) as app:
            result: dict[str, Any] = run_in_loop(finish(day, app, groups))
        result |= compare(place / "data", rounds)
    return result | {"ms_per_page": round(1000 * result["cpu_s"] / result["pages"], 1)}


async def finish(day: BenchForum, app: Server, groups: int) -> dict[str, Any]:
    """Finish the last report while phones follow, and wait for its book."""
    changes = min(CHANGES, CHANGES_A_GROUP * groups)
    await post(day, app, "book/ask/")
    await ready(day, 0)  # the edition without the last report
    crowd = Crowd(app.port, lambda n: follow(day), day.phones[:PHONES])
    await crowd.enter()
    browser = await Browser.open(app.port)
    await change(day, app, crowd, browser, 0)
    calm = [await one_change(day, app, crowd, browser, n) for n in range(1, changes + 1)]
    started_at, before = time.perf_counter(), newest(day)[0]
    await post(day, app, f"topics/{groups}/report/finish/")
    waiting = asyncio.create_task(ready(day, before))
    busy: list[float] = []
    durations: list[float] = []
    while not durations or len(busy) < changes:
        busy.append(await one_change(day, app, crowd, browser, changes + 1 + len(busy)))
        if waiting.done():
            durations.append(waiting.result() - started_at)
            started_at, before = time.perf_counter(), newest(day)[0]
            await post(day, app, "book/ask/")  # again, while the board is measured
            waiting = asyncio.create_task(ready(day, before))
    await waiting
    await asyncio.sleep(CLEANUP_SECONDS)
    browser = await Browser.open(app.port)
    with busy_process():
        first = changes + 1 + len(busy)
        floor = [await one_change(day, app, crowd, browser, n) for n in range(first, first + changes)]
    crowd.leave()
    _number, pages, size = newest(day)
    return {
        "ready_s": round(durations[0], 2),
        "pages": pages,
        "kb": round(size / 1000),
        "calm_p95_ms": p95(calm),
        "busy_p95_ms": p95(busy),
        "floor_p95_ms": p95(floor),
    }


@contextmanager
def busy_process() -> Iterator[None]:
    """Run another busy process at the lowest priority, for comparison with the printing of a book."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY_LOOP, str(Path(sandbox.__file__).parent)], start_new_session=True
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def post(day: BenchForum, app: Server, path: str) -> None:
    """POST as the facilitator. Raises RuntimeError when refused."""
    browser = await Browser.open(app.port)
    answer = await browser.send("POST", f"/{day.code}/{path}", day.desk, {"key": secrets.token_hex(8)})
    browser.close()
    if answer.status >= 400:
        raise RuntimeError(f"{path} was refused: {answer.status}")


async def one_change(day: BenchForum, app: Server, crowd: Crowd, browser: Browser, n: int) -> float:
    """Return the milliseconds until the last phone got the change."""
    await asyncio.sleep(CALM)
    return (await change(day, app, crowd, browser, n)).last


def p95(times: list[float]) -> float:
    return round(quantiles(times, n=20)[-1] if len(times) > 1 else times[0], 1)


def newest(day: BenchForum) -> tuple[int, int, int]:
    """Return number, pages and size of the newest edition that is ready; zeros when there is none."""
    with sqlite3.connect(f"file:{day.data / 'forum.sqlite3'}?mode=ro", uri=True) as database:
        row = database.execute(
            "SELECT number, pages, size FROM reports_edition WHERE state = 'ready' ORDER BY number DESC LIMIT 1"
        ).fetchone()
    return row or (0, 0, 0)


async def ready(day: BenchForum, before: int) -> float:
    """Wait for an edition after number `before`; return the time, as of perf_counter. Raises TimeoutError."""
    limit = time.perf_counter() + MAX_WAIT
    while newest(day)[0] <= before:
        if time.perf_counter() > limit:
            raise TimeoutError("the book did not come")
        await asyncio.sleep(0.05)
    return time.perf_counter()


def compare(data: Path, rounds: int) -> dict[str, Any]:
    """Print the same page with the child process of the app and with WeasyPrint alone; compare processor seconds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from sessions.proceedings.pdf_process import MAX_MEGABYTES, SCRIPT

    app = [sys.executable, "-I", str(SCRIPT), str(data), str(STATIC), str(MAX_MEGABYTES), "600"]
    alone = [sys.executable, "-c", WEASYPRINT_ALONE, str(data), str(STATIC)]
    costs: dict[str, list[tuple[float, int]]] = {"app": [], "alone": []}
    for _ in range(rounds):
        costs["app"].append(cost(app, data))
        costs["alone"].append(cost(alone, data))
    cpu = {name: median(seconds for seconds, _memory in runs) for name, runs in costs.items()}
    return {
        "cpu_s": round(cpu["app"], 2),
        "alone_s": round(cpu["alone"], 2),
        "ratio": round(cpu["app"] / cpu["alone"], 2),
        "megabytes": max(memory for _seconds, memory in costs["app"]),
    }


def cost(command: list[str], data: Path) -> tuple[float, int]:
    """Run a process that prints a page; return its processor seconds and megabytes."""
    process = subprocess.Popen(
        command, env=environment(data), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin
    process.stdin.write(b"print\n")
    process.stdin.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the page was not printed: {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024
