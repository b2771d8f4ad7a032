"""Storms: runs of the app with many phones on a bad network, by profile, and their results."""

import asyncio
import contextlib
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from forum.live.hub import POLL_SECONDS
from forum.rehearsal.browser import Browser
from forum.rehearsal.page import Page
from forum.rehearsal.protocol import Message, live_path
from forum.rehearsal.screen import PATHS, Screen
from tests.chaos.crowd import Crowd
from tests.chaos.phone import WAITS, Phone, browser_at
from tests.chaos.proxy import Proxy
from tests.chaos.servers import SERVE, Served, tracebacks
from tests.services import Redis, postgres_server, running_redis

CALM_SECONDS = 5.0
"""Seconds after the last cut within which every phone must show the fresh board."""
CLAIM_SECONDS = WAITS.socket_answer_validity + POLL_SECONDS + 0.5
"""Longest time for which a page may say that it is up to date after a newer change, in seconds."""


@dataclass
class StormResult:
    """Measurements of one storm."""

    profile: str
    phones: int
    changes: int = 0
    deliveries: int = 0
    messages: int = 0
    connections: int = 0
    polls: int = 0
    cuts: int = 0
    freezes: int = 0
    lost: int = 0
    """Changes that a phone lacks, and fragments that differ from a fresh page."""
    stale: int = 0
    """Phones that do not show the fresh board CALM_SECONDS after the last cut."""
    out_of_order: int = 0
    duplicates: int = 0
    false_claims: int = 0
    """Number of times that a page said wrongly that it was up to date."""
    marks_wrong: int = 0
    writes_lost: int = 0
    writes_doubled: int = 0
    errors: int = 0
    complaints: int = 0
    """Tracebacks in the output of the servers."""
    current_after: float = 0.0
    """Seconds after the last cut until the last phone was current."""
    seconds: float = 0.0

    @property
    def is_exact(self) -> bool:
        return not any(
            (self.lost, self.stale, self.out_of_order, self.duplicates, self.false_claims, self.marks_wrong,
             self.writes_lost, self.writes_doubled)
        )  # fmt: skip


@dataclass
class Storm:
    """Servers, people and phones of one run."""

    servers: list[Served]
    crowd: Crowd
    phones: list[Phone]
    redis: Redis | None

    async def kill_and_restart(self, server: Served) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server.start)


Event = Callable[[Storm, Callable[[float], Coroutine[Any, Any, None]]], Coroutine[Any, Any, None]]
"""A failure beside those of the network. Takes the storm, and `until(part)`, which waits for a part of the changes."""


async def nothing_else(storm: Storm, until: Any) -> None:
    pass


async def killed(storm: Storm, until: Any) -> None:
    for part in (0.3, 0.65):
        await until(part)
        await storm.kill_and_restart(storm.servers[0])


async def one_of_two_killed(storm: Storm, until: Any) -> None:
    await until(0.4)
    await storm.kill_and_restart(storm.servers[1])


async def restored(storm: Storm, until: Any) -> None:
    """Back up the database, let the day go on, then restore the backup while phones are connected."""
    server = storm.servers[0]
    await until(0.3)
    await storm.crowd.pause()
    backup = server.home / "backup.sqlite3"
    database = sqlite3.connect(server.data / "forum.sqlite3")
    with contextlib.closing(database), contextlib.closing(sqlite3.connect(backup)) as to:
        database.backup(to)
    memory = storm.crowd.remember()
    storm.crowd.goes_on.set()
    await until(0.7)
    await storm.crowd.pause()
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.restore, backup)
    storm.crowd.go_back(memory)
    await asyncio.to_thread(server.start)
    storm.crowd.goes_on.set()


async def redis_away(storm: Storm, until: Any) -> None:
    assert storm.redis
    await until(0.4)
    storm.redis.kill()
    await asyncio.sleep(5)
    storm.redis.start()


@dataclass(frozen=True)
class Profile:
    name: str
    event: Event = nothing_else
    redis: bool = False
    postgres: bool = False
    processes: int = 1


PROFILES = {
    "memory": Profile("in-memory"),
    "killed": Profile("server killed and restarted", killed),
    "restored": Profile("backup restored", restored),
    "redis": Profile("Redis", redis=True),
    "two": Profile("two processes", redis=True, postgres=True, processes=2),
    "redis-away": Profile("Redis killed for 5 s", redis_away, redis=True, postgres=True, processes=2),
    "one-killed": Profile("one of two processes killed", one_of_two_killed, redis=True, postgres=True, processes=2),
}


def start(profile: Profile, home: Path, command: Sequence[str], stack: ExitStack) -> tuple[list[Served], Redis | None]:
    redis = stack.enter_context(running_redis()) if profile.redis else None
    environment = {"SECRET_KEY": "the same for all processes of a storm"}
    if redis:
        environment["REDIS_URL"] = redis.url
    if profile.postgres:
        # As behind a reverse proxy: the wall shows the same address from every process.
        environment |= {"PUBLIC_URL": "http://forum.example", "ALLOWED_HOSTS": "127.0.0.1"}
        environment["DATABASE_URL"] = stack.enter_context(postgres_server())
    servers = [Served(home / str(n), command, **environment) for n in range(profile.processes)]
    for server in servers:
        stack.callback(server.stop)
        server.start()
    return servers, redis


async def storm(
    profile: Profile, phones: int, changes: int,
    make: Callable[[Browser, str, str], Any] = Phone, command: Sequence[str] = SERVE,
) -> StormResult:  # fmt: skip
    """Run one profile from an empty data directory on, and return its measurements."""
    began = time.monotonic()
    result = StormResult(profile.name, phones)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-chaos-")))
        servers, redis = await asyncio.to_thread(start, profile, home, command, stack)
        proxy = Proxy(lambda: [server.port for server in servers])
        await proxy.start()
        crowd = Crowd(partial(browser_at, proxy.port))
        await crowd.open_forum(servers[-1].first_link())
        everyone = await assemble(crowd, phones, make)
        scene = Storm(servers, crowd, everyone, redis)
        opening = min(4, changes * 0.02)  # seconds: well before the last change
        following = [asyncio.ensure_future(follow(phone, opening)) for phone in everyone]
        try:
            await make_changes(scene, proxy, profile, changes, result)
            await compare_pages(scene, result)
        finally:
            for task in following:
                task.cancel()
            ended = await asyncio.gather(*following, return_exceptions=True)
            await crowd.leave()
            await proxy.stop()
        for error in ended:
            if isinstance(error, Exception):
                raise error
        result.errors, result.changes = crowd.errors, crowd.acknowledged
        result.complaints = sum(tracebacks(server.text) for server in servers)
        if os.environ.get("CHAOS_LOG"):
            (Path(os.environ["CHAOS_LOG"]) / f"{profile.name}.txt").write_text("\n".join(s.text for s in servers))
        result.cuts, result.freezes = proxy.cuts, proxy.freezes
    result.seconds = time.monotonic() - began
    return result


async def assemble(crowd: Crowd, count: int, make: Callable[[Browser, str, str], Any]) -> list[Any]:
    """Have everybody join, and make their pages: mostly phones, some walls and desks."""
    audiences = ["desk" if n % 20 == 7 else "wall" if n % 10 == 3 else "phone" for n in range(count)]
    browsers = [crowd.facilitator if audience == "desk" else crowd.new_browser() for audience in audiences]
    joining = [crowd.arrive(browser) for browser in browsers if browser is not crowd.facilitator]
    for n in range(0, len(joining), 8):
        await asyncio.gather(*joining[n : n + 8])
    return [make(browser, crowd.code, audience) for browser, audience in zip(browsers, audiences, strict=True)]


async def follow(phone: Any, within: float) -> None:
    """Open the page at a random moment within these seconds, then keep it current."""
    await asyncio.sleep(random.random() * within)
    while True:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(3):
                await phone.open()
            break
        await asyncio.sleep(0.3)
    await phone.follow()


async def make_changes(scene: Storm, proxy: Proxy, profile: Profile, changes: int, result: StormResult) -> None:
    crowd = scene.crowd
    first = crowd.acknowledged

    async def until(part: float) -> None:
        while crowd.acknowledged - first < changes * part:
            await crowd.something_happened.wait()
            crowd.something_happened.clear()

    cutting = asyncio.ensure_future(proxy.cut_at_random(cut_every=4, freeze_every=6, freeze_for=1))
    watching = asyncio.ensure_future(watch_claims(scene, result))
    try:
        await asyncio.gather(crowd.live(changes), profile.event(scene, until))
    finally:
        cutting.cancel()
        watching.cancel()
        await asyncio.gather(cutting, watching, return_exceptions=True)


async def watch_claims(scene: Storm, result: StormResult) -> None:
    """Compare the state of the pages with the server's revision, which is read beside the bad network."""
    history: list[tuple[float, str, int]] = []
    while True:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(1):
                history.append((time.monotonic(), *await newest(scene)))
        await asyncio.sleep(0.25)
        old = [entry for entry in history if entry[0] < time.monotonic() - CLAIM_SECONDS]
        if old:
            result.false_claims += sum(1 for phone in scene.phones if phone.claims_current(*old[-1][1:]))


async def newest(scene: Storm) -> tuple[str, int]:
    """Return the forum's epoch and revision."""
    path = live_path(scene.crowd.code, "page", 999_999_999, "", watch="x")
    message = Message.read((await scene.crowd.facilitator.get(path, through=scene.servers[0].origin)).text)
    assert message.to is not None
    return message.epoch, message.to


async def compare_pages(scene: Storm, result: StormResult) -> None:
    """Wait for CALM_SECONDS, then compare every page with a fresh one of the same person."""
    calm = time.monotonic()
    epoch, revision = await newest(scene)
    while time.monotonic() - calm < CALM_SECONDS:
        if any((phone.epoch, phone.shown) != (epoch, revision) for phone in scene.phones):
            result.current_after = time.monotonic() - calm
        await asyncio.sleep(0.1)
    for phone in scene.phones:
        fresh = await open_again(phone, scene.servers[0])
        result.lost += phone.missed(fresh)
        result.stale += phone.board != fresh.board
        result.marks_wrong += phone.audience == "phone" and phone.marks != fresh.marks
        for name in ("deliveries", "messages", "out_of_order", "duplicates"):
            setattr(result, name, getattr(result, name) + getattr(phone.seen, name))
        result.connections += phone.connections
        result.polls += phone.polls
    result.writes_lost, result.writes_doubled = await scene.crowd.audit(scene.servers[0].origin)


async def open_again(phone: Phone, server: Served) -> Screen:
    """Open the same page of the same person, directly from this server."""
    fresh = Screen(phone.browser, phone.code, phone.audience)
    page = await phone.browser.get(f"/{phone.code}/{PATHS[phone.audience]}", through=server.origin)
    fresh.load(Page(page.text))
    return fresh
