"""Everyone scans the code at once: the page, then the form that lets them in, then the board.

Three requests for each phone, one after another, on a connection of its own; beside them a ready page from a bare
server (the floor), and the same pages by Django's own ASGI handler. Rounds are interleaved.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from tests.bench.live import run_in_loop
from tests.bench.report import Row, table
from tests.bench.servers import Server, StagedForum, data_directory, running_app, running_bare, stage_forum
from tests.bench.wire import Browser

REQUESTS = 3
"""Of each phone."""
FEWER = 5
"""Django's own handler gets so many times fewer phones: it would take minutes."""

Visit = Callable[[Browser, str], Awaitable[tuple[list[float], int]]]
"""What one phone does: the seconds that each answer took, and how many were wrong."""


def a_visit_to(day: StagedForum) -> Visit:
    async def visit(browser: Browser, name: str) -> tuple[list[float], int]:
        board, join = f"/{day.code}/", f"/{day.code}/join/"
        waits, wrong = [], 0
        clock = time.perf_counter

        begin = clock()
        page = await browser.send("GET", board)
        waits.append(clock() - begin)
        wrong += page.status != 200 or b"csrfmiddlewaretoken" not in page.text

        begin = clock()
        form = {"name": name, "organisation": "", "territory": "", "appearance": "full", "key": f"key-{name}"}
        answer = await browser.send("POST", join, "", form)
        waits.append(clock() - begin)
        key = [f"{name}={value}" for name, value in answer.cookies.items() if name.startswith("forum_key")]
        wrong += answer.status != 302 or answer.location != board or not key

        begin = clock()
        page = await browser.send("GET", board, key[0] if key else "")
        waits.append(clock() - begin)
        wrong += page.status != 200 or name.encode() not in page.text or b"data-live" not in page.text
        return waits, wrong

    return visit


async def glance(browser: Browser, name: str) -> tuple[list[float], int]:
    """As many requests for a page that is ready."""
    waits, wrong = [], 0
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        wrong += (await browser.send("GET", "/")).status != 200
        waits.append(time.perf_counter() - begin)
    return waits, wrong


async def rush(server: Server, visit: Visit, phones: int, name: str) -> dict[str, Any]:
    """All phones at the same instant."""
    waits: list[float] = []
    errors = 0

    async def come(n: int) -> None:
        nonlocal errors
        try:
            browser = await Browser.open(server.port)
            took, wrong = await asyncio.wait_for(visit(browser, f"{name} {n}"), 120)
            browser.close()
            waits.extend(took)
            errors += wrong
        except (OSError, TimeoutError):
            errors += REQUESTS

    cpu, own, begin = server.cpu, time.process_time(), time.perf_counter()
    await asyncio.gather(*(come(n) for n in range(phones)))
    taken = time.perf_counter() - begin
    return {
        "rps": len(waits) / taken,
        "p95": sorted(waits)[int(len(waits) * 0.95) - 1] * 1000 if waits else float("inf"),
        "errors": errors,
        "cpu": (server.cpu - cpu) / taken,
        "busy": (time.process_time() - own) / taken,
    }


async def measure(days: list[StagedForum], servers: list[Server], phones: int, rounds: int) -> dict[str, Any]:
    app, plain, floor = servers
    kinds: dict[str, list[dict[str, Any]]] = {"app": [], "plain": [], "floor": []}
    await rush(app, a_visit_to(days[0]), 10, "Avant")
    await rush(plain, a_visit_to(days[1]), 10, "Avant")
    for n in range(rounds):
        kinds["app"].append(await rush(app, a_visit_to(days[0]), phones, f"Personne {n}"))
        kinds["floor"].append(await rush(floor, glance, phones, ""))
        kinds["plain"].append(await rush(plain, a_visit_to(days[1]), max(10, phones // FEWER), f"Personne {n}"))
    middle = {name: {key: median(one[key] for one in ones) for key in ones[0]} for name, ones in kinds.items()}
    return {
        "phones": phones,
        "rps": round(middle["app"]["rps"]),
        "p95_ms": round(middle["app"]["p95"]),
        "errors": sum(one["errors"] for one in kinds["app"]),
        "floor_rps": round(middle["floor"]["rps"]),
        "plain_rps": round(middle["plain"]["rps"]),
        "plain_p95_ms": round(middle["plain"]["p95"]),
        "plain_errors": sum(one["errors"] for one in kinds["plain"]),
        "ratio_to_floor": round(middle["app"]["rps"] / middle["floor"]["rps"], 3),
        "ratio_to_plain": round(middle["app"]["rps"] / middle["plain"]["rps"], 2),
        "cpu": round(middle["app"]["cpu"], 2),
        "clients_busy": round(middle["app"]["busy"], 2),
        "server_mb": round(app.memory / 1_000_000, 1),
        "rounds": rounds,
    }


def run(phones: int, rounds: int) -> dict[str, Any]:
    with data_directory() as place, contextlib.ExitStack() as stack:
        days = [stage_forum(place / name, 16) for name in ("data", "plain")]
        app = stack.enter_context(running_app(days[0].data))
        plain = stack.enter_context(running_bare("plain", days[1].data))
        floor = stack.enter_context(running_bare("floor", place))
        result: dict[str, Any] = run_in_loop(measure(days, [app, plain, floor], phones, rounds))
    rows = [
        Row("requests a second", "rps", "", "≥ 400"),
        Row("95 of 100 are answered in", "p95_ms", "ms", "≤ 2000"),
        Row("errors", "errors", "", "0"),
        Row("floor: a ready page, requests a second", "floor_rps"),
        Row("Django's own ASGI handler, requests a second", "plain_rps"),
        Row("Django's own ASGI handler, 95 of 100 in", "plain_p95_ms", "ms"),
        Row("Django's own ASGI handler, errors", "plain_errors"),
        Row("times Django's own handler", "ratio_to_plain"),
        Row("server's processor", "cpu", "cores"),
        Row("the phones' process was busy", "clients_busy", "of the time"),
        Row("memory of the whole server", "server_mb", "MB", "≤ 250"),
    ]
    table(f"{phones} phones load the page and join at once", rows, [result])
    return result
