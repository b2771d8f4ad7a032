"""Measure the arrival of everyone at once: each phone loads the page, joins, and loads the board.

Three requests for each phone, one after another, on a connection of its own. Compared with a fixed page of a minimal
server (the floor), with the same pages by Django's own ASGI handler, and, by processor time, with an app that counts
nothing for `/metrics`. Rounds are interleaved.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from tests.bench.live import run_in_loop
from tests.bench.raw_clients import Browser
from tests.bench.results import Row, percentile, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app, running_compared

REQUESTS = 3
"""Requests of each phone."""
FEWER = 5
"""Divisor of the number of phones for Django's own handler, which would take minutes."""

Visit = Callable[[Browser, str], Awaitable[tuple[list[float], int]]]
"""The requests of one phone. Returns the seconds of each answer, and the number of wrong ones."""


def visit_to(day: BenchForum) -> Visit:
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


async def visit_floor(browser: Browser, name: str) -> tuple[list[float], int]:
    """Request a fixed page as often as a visit has requests."""
    waits, wrong = [], 0
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        wrong += (await browser.send("GET", "/")).status != 200
        waits.append(time.perf_counter() - begin)
    return waits, wrong


async def arrive_at_once(server: Server, visit: Visit, phones: int, name: str) -> dict[str, Any]:
    """Start the visits of all phones at the same instant."""
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
        "p95": percentile(waits, 0.95) * 1000,
        "errors": errors,
        "cpu": (server.cpu - cpu) / taken,
        "cpu_of_request": (server.cpu - cpu) / max(1, len(waits)),
        "busy": (time.process_time() - own) / taken,
    }


async def measure(days: list[BenchForum], servers: list[Server], phones: int, rounds: int) -> dict[str, Any]:
    app, django_asgi, floor, uncounted = servers
    results: dict[str, list[dict[str, Any]]] = {"app": [], "django_asgi": [], "floor": [], "uncounted": []}
    await arrive_at_once(app, visit_to(days[0]), 10, "Avant")
    await arrive_at_once(django_asgi, visit_to(days[1]), 10, "Avant")
    await arrive_at_once(uncounted, visit_to(days[2]), 10, "Avant")
    for n in range(rounds):
        results["app"].append(await arrive_at_once(app, visit_to(days[0]), phones, f"Personne {n}"))
        results["uncounted"].append(await arrive_at_once(uncounted, visit_to(days[2]), phones, f"Personne {n}"))
        results["floor"].append(await arrive_at_once(floor, visit_floor, phones, ""))
        results["django_asgi"].append(
            await arrive_at_once(django_asgi, visit_to(days[1]), max(10, phones // FEWER), f"Personne {n}")
        )
    medians = {
        name: {key: median(one_round[key] for one_round in all_rounds) for key in all_rounds[0]}
        for name, all_rounds in results.items()
    }
    return {
        "phones": phones,
        "rps": round(medians["app"]["rps"]),
        "p95_ms": round(medians["app"]["p95"]),
        "errors": sum(one_round["errors"] for one_round in results["app"]),
        "floor_rps": round(medians["floor"]["rps"]),
        "django_asgi_rps": round(medians["django_asgi"]["rps"]),
        "django_asgi_p95_ms": round(medians["django_asgi"]["p95"]),
        "django_asgi_errors": sum(one_round["errors"] for one_round in results["django_asgi"]),
        "ratio_to_floor": round(medians["app"]["rps"] / medians["floor"]["rps"], 3),
        "ratio_to_django_asgi": round(medians["app"]["rps"] / medians["django_asgi"]["rps"], 2),
        "ratio_to_uncounted": round(medians["app"]["cpu_of_request"] / medians["uncounted"]["cpu_of_request"], 3),
        "cpu": round(medians["app"]["cpu"], 2),
        "clients_busy": round(medians["app"]["busy"], 2),
        "server_mb": round(app.memory / 1_000_000, 1),
        "rounds": rounds,
    }


def run(phones: int, rounds: int) -> dict[str, Any]:
    with data_directory() as place, contextlib.ExitStack() as stack:
        days = [create_marketplace(place / name, 16) for name in ("app", "django_asgi", "uncounted")]
        app = stack.enter_context(running_app(days[0].data))
        django_asgi = stack.enter_context(running_compared("django_asgi", days[1].data))
        floor = stack.enter_context(running_compared("minimal_server", place))
        uncounted = stack.enter_context(running_compared("uncounted", days[2].data))
        servers = [app, django_asgi, floor, uncounted]
        result: dict[str, Any] = run_in_loop(measure(days, servers, phones, rounds))
    rows = [
        Row("requests a second", "rps", "", "≥ 400"),
        Row("95 of 100 are answered in", "p95_ms", "ms", "≤ 2000"),
        Row("errors", "errors", "", "0"),
        Row("floor: a fixed page, requests a second", "floor_rps"),
        Row("Django's own ASGI handler, requests a second", "django_asgi_rps"),
        Row("Django's own ASGI handler, 95 of 100 in", "django_asgi_p95_ms", "ms"),
        Row("Django's own ASGI handler, errors", "django_asgi_errors"),
        Row("times Django's own handler", "ratio_to_django_asgi"),
        Row("processor time of a request, to that without /metrics", "ratio_to_uncounted", "", "≤ 1.05"),
        Row("server's processor", "cpu", "cores"),
        Row("the phones' process was busy", "clients_busy", "of the time"),
        Row("memory of the whole server", "server_mb", "MB", "≤ 250"),
    ]
    print_table(f"{phones} phones load the page and join at once", rows, [result])
    return result
