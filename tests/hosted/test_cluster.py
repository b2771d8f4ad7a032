"""Two web processes and a worker behind nginx: live updates across them, and failures of processes and services."""

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
from tests.conftest import wait_for_early_in_the_minute
from tests.hosted.cluster import Cluster, ClusterBrowser, Unit, count_connections

PHONES = 12
CALM_SECONDS = 20.0
BOOK_SECONDS = 60.0


Play = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    """Run a coroutine in the event loop to which all browsers belong."""
    with asyncio.Runner() as runner:
        yield lambda scene: runner.run(scene())


@pytest.fixture(scope="module")
def crowd(cluster: Cluster, play: Play) -> Iterator[Crowd]:
    """A forum on its marketplace with PHONES people and some topics."""

    async def prepare() -> Crowd:
        crowd = Crowd(partial(ClusterBrowser, cluster))
        await crowd.open_forum(cluster.first_link())
        for _person in range(PHONES):
            await crowd.arrive(crowd.new_browser())
        await crowd.live(10)
        return crowd

    crowd = play(prepare)
    yield crowd
    play(crowd.leave)


@asynccontextmanager
async def phones(crowd: Crowd) -> Any:
    """Open the board on everybody's phone, half of them at each web process."""
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


async def retry_until(request: Callable[[], Awaitable[Response]], status: int) -> Response:
    """Repeat a request until its response has this status, through other statuses and failures."""
    end = time.monotonic() + CALM_SECONDS
    while True:
        with suppress(OSError):
            response = await request()
            if response.status == status:
                return response
        assert time.monotonic() < end, f"no response {status}"
        await asyncio.sleep(0.1)


def board_text(phone: Phone) -> str:
    return " ".join(text_of(fragment.html) for fragment in phone.board.fragments.values())


def all_show(everyone: list[Phone], title: str) -> bool:
    return all(title in board_text(phone) for phone in everyone)


def has_marks(phone: Phone, marks: Any) -> bool:
    return bool(phone.marks == marks)


async def all_are_current(everyone: list[Phone], crowd: Crowd) -> None:
    """Assert that each phone shows the same as a page loaded now."""
    newest = await load_screen(crowd.facilitator, crowd.code, "desk")
    await until(lambda: all(phone.shown >= newest.shown for phone in everyone))
    for phone in everyone:
        fresh = await load_screen(phone.browser, crowd.code, "phone")
        assert (phone.epoch, phone.shown, phone.missed(fresh)) == (fresh.epoch, fresh.shown, 0)
        assert phone.board == fresh.board
        await until(partial(has_marks, phone, fresh.marks))
        assert (phone.seen.out_of_order, phone.seen.duplicates) == (0, 0)


async def load_screen(browser: Browser, code: str, audience: str) -> Screen:
    """Load a page now."""
    screen = Screen(browser, code, audience)
    screen.load(Page((await browser.get(f"/{code}/{PATHS[audience]}")).text))
    return screen


async def seconds_until_seen(crowd: Crowd, everyone: list[Phone], web: Unit) -> float:
    """Return the time from the response of this web process to the last phone, the median of five topics.

    Hubs poll every POLL_SECONDS; a much shorter time shows that the hub of the other process was notified.
    """
    times = []
    for _topic in range(5):
        await asyncio.sleep(0.5)
        title = f"Par le port {web.port}, {secrets.token_hex(4)}"
        form = {"title": title, "description": "", "key": secrets.token_hex(8)}
        assert (await crowd.facilitator.post(f"/{crowd.code}/topics/new/", form, through=web.origin)).status == 302
        responded_at = time.monotonic()
        await until(partial(all_show, everyone, title))
        times.append(time.monotonic() - responded_at)
    return median(times)


def test_a_change_made_through_one_web_process_is_at_once_on_the_phones_of_the_other(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    async def scene() -> None:
        async with phones(crowd) as everyone:
            assert [count_connections(web.port) >= PHONES // 2 for web in cluster.web] == [True, True]
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
            assert (count_connections(first.port), count_connections(second.port) >= PHONES) == (0, True)
            assert await crowd.audit(second.origin) == (0, 0)
            await asyncio.to_thread(first.start, "To stop: Ctrl-C")
            await crowd.live(10)
            await all_are_current(everyone, crowd)

    play(scene)


def test_the_book_of_the_worker_is_downloaded_through_both_web_processes(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    async def scene() -> None:
        response = await crowd.facilitator.post(f"/{crowd.code}/book/ask/", {"key": "the book"})
        assert response.status == 302
        path = f"/{crowd.code}/book/1.pdf"
        book = await download_book(cluster, crowd, path)
        assert book.startswith(b"%PDF-")
        copies = [await crowd.people[0].get(path, through=web.origin) for web in cluster.web]
        assert [(copy.status, copy.body) for copy in copies] == [(200, book)] * 2

    play(scene)


async def download_book(cluster: Cluster, crowd: Crowd, path: str) -> bytes:
    """Download the book as soon as it is ready."""
    end = time.monotonic() + BOOK_SECONDS
    while True:
        response = await crowd.people[0].get(path)
        if response.status == 200:
            return response.body
        assert time.monotonic() < end, cluster.worker.text
        await asyncio.sleep(0.2)


def test_while_redis_is_away_all_changes_are_saved_and_arrive_a_little_later(
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
            # Once each hub listens again, notifications arrive at once again.
            await asyncio.sleep(2 * POLL_SECONDS)
            for web in cluster.web:
                assert await seconds_until_seen(crowd, everyone, web) < POLL_SECONDS / 4
        assert [web.tracebacks for web in cluster.web] == [0, 0]

    play(scene)


def test_the_log_of_the_proxy_has_no_link_of_a_facilitator(cluster: Cluster, crowd: Crowd, play: Play) -> None:
    async def scene() -> None:
        await crowd.facilitator.get("/facilitator/")

    play(scene)
    log = cluster.proxy_log.read_text()
    assert (f"/{crowd.code}/" in log, "/facilitator/" in log) == (True, False)


def test_guesses_of_codes_are_counted_over_all_processes(cluster: Cluster, play: Play) -> None:
    async def scene() -> None:
        async with ClusterBrowser(cluster) as stranger:
            webs = [cluster.web[n % 2].origin for n in range(140)]
            statuses = [(await stranger.get("/BBBBBBB/", through=web)).status for web in webs]
        # Other tests may have counted some in the same minute.
        assert (set(statuses[:100]), set(statuses[120:])) == ({404}, {429})

    wait_for_early_in_the_minute()
    play(scene)


def test_while_postgresql_restarts_requests_answer_503_and_work_when_sent_again(
    cluster: Cluster, crowd: Crowd, play: Play
) -> None:
    form = {"title": "Écrit pendant la panne", "description": "", "key": "kept"}
    path = f"/{crowd.code}/topics/new/"

    async def scene() -> None:
        async with phones(crowd) as everyone:
            cluster.postgres.kill()
            response = await crowd.facilitator.post(path, form)
            assert (response.status, response.headers["Retry-After"]) == (503, "5")
            assert "Back in a moment" in response.text or "De retour dans un instant" in response.text
            for web in cluster.web:
                answers = [await crowd.facilitator.get(path, through=web.origin) for path in ("/healthz", "/readyz")]
                assert [answer.status for answer in answers] == [200, 503]
            await asyncio.to_thread(cluster.postgres.start)
            assert (await retry_until(lambda: crowd.facilitator.post(path, form), 302)).location
            assert (await crowd.facilitator.post(path, form)).status == 302
            for web in cluster.web:
                await retry_until(partial(crowd.facilitator.get, "/readyz", through=web.origin), 200)
            await crowd.live(10)
            await all_are_current(everyone, crowd)
            assert board_text(everyone[0]).count(form["title"]) == 1
            # The worker has waited for the database too.
            assert (await crowd.facilitator.post(f"/{crowd.code}/book/ask/", {"key": "after"})).status == 302
            assert (await download_book(cluster, crowd, f"/{crowd.code}/book/2.pdf")).startswith(b"%PDF-")
        assert [unit.tracebacks for unit in (*cluster.web, cluster.worker)] == [0, 0, 0]

    play(scene)
