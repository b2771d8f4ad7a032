"""A network between phones and the server that can be cut, frozen and thawed; and what a live page says of it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from forum.auth.identity import participant_cookie
from forum.models import Actor, Device, Forum, Participant, Topic
from tests.browser.conftest import PHONE
from tests.chaos.proxy import Proxy
from tests.live_server import running_server
from tests.page_texts import translated

CURRENT, OFF = "current", "off"
SOON = 15_000
"""Milliseconds in which a page must have found its way back, the longest of its waits included."""


class Network:
    """A proxy between the phones and the server, in a thread of its own, that can be cut, frozen and thawed."""

    def __init__(self, server: str) -> None:
        self.server_port = int(server.rpartition(":")[2])
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.proxy = Proxy(lambda: [self.server_port])
        self._do(self.proxy.start)
        self.url = f"http://127.0.0.1:{self.proxy.port}"

    def _do(self, work: Callable[[], Any]) -> None:
        async def done() -> None:
            result = work()
            if asyncio.iscoroutine(result):
                await result

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(10)

    def cut(self) -> None:
        self._do(self.proxy.cut)

    def freeze(self) -> None:
        self._do(self.proxy.freeze)

    def thaw(self) -> None:
        self._do(self.proxy.thaw)

    def end(self) -> None:
        self._do(self.proxy.stop)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


@pytest.fixture
def network(transactional_db: None) -> Iterator[Network]:
    with running_server() as url:
        network = Network(url)
        yield network
        network.end()


Phone = Callable[..., Page]


@pytest.fixture
def phone_of(chromium: Browser, network: Network) -> Iterator[Phone]:
    """Return a function that opens the board as a person. Only errors of scripts fail the test, not of the network."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(person: Participant, script: str = "", path: str = "", clock: bool = False) -> Page:
        context = chromium.new_context(viewport=PHONE, locale="fr-FR")  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies(
            [{"name": participant_cookie(person.forum), "value": Device.issue(person), "url": network.url}]
        )
        context.add_init_script(script or "0")
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if clock:
            page.clock.install()
        page.goto(f"{network.url}/{person.forum.code}/{path}")
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


def sync_state(page: Page) -> Any:
    return page.locator("[data-sync]").first.get_attribute("data-state")


def expect_current(page: Page) -> None:
    expect(page.locator("[data-sync]").first).to_have_attribute("data-state", CURRENT, timeout=SOON)
    expect(page.locator("[data-sync]").first).to_have_text(translated("up to date", "fr"))


def expect_offline(page: Page) -> None:
    expect(page.locator("[data-sync]").first).to_have_attribute("data-state", OFF, timeout=3_000)
    expect(page.locator("[data-sync]").first).to_have_text(translated("reconnecting…", "fr"))


def expect_card(page: Page, title: str, timeout: int = SOON) -> None:
    expect(page.locator("article", has_text=title)).to_have_count(1, timeout=timeout)


def wait_until(page: Page, condition: str) -> None:
    """Wait for a JavaScript condition. Playwright’s own wait needs `eval`, which the page’s policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(condition)


def propose(forum: Forum, title: str) -> Topic:
    return Topic.propose(Forum.objects.get(pk=forum.pk), title, "", None, Actor())
