"""Measure the time from the POST of one change until the last of many phones has it.

In each round one participant presses "I am going" by a real POST on the real app; then the same bytes are sent to as
many sockets of a minimal server (the floor), and by the usual Channels pattern. Rounds are interleaved.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from forum.rehearsal.protocol import live_path
from tests.bench.raw_clients import Browser, Crowd
from tests.bench.results import Row, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app, running_compared

CALM = 0.45
"""Seconds between two rounds: longer than the hub batches changes, so that each round pushes one change at once."""


@dataclass
class Round:
    first: float
    last: float
    """Milliseconds since the POST was sent."""
    answered: float
    size: int
    """Bytes that each phone received."""
    cpu: float
    """Seconds of the server's processor."""
    client_share: float
    """Part of the time in which the process of the phones was busy."""


async def measure(
    day: BenchForum, app: Server, floor: Server, usual: Server, phones: int, rounds: int
) -> dict[str, Any]:
    empty = app.memory
    crowd = Crowd(app.port, lambda n: follow(day), day.phones[:phones])
    await crowd.enter()
    for phone in crowd.phones:
        phone.ask()
    await asyncio.sleep(1.0)
    full = app.memory
    compared = {server.port: Crowd(server.port, lambda n: "/", [""] * phones) for server in (floor, usual)}
    for other in compared.values():
        await other.enter()
    browsers = {server.port: await Browser.open(server.port) for server in (app, floor, usual)}
    await change(day, app, crowd, browsers[app.port], 0)  # warms caches and threads
    results: dict[str, list[Round]] = {"app": [], "floor": [], "usual": []}
    for n in range(1, rounds + 1):
        await asyncio.sleep(CALM)
        results["app"].append(await change(day, app, crowd, browsers[app.port], n))
        for name, server in (("floor", floor), ("usual", usual)):
            await asyncio.sleep(CALM)
            results[name].append(await push(server, compared[server.port], browsers[server.port], crowd.sample))
    await asyncio.sleep(CALM)
    topic = await propose(day, app, crowd, browsers[app.port])
    await asyncio.sleep(CALM)
    join = await arrive(day, app, crowd)
    peak = app.memory
    for each in (crowd, *compared.values()):
        each.leave()
    for browser in browsers.values():
        browser.close()
    last = {name: median(one_round.last for one_round in all_rounds) for name, all_rounds in results.items()}
    app_rounds = results["app"]
    return {
        "phones": phones,
        "last_phone_ms": round(last["app"], 1),
        "first_phone_ms": round(median(one_round.first for one_round in app_rounds), 1),
        "answered_ms": round(median(one_round.answered for one_round in app_rounds), 1),
        "floor_ms": round(last["floor"], 1),
        "usual_ms": round(last["usual"], 1),
        "ratio_to_floor": round(last["app"] / last["floor"], 2),
        "ratio_to_usual": round(last["usual"] / last["app"], 2),
        "kb_per_phone": round((full - empty) / 1000 / phones, 1),
        "bytes_per_phone": max(median(one_round.size for one_round in app_rounds), topic.size, join.size),
        "bytes_per_interest": median(one_round.size for one_round in app_rounds),
        "bytes_per_topic": topic.size,
        "bytes_per_join": join.size,
        "server_mb": round(peak / 1_000_000, 1),
        "cpu_us_per_phone": round(sum(one_round.cpu for one_round in app_rounds) / len(app_rounds) / phones * 1e6, 1),
        "clients_busy": round(median(one_round.client_share for one_round in app_rounds), 2),
        "rounds": rounds,
    }


def follow(day: BenchForum, audience: str = "phone", since: int | None = None) -> str:
    return live_path(day.code, audience, day.since if since is None else since, day.epoch)


async def timed(server: Server, crowd: Crowd, send: Any) -> Round:
    """Send one POST, and wait until every phone has received its change."""
    crowd.expect()
    cpu, own, begin = server.cpu, time.process_time(), time.perf_counter()
    answer = await send()
    answered = time.perf_counter()
    if answer.status >= 400:
        raise RuntimeError(f"the change was refused: {answer.status}")
    await crowd.all_received()
    client_share = (time.process_time() - own) / (time.perf_counter() - begin)
    await asyncio.sleep(0.05)
    return Round(
        first=(crowd.first - begin) * 1000,
        last=(crowd.last - begin) * 1000,
        answered=(answered - begin) * 1000,
        size=round(crowd.bytes / len(crowd.phones)),
        cpu=server.cpu - cpu,
        client_share=client_share,
    )


async def change(day: BenchForum, app: Server, crowd: Crowd, browser: Browser, n: int) -> Round:
    """Press “I am going” on the first phone, or take it back."""
    form = {"going": "yes" if n % 2 == 0 else "no", "key": f"interest-{n}"}
    path = f"/{day.code}/topics/1/interest/"
    return await timed(app, crowd, lambda: browser.send("POST", path, day.phones[0], form))


async def propose(day: BenchForum, app: Server, crowd: Crowd, browser: Browser) -> Round:
    form = {"title": "Rafraîchir nos cours d’école avant l’été ?", "description": "", "key": "propose"}
    path = f"/{day.code}/topics/new/"
    return await timed(app, crowd, lambda: browser.send("POST", path, day.phones[1], form))


async def arrive(day: BenchForum, app: Server, crowd: Crowd) -> Round:
    browser = await Browser.open(app.port)
    form = {"name": "Nouvelle venue", "appearance": "full", "key": "arrive"}
    try:
        return await timed(app, crowd, lambda: browser.send("POST", f"/{day.code}/join/", "", form))
    finally:
        browser.close()


async def push(server: Server, crowd: Crowd, browser: Browser, message: bytes) -> Round:
    """Send the same bytes to a server that only passes them on."""
    return await timed(server, crowd, lambda: browser.send_raw("POST", "/", "", message))


def run(sizes: list[int], rounds: int) -> dict[str, Any]:
    """Measure each size on new servers, whose memory no other size has used."""
    results: list[dict[str, Any]] = []
    for phones in sizes:
        with data_directory() as place, contextlib.ExitStack() as stack:
            day = create_marketplace(place / "data", phones)
            app = stack.enter_context(running_app(day.data))
            floor = stack.enter_context(running_compared("minimal_server", place))
            usual = stack.enter_context(running_compared("group_send", place))
            results.append(run_in_loop(measure(day, app, floor, usual, phones, rounds)))
    rows = [
        Row("last phone", "last_phone_ms", "ms"),
        Row("first phone", "first_phone_ms", "ms"),
        Row("the POST is answered", "answered_ms", "ms"),
        Row("floor: a minimal server", "floor_ms", "ms"),
        Row("usual: group_send", "usual_ms", "ms"),
        Row("times the floor", "ratio_to_floor", "", "≤ 2"),
        Row("times faster than usual", "ratio_to_usual", "", "≥ 5"),
        Row("memory of a phone", "kb_per_phone", "kB", "≤ 40"),
        Row("memory of the whole server (its worker apart)", "server_mb", "MB", "≤ 250"),
        Row("one interest", "bytes_per_interest", "B"),
        Row("one topic", "bytes_per_topic", "B", "≤ 1000"),
        Row("one join", "bytes_per_join", "B", "≤ 1000"),
        Row("server's processor, per phone and change", "cpu_us_per_phone", "µs"),
        Row("the phones' process was busy", "clients_busy", "of the time"),
    ]
    print_table("One change, until the last phone has it", rows, results, [f"{size} phones" for size in sizes])
    return results[-1]


def run_in_loop(work: Any) -> Any:
    """Run a coroutine in uvloop, the event loop of the server."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
