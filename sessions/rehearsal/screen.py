"""What a phone shows, and the socket that keeps it current: by the rules of js/live."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from random import uniform
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from forum.live.fragments import FIXED_FRAGMENTS
from sessions.rehearsal.web import Browser

BEAT = 10.0
"""Seconds between two questions "anything newer?", as js/live/sync.js has it."""
PATIENCE = 5.0
FIRST_WAIT, LAST_WAIT = 0.5, 15.0
NOT_ALLOWED = 4403

TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
ATTRIBUTE = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)')|([\w-]+)")
VOID = frozenset(("area", "br", "col", "hr", "img", "input", "link", "meta", "source"))


class Element(NamedTuple):
    attributes: dict[str, str]
    outer: str
    inner: str


def elements(html: str, wanted: str = "id=") -> Iterator[Element]:
    """Every element whose tag contains `wanted`, innermost first."""
    opened: list[tuple[str, re.Match[str]]] = []
    for tag in TAG.finditer(html):
        closing, name, said = tag.group(1), tag.group(2).lower(), tag.group(3)
        if not closing:
            if name in VOID or said.endswith("/"):
                if wanted in said:
                    yield Element(_attributes(said), tag.group(), "")
            else:
                opened.append((name, tag))
            continue
        while opened:
            begun, start = opened.pop()
            if begun == name:
                if wanted in start.group(3):
                    inner = html[start.end() : tag.start()]
                    yield Element(_attributes(start.group(3)), html[start.start() : tag.end()], inner)
                break


def _attributes(said: str) -> dict[str, str]:
    return {
        found[1] or found[4]: unescape(next(filter(None, (found[2], found[3])), ""))
        for found in ATTRIBUTE.finditer(said)
    }


class Card(NamedTuple):
    """A fragment of the board; `list` is empty for one at a fixed place."""

    list: str
    html: str


@dataclass(eq=False)
class Message:
    """What the server sent, read once for all the screens that got the same text."""

    since: int
    to: int
    epoch: str
    whole: bool
    html: str
    cards: dict[str, Card | None]
    """By id, in the order in which they came; None: gone."""
    lists: frozenset[str]
    beat: int | None
    """The newest revision, when this also answers "anything newer?"."""


def read_board(html: str) -> tuple[dict[str, Card | None], frozenset[str]]:
    """The fragments of a whole board, or those that a change carries, and the names of the lists it has."""
    cards: dict[str, Card | None] = {}
    lists = set()
    for element in elements(html):
        name = element.attributes.get("id", "")
        if name.startswith("list-"):
            lists.add(name.removeprefix("list-"))
        elif "data-gone" in element.attributes:
            cards[name] = None
        elif "data-in" in element.attributes or name in FIXED_FRAGMENTS:
            cards[name] = Card(element.attributes.get("data-in", ""), element.outer)
    return cards, frozenset(lists)


@lru_cache(maxsize=256)
def read_message(text: str) -> Message | int | None:
    """A change of the board; the revision alone for an answer to "anything newer?"; None for what is personal."""
    said: dict[str, Any] = json.loads(text)
    if "to" not in said:
        return int(said["beat"]) if "beat" in said else None
    cards, lists = read_board(said["html"])
    whole, beat = bool(said.get("whole")), said.get("beat")
    return Message(said["from"], said["to"], said["epoch"], whole, said["html"], cards, lists, beat)


class NoBoard(Exception):
    """The page that came shows no board."""


@dataclass(eq=False)
class Screen:
    """A page with a live board, in one browser."""

    browser: Browser
    code: str
    audience: str
    notice: "Callable[[Screen, Message], None]"
    since: int = -1
    epoch: str = ""
    cards: dict[str, Card] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    drops: int = 0
    """How often its socket was lost."""
    newest: int | None = None
    """The revision that the server last spoke of, when it was asked."""
    failures: int = 0
    """Losses since the server was last heard."""
    is_open: bool = False
    shut_out: bool = False
    current: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the socket has said, for the first time, that this screen is up to date."""

    def load(self, page: str) -> None:
        """Show the board of a page. Raises NoBoard."""
        for element in elements(page, 'id="board"'):
            said = element.attributes
            self.since, self.epoch = int(said["data-since"]), said["data-epoch"]
            self._take_whole(*read_board(element.inner))
            return
        raise NoBoard

    def _take_whole(self, cards: dict[str, Card | None], lists: frozenset[str]) -> None:
        self.cards = {name: card for name, card in cards.items() if card}
        self.lists = lists

    def show(self, message: Message) -> bool:
        """Apply a change; False when there is a gap, and the rest must be asked for."""
        restored = message.epoch != self.epoch
        if not restored and message.to <= self.since:
            return True
        if message.since >= 0 and (restored or message.since > self.since):
            return False
        if message.whole:
            self._take_whole(message.cards, message.lists)
        else:
            for name, card in message.cards.items():
                self._place(name, card)
        self.since, self.epoch = message.to, message.epoch
        self.notice(self, message)
        return True

    def _place(self, name: str, card: Card | None) -> None:
        if card is None or (card.list and card.list not in self.lists):
            self.cards.pop(name, None)
        elif card.list or name in self.cards:
            self.cards[name] = card

    async def follow(self, tls: ssl.SSLContext | None) -> None:
        """Stay current until cancelled, or shut out; come back after every loss, later each time."""
        while not self.shut_out:
            try:
                async with connect(
                    f"{self.browser.site.sockets}/{self.code}/live/"
                    f"?as={self.audience}&since={self.since}&epoch={self.epoch}",
                    additional_headers={"Cookie": self.browser.cookie_header},
                    origin=self.browser.site.origin,  # type: ignore[arg-type]  # a type that is a text
                    ssl=tls,
                    compression=None,
                    ping_interval=None,
                    open_timeout=PATIENCE,
                    close_timeout=1,
                    max_size=None,
                    proxy=None,
                ) as socket:
                    await self._listen(socket)
            except ConnectionClosed as closed:
                self.shut_out = closed.rcvd is not None and closed.rcvd.code == NOT_ALLOWED
            except InvalidStatus as refused:
                self.shut_out = refused.response.status_code == 403
            except (OSError, TimeoutError, WebSocketException, EOFError):
                pass
            finally:
                self.is_open = False
            self.drops += 1
            self.failures += 1
            wait = min(LAST_WAIT, FIRST_WAIT * 2 ** (self.failures - 1))
            await asyncio.sleep(0 if self.shut_out else wait * uniform(0.5, 1.5))  # noqa: S311 no secret: phones come back one by one

    async def _listen(self, socket: ClientConnection) -> None:
        """Take what comes; return when the line is dead, or when there is a gap."""
        self.is_open = True
        while True:
            await socket.send("?")
            asked_at = time.monotonic()
            waits = True
            while waits or time.monotonic() < asked_at + BEAT:
                try:
                    async with asyncio.timeout_at(_loop_time(asked_at + (PATIENCE if waits else BEAT))):
                        text = await socket.recv()
                except TimeoutError:
                    if waits:
                        return
                    break
                waits, self.failures = False, 0
                message = read_message(str(text))
                if isinstance(message, int):
                    self.newest = message
                elif message:
                    self.newest = self.newest if message.beat is None else message.beat
                    if not self.show(message):
                        return
                if self.newest is not None and self.newest <= self.since:
                    self.current.set()


def _loop_time(moment: float) -> float:
    """A moment of `time.monotonic` as the loop counts."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()
