"""A screen on the real server: current by its socket, or by polls while sockets fail, and closed when shut out."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from django.db import connections

from forum.auth.identity import participant_cookie
from forum.models import Actor, Device, Forum, Participant, Topic
from forum.rehearsal.browser import Browser
from forum.rehearsal.page import Page
from forum.rehearsal.protocol import Waits
from forum.rehearsal.screen import Screen
from tests.live_server import running_server

pytestmark = pytest.mark.django_db(transaction=True)

Scene = Callable[[Screen], Coroutine[Any, Any, None]]


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    with running_server() as url:
        yield url


def play(server: str, person: Participant, scene: Scene) -> None:
    """Open the board on a person's phone, and run the scene."""
    cookies = {participant_cookie(person.forum): Device.issue(person)}
    code = person.forum.code

    async def run() -> None:
        async with asyncio.timeout(20), Browser(server, cookies) as browser:
            screen = Screen(browser, code, waits=Waits().divided_by(10))
            screen.load(Page((await browser.get(f"/{code}/")).text))
            await scene(screen)

    asyncio.run(run())


async def do(verb: Callable[..., Any], *args: Any) -> None:
    """Run a verb in another thread, as a page's request does."""

    def work() -> None:
        try:
            verb(*args)
        finally:
            connections.close_all()

    await asyncio.to_thread(work)


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_screen_follows_until_its_participant_is_removed(
    server: str, topic: Topic, theo: Participant, as_camille: Actor
) -> None:
    async def scene(screen: Screen) -> None:
        following = asyncio.create_task(screen.follow())
        await screen.current.wait()
        card = f"topic-{topic.pk}"
        before = screen.board.fragments[card]
        await do(topic.set_interest, theo, True, Actor(theo))
        await until(lambda: screen.board.fragments[card] != before and screen.marks["going"] == [topic.pk])
        await do(theo.remove, as_camille)
        await following
        assert (screen.is_shut_out, screen.is_open, screen.connections, screen.polls) == (True, False, 1, 0)

    play(server, theo, scene)


def test_while_sockets_fail_a_screen_polls_and_lets_go_when_it_is_shut_out(
    server: str, forum: Forum, topic: Topic, theo: Participant, as_camille: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(browser: Browser, path: str) -> None:
        raise ConnectionRefusedError

    async def scene(screen: Screen) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Browser, "open_socket", refuse)
            following = asyncio.create_task(screen.follow())
            await do(topic.set_interest, theo, True, Actor(theo))
            await until(lambda: screen.marks["going"] == [topic.pk] and screen.is_current)
            assert (screen.connections, screen.polls > 0) == (0, True)
        await screen.current.wait()
        polls = screen.polls
        await asyncio.sleep(1)
        assert (screen.connections, screen.polls - polls <= 1) == (1, True)  # one may have been under way
        await cancel(following)
        monkeypatch.setattr(Browser, "open_socket", refuse)
        await do(theo.remove, as_camille)
        await screen.follow()
        assert screen.is_shut_out

    play(server, theo, scene)
