"""Several machines: phones spread over two web processes behind nginx, the worker elsewhere, and what goes wrong."""

import asyncio
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from statistics import median
from typing import Any

import pytest

from forum.live.hub import POLL_SECONDS
from forum.rehearsal.browser import Browser, Response
from forum.rehearsal.page import Page
from forum.rehearsal.screen import PATHS, Screen
from tests.chaos.crowd import Crowd
from tests.chaos.phone import Phone, text_of
from tests.conftest import early_in_the_minute
from tests.hosted.cluster import Cluster, Unit, Visitor, sockets

PHONES = 12
CALM_SECONDS = 20.0
BOOK_SECONDS = 60.0


Play = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    """Run a scene, in the one event loop to which the browsers of all scenes belong."""
    with asyncio.Runner() as runner:
        yield lambda scene: runner.run(scene())


@pytest.fixture(scope="module")
def crowd(cluster: Cluster, play: Play) -> Iterator[Crowd]:
    """A day on its marketplace, twelve people, and some topics."""

    async def evening_before() -> Crowd:
        crowd = Crowd(partial(Visitor, cluster))
        await crowd.open_forum(cluster.first_link())
        for _person in range(PHONES):
            await crowd.arrive(crowd.new_browser())
        await crowd.live(10)
        return crowd

    crowd = play(evening_before)
    yield crowd
    play(crowd.leave)


@asynccontextmanager
async def phones(crowd: Crowd) -> Any:
    """Everybody's phone, open on the board, half of them at each web process."""
    everyone = [Phone(person, crowd.code) for person in crowd.people[:PHONES]]
    await asyncio.gather(*(phone.open() for phone in everyone))
    following = [asyncio.ensure_future(phone.follow()) for phone in everyone]
    try:
        await until(lambda: all(phone.connections for phone in everyone))
        yield everyone
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


async def until(condition: Callable[[], Any], seconds: float = CALM_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not happen in {seconds} s"
        await asyncio.sleep(0.02)


async def eventually(ask: Callable[[], Awaitable[Response]], status: int) -> Response:
    """The first answer with this status; anything else, and none, is what happens meanwhile."""
    end = time.monotonic() + CALM_SECONDS
    while True:
        with suppress(OSError):
            answer = await ask()
            if answer.status == status:
                return answer
        assert time.monotonic() < end, f"no answer {status}"
        await asyncio.sleep(0.1)


def words(phone: Phone) -> str:
    return " ".join(text_of(fragment.html) for fragment in phone.board.fragments.values())


def all_show(everyone: list[Phone], title: str) -> bool:
    return all(title in words(phone) for phone in everyone)


def has_marks(phone: Phone, marks: Any) -> bool:
    return bool(phone.marks == marks)


async def all_are_current(everyone: list[Phone], crowd: Crowd) -> None:
    """Each phone shows, word for word, what a fresh page shows."""
    newest = await opened_again(crowd.facilitator, crowd.code, "desk")
    await until(lambda: all(phone.since >= newest.since for phone in everyone))
    for phone in everyone:
        fresh = await opened_again(phone.browser, crowd.code, "phone")
        assert (phone.epoch, phone.since, phone.missed(fresh)) == (fresh.epoch, fresh.since, 0)
        assert phone.board == fresh.board
        await until(partial(has_marks, phone, fresh.marks))
        assert (phone.seen.out_of_order, phone.seen.duplicates) == (0, 0)


async def opened_again(browser: Browser, code: str, audience: str) -> Screen:
    """The page, as it is served now."""
    screen = Screen(browser, code, audience)
    screen.load(Page((await browser.get(f"/{code}/{PATHS[audience]}")).text))
    return screen


async def seconds_until_seen(crowd: Crowd, everyone: list[Phone], web: Unit) -> float:
    """From the answer of this web process to the last phone, the median of five topics.

    A hub looks by itself every two seconds: sooner than that, the bell has rung in the other process too.
    """
    found = []
    for _topic in range(5):
        await asyncio.sleep(0.5)
        title = f"Par le port {web.port}, {secrets.token_hex(4)}"
        form = {"title": title, "description": "", "key": secrets.token_hex(8)}
        assert (await crowd.facilitator.post(f"/{crowd.code}/topics/new/", form, through=web.origin)).status == 302
        answered = time.monotonic()
        await until(partial(all_show, everyone, title))
        found.append(time.monotonic() - answered)
    return median(found)


def test_a_change_made_through_one_web_process_is_at_once_on_the_phones_of_the_other(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    async def scene() -> None:
        async with phones(crowd) as everyone:
            assert [sockets(web.port) >= PHONES // 2 for web in cluster.web] == [True, True]
            for web in cluster.web:
                assert await seconds_until_seen(crowd, everyone, web) < POLL_SECONDS / 4
            await crowd.live(30)
            await all_are_current(everyone, crowd)

    play(scene)


def test_the_phones_of_a_killed_web_process_go_to_the_other_and_miss_nothing(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    first, second = cluster.web

    async def scene() -> None:
        async with phones(crowd) as everyone:
            before = sum(phone.connections for phone in everyone)
            living = asyncio.ensure_future(crowd.live(40))
            await asyncio.sleep(1)
            first.end(signal.SIGKILL)
            await living
            await all_are_current(everyone, crowd)
            assert sum(phone.connections for phone in everyone) > before
            assert (sockets(first.port), sockets(second.port) >= PHONES) == (0, True)
            assert await crowd.audit(second.origin) == (0, 0)
            await asyncio.to_thread(first.start, "To stop: Ctrl-C")
            await crowd.live(10)
            await all_are_current(everyone, crowd)

    play(scene)


def test_the_book_made_by_the_worker_is_downloaded_through_both(cluster: Cluster, crowd: Crowd, play: Play) -> None:
    async def scene() -> None:
        asked = await crowd.facilitator.post(f"/{crowd.code}/book/ask/", {"key": "the book"})
        assert asked.status == 302
        path = f"/{crowd.code}/book/1.pdf"
        made = await until_made(cluster, crowd, path)
        assert made.startswith(b"%PDF-")
        copies = [await crowd.people[0].get(path, through=web.origin) for web in cluster.web]
        assert [(copy.status, copy.body) for copy in copies] == [(200, made)] * 2

    play(scene)


async def until_made(cluster: Cluster, crowd: Crowd, path: str) -> bytes:
    """The book, downloaded as soon as it can be had."""
    end = time.monotonic() + BOOK_SECONDS
    while True:
        answer = await crowd.people[0].get(path)
        if answer.status == 200:
            return answer.body
        assert time.monotonic() < end, cluster.worker.text
        await asyncio.sleep(0.2)


def test_while_redis_is_away_everything_is_kept_and_comes_a_little_later(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    async def scene() -> None:
        async with phones(crowd) as everyone:
            cluster.redis.kill()
            try:
                errors = crowd.errors
                await crowd.live(10)
                assert crowd.errors == errors
                assert (await crowd.facilitator.get("/AAAAAAA/")).status == 404
                await all_are_current(everyone, crowd)
            finally:
                await asyncio.to_thread(cluster.redis.start)
            # Once each hub listens again, the bell is heard at once again.
            await asyncio.sleep(2 * POLL_SECONDS)
            for web in cluster.web:
                assert await seconds_until_seen(crowd, everyone, web) < POLL_SECONDS / 4
        assert [web.complaints for web in cluster.web] == [0, 0]

    play(scene)


def test_the_logs_of_the_proxy_hold_no_link_of_a_facilitator(cluster: Cluster, crowd: Crowd, play: Play) -> None:
    async def scene() -> None:
        await crowd.facilitator.get("/facilitator/")

    play(scene)
    told = cluster.proxy_log.read_text()
    assert (f"/{crowd.code}/" in told, "/facilitator/" in told) == (True, False)


def test_each_process_ends_the_guessing(cluster: Cluster, play: Play) -> None:
    async def scene() -> None:
        async with Visitor(cluster) as stranger:
            webs = [cluster.web[n % 2].origin for n in range(140)]
            statuses = [(await stranger.get("/BBBBBBB/", through=web)).status for web in webs]
        # Some may have been typed in this minute before.
        assert (set(statuses[:100]), set(statuses[120:])) == ({404}, {429})

    early_in_the_minute()
    play(scene)


def test_while_postgresql_restarts_people_are_told_to_try_again_and_then_it_works(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    form = {"title": "Écrit pendant la panne", "description": "", "key": "kept"}
    path = f"/{crowd.code}/topics/new/"

    async def scene() -> None:
        async with phones(crowd) as everyone:
            cluster.postgres.kill()
            answer = await crowd.facilitator.post(path, form)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert "Back in a moment" in answer.text or "De retour dans un instant" in answer.text
            assert [(await crowd.facilitator.get("/healthz", through=web.origin)).status for web in cluster.web] == [
                503,
                503,
            ]
            await asyncio.to_thread(cluster.postgres.start)
            assert (await eventually(lambda: crowd.facilitator.post(path, form), 302)).location
            assert (await crowd.facilitator.post(path, form)).status == 302
            for web in cluster.web:
                await eventually(partial(crowd.facilitator.get, "/healthz", through=web.origin), 200)
            await crowd.live(10)
            await all_are_current(everyone, crowd)
            assert words(everyone[0]).count(form["title"]) == 1
            # The worker has waited, too.
            assert (await crowd.facilitator.post(f"/{crowd.code}/book/ask/", {"key": "after"})).status == 302
            assert (await until_made(cluster, crowd, f"/{crowd.code}/book/2.pdf")).startswith(b"%PDF-")
        assert [unit.complaints for unit in (*cluster.web, cluster.worker)] == [0, 0, 0]

    play(scene)
