"""A phone of the chaos suite: the client of the rehearsal, with shorter waits, which counts what it applies."""

import re
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache

from lxml import html

from forum.rehearsal.board import ShownBoard
from forum.rehearsal.browser import Browser
from forum.rehearsal.live_page import LivePage, Question
from forum.rehearsal.page import Page
from forum.rehearsal.protocol import Message, Waits
from forum.rehearsal.screen import PATHS, Screen

SCALE = 5
"""Factor by which all waits of the page are shorter here."""
WAITS = Waits().divided_by(SCALE)


def browser_at(port: int) -> Browser:
    """Make a browser that opens a connection to this loopback port for every request."""
    # Django only compares the cookie with the field of the form, so any CSRF token does.
    return Browser(f"http://127.0.0.1:{port}", {"csrftoken": secrets.token_hex(16)}, force_close=True)


@dataclass
class Seen:
    """Counts of what one phone applied."""

    deliveries: int = 0
    """Number of revisions that the applied messages span."""
    messages: int = 0
    out_of_order: int = 0
    duplicates: int = 0


class Phone(Screen):
    def __init__(self, browser: Browser, code: str, audience: str = "phone", waits: Waits = WAITS) -> None:
        super().__init__(browser, code, audience, waits)
        self.seen = Seen()
        self.people = 0
        """Number of people on the page."""
        self._led_to: tuple[int, str, int] | None = None
        """Number of the socket of the last message, and the epoch and revision to which it led."""

    async def open(self) -> None:
        """Open the page. Raises ConnectionError."""
        asked_at = time.monotonic()
        response = await self.browser.get(f"/{self.code}/{PATHS[self.audience]}")
        if response.status != 200:
            raise ConnectionError(response.status)
        self.load(Page(response.text), asked_at)
        self.people = people(self.board)

    def claims_current(self, epoch: str, revision: int) -> bool:
        """Return whether the page says that it is up to date while it shows an older revision."""
        return self.is_current and self.epoch == epoch and self.shown < revision

    def missed(self, fresh: LivePage) -> int:
        """Count the changes that it lacks: by revision, and by fragments."""
        return max(0, fresh.shown - self.shown) + differences(self.board, fresh.board)

    def receive_from_socket(self, message: Message, question: Question | None) -> None:
        """Check that on one socket each message starts where the one before it ended, then receive it."""
        if message.to is not None:
            start = (self.connections, message.epoch, message.since)
            if self._led_to and self._led_to[0] == self.connections and message.since >= 0 and self._led_to != start:
                self.seen.out_of_order += 1
            self._led_to = (self.connections, message.epoch, message.to)
        super().receive_from_socket(message, question)

    def show(self, message: Message) -> None:
        before, epoch = self.shown, self.epoch
        super().show(message)
        if (self.shown, self.epoch) == (before, epoch):
            return
        is_restored = self.epoch != epoch
        self.seen.messages += 1
        self.seen.deliveries += 1 if is_restored else self.shown - before
        # Independent of revisions: while nobody leaves, the number of people that the page shows only grows.
        number = people(self.board)
        if not is_restored and (self.shown < before or number < self.people):
            self.seen.out_of_order += 1
        self.people = number
        self.seen.duplicates += doubles(self.board)


def people(board: ShownBoard) -> int:
    """Return the number of people on the page."""
    status = board.fragments.get("status")
    return _people(status.html) if status else 0


@lru_cache
def _people(status: str) -> int:
    numbers = re.findall(r"(\d+)\s+(?:personne|person|people)", text_of(status))
    return int(numbers[0]) if numbers else 0


@lru_cache(maxsize=10_000)
def text_of(source: str) -> str:
    """Return the text of a fragment or a layout, with white space collapsed."""
    return " ".join(str(html.fragment_fromstring(source, create_parent="div").text_content()).split())


def doubles(board: ShownBoard) -> int:
    """Count the ids that are on the page more than once."""
    shown = [name for ids in board.lists.values() for name in ids]
    shown += [name for name, fragment in board.fragments.items() if not fragment.list]
    ids = [*ids_in(board.layout), *(name for shown_id in shown for name in ids_in(board.fragments[shown_id].html))]
    return len(ids) - len(set(ids))


@lru_cache(maxsize=10_000)
def ids_in(source: str) -> tuple[str, ...]:
    return tuple(map(str, html.fragment_fromstring(source, create_parent="div").xpath("//@id")))


def differences(shown: ShownBoard, fresh: ShownBoard) -> int:
    """Count the fragments that are missing, extra, or different from the fresh page."""
    names = shown.fragments.keys() | fresh.fragments.keys()
    return sum(shown.fragments.get(name) != fresh.fragments.get(name) for name in names)
