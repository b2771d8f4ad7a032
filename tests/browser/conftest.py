"""A real Chromium, and the real app behind it."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.forum.management.test_serve import App
from tests.live_server import running_server
from tests.services import LAUNCH_OPTIONS, require

# Playwright keeps a loop in this thread; the tests themselves are as synchronous as Django wants them.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
PROJECTOR = {"width": 1920, "height": 1080}


@pytest.fixture(scope="package")  # no longer: Playwright's loop would stand in the way of the tests of sockets
def chromium() -> Iterator[Browser]:
    require("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH_OPTIONS)
        yield browser
        browser.close()


Open = Callable[..., Page]

AWAY = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED")
"""A network or a server that a test took away."""
GIVEN_UP = ("htmx:sendAbort, ", "htmx:afterRequest, ")
"""A request that the page itself gave up: a newer one took its place, or somebody went to another page.

htmx says two things of a request that did not come to its end; the second is the reason, and others count as errors.
"""


@pytest.fixture
def hands() -> list[BrowserContext]:
    """The browsers that a test opened; whoever ends the server closes them before."""
    return []


@pytest.fixture
def server(transactional_db: None, hands: list[BrowserContext]) -> Iterator[str]:
    """The app on the test's own database: its address."""
    with running_server() as url:
        yield url
        close(hands)  # a page in the middle of opening its socket would complain of a server that ends


def close(hands: list[BrowserContext]) -> None:
    while hands:
        hands.pop().close()


@pytest.fixture
def open_page(chromium: Browser, hands: list[BrowserContext]) -> Iterator[Open]:
    """A new browser in somebody's hands. Anything its console complains about fails the test."""
    complaints: list[str] = []

    def make(size: dict[str, int], language: str = "fr-FR", **options: Any) -> Page:
        context = chromium.new_context(viewport=size, locale=language, accept_downloads=True, **options)  # type: ignore[arg-type]
        hands.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        return page

    yield make
    close(hands)
    assert complaints == []


def is_complaint(said: ConsoleMessage) -> bool:
    """An error that is ours."""
    return said.type == "error" and not (any(reason in said.text for reason in AWAY) or said.text.startswith(GIVEN_UP))


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """`manage.py serve` on an empty data directory, its worker included."""
    home: Path = tmp_path_factory.mktemp("app")
    served = App(home / "data", LANG="fr_FR.UTF-8").until_ready()
    yield served
    served.end()


@pytest.fixture(scope="package")
def begin_link(app: App) -> str:
    """The one-time link that the terminal shows."""
    found = re.search(r"http://\S+/facilitator/begin/\S+", app.text)
    assert found, app.text
    return found[0]
