"""A real Chromium, and the real app."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import Device, Facilitator, Forum, Participant
from tests.live_server import running_server
from tests.page_texts import translated
from tests.served_app import App
from tests.services import LAUNCH_OPTIONS, require

# Playwright keeps an event loop in this thread, where Django would refuse synchronous queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

expect.set_options(timeout=15_000)  # as for all that a page does: a machine may be busy
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
PROJECTOR = {"width": 1920, "height": 1080}


@pytest.fixture(scope="package")  # no longer: Playwright’s event loop would disturb the tests of sockets
def chromium() -> Iterator[Browser]:
    require("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH_OPTIONS)
        yield browser
        browser.close()


Open = Callable[..., Page]

AWAY = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED")
"""Errors of a network or a server that a test cut off."""
GIVEN_UP = ("htmx:sendAbort, ", "htmx:afterRequest, ")
"""Errors of a request that the page itself cancelled, for a newer one or for another page."""


@pytest.fixture
def open_contexts() -> list[BrowserContext]:
    """The browsers that a test opened, to be closed before the server ends."""
    return []


@pytest.fixture
def server(transactional_db: None, open_contexts: list[BrowserContext]) -> Iterator[str]:
    """The URL of the app on the test’s database."""
    with running_server() as url:
        yield url
        close_all(open_contexts)  # a page in the middle of opening its socket would complain of a server that ends


def close_all(open_contexts: list[BrowserContext]) -> None:
    while open_contexts:
        open_contexts.pop().close()


@pytest.fixture
def complaints() -> list[str]:
    """The errors in the consoles of the browsers. A test that expects some compares them, and clears the list."""
    return []


@pytest.fixture
def open_page(chromium: Browser, open_contexts: list[BrowserContext], complaints: list[str]) -> Iterator[Open]:
    """Return a function that opens a new browser. Any error in its console fails the test."""

    def make(size: dict[str, int], language: str = "fr-FR", **options: Any) -> Page:
        context = chromium.new_context(viewport=size, locale=language, accept_downloads=True, **options)  # type: ignore[arg-type]
        open_contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        return page

    yield make
    close_all(open_contexts)
    assert complaints == []


def is_complaint(message: ConsoleMessage) -> bool:
    """Say whether a message is an error of ours."""
    return message.type == "error" and not (
        any(reason in message.text for reason in AWAY) or message.text.startswith(GIVEN_UP)
    )


def sign_in(page: Page, url: str, person: Participant | Facilitator) -> None:
    """Give a browser a token of a person, for the site of this URL."""
    name = participant_cookie(person.forum) if isinstance(person, Participant) else FACILITATOR_COOKIE
    page.context.add_cookies([{"name": name, "value": Device.issue(person), "url": urljoin(url, "/")}])


def fr(msgid: str, **values: object) -> re.Pattern[str]:
    """Return a pattern of the French translation, with any spaces."""
    return re.compile(re.escape(translated(msgid, "fr", **values)).replace(r"\ ", r"\s"))


@pytest.fixture
def address(server: str, forum: Forum) -> str:
    """The URL of the forum."""
    return f"{server}/{forum.code}/"


@pytest.fixture
def laptop(open_page: Open, address: str, forum: Forum, camille: Facilitator) -> Page:
    """The facilitator’s browser."""
    page = open_page(LAPTOP)
    sign_in(page, address, camille)
    return page


@pytest.fixture
def wall(open_page: Open, address: str, forum: Forum, camille: Facilitator) -> Page:
    """The wall, on a projector."""
    page = open_page(PROJECTOR)
    sign_in(page, address, camille)
    page.goto(f"{address}wall/")
    expect(page.locator("[data-sync][data-state=current]")).to_be_visible()
    return page


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """`manage.py serve` on an empty data directory, with its worker."""
    home: Path = tmp_path_factory.mktemp("app")
    served = App(home / "data", LANG="fr_FR.UTF-8").until_ready()
    yield served
    served.end()


@pytest.fixture(scope="package")
def begin_link(app: App) -> str:
    """The one-time link that the terminal shows."""
    match = re.search(r"http://\S+/facilitator/begin/\S+", app.text)
    assert match, app.text
    return match[0]
