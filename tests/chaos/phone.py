"""A phone that follows the board by exactly the rules of js/live, with its waits scaled down."""

import asyncio
import contextlib
import json
import random
import re
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from lxml import html
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from forum.live.catch_up import Delta
from tests.chaos.wire import Browser
from tests.page import Page

SCALE = 5
"""All waits of the page are so many times shorter here: a minute of chaos is five."""
_SCRIPTS = "".join(path.read_text() for path in sorted((settings.ROOT / "js/live").glob("*.js")))
BEAT, DOUBT, PATIENCE, FIRST_WAIT, LAST_WAIT, POLL = (
    int(re.findall(rf"^(?:export )?const {name} = ([\d_]+);", _SCRIPTS, re.MULTILINE)[0]) / 1000 / SCALE
    for name in ("BEAT", "DOUBT", "PATIENCE", "FIRST_WAIT", "LAST_WAIT", "POLL")
)
"""Seconds."""
PATHS = {"phone": "", "wall": "wall/", "desk": "desk/"}


Question = tuple[float, int]
"""When something was asked, and in which era: what was asked before the line was lost says nothing of now."""


@dataclass
class Seen:
    """What happened to one phone."""

    deliveries: int = 0
    """Changes that reached it: the revisions that each applied message leads over."""
    messages: int = 0
    connections: int = 0
    polls: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    false_claims: int = 0


@dataclass(eq=False)
class Phone:
    browser: Browser
    code: str
    audience: str = "phone"
    seen: Seen = field(default_factory=Seen)
    failures: int = 0
    known_until: float = 0
    era: int = 0
    epoch: str = ""
    page: Page = field(default_factory=lambda: Page("", -1))
    marks_due: bool = False
    polls: bool = False
    asks: bool = False
    pause: asyncio.Task[None] | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def load(self) -> None:
        """Open the page, as it stands now."""
        answer = await self.browser.get(f"/{self.code}/{PATHS[self.audience]}")
        if answer.status != 200:
            raise ConnectionError(answer.status)
        self.page, self.epoch, self.marks = read(answer.text)
        self.newest = self.marks_at = self.since
        self.people = people(self.page)

    @property
    def since(self) -> int:
        return self.page.since

    def claims_current(self, epoch: str, revision: int) -> bool:
        """Whether it says "up to date" while it shows less than this."""
        says_so = time.monotonic() < self.known_until and self.newest <= self.since
        return says_so and self.epoch == epoch and self.since < revision

    def missed(self, fresh: Page) -> int:
        """Changes that it never showed: by revision, and by what stands on the page."""
        return max(0, fresh.since - self.since) + differences(self.page, fresh)

    def address(self, scheme: str = "", **more: str) -> str:
        query = urlencode({"as": self.audience, "since": self.since, "epoch": self.epoch, "watch": "", **more})
        host = f"{scheme}://127.0.0.1:{self.browser.port}" if scheme else ""
        return f"{host}/{self.code}/live/?{query}"

    async def follow(self) -> None:
        """The page's whole life: a socket, and another one; over HTTP meanwhile."""
        try:
            while True:
                with contextlib.suppress(OSError, WebSocketException, TimeoutError, _Gap):
                    await self._listen()
                self.marks_due = True
                if not self.polls:
                    self._know_nothing()
                self.failures += 1
                if self.failures > 1:
                    self._start_polling()
                wait = min(LAST_WAIT, FIRST_WAIT * 2 ** (self.failures - 1))
                await asyncio.sleep(wait * (0.5 + random.random()))
        finally:
            for task in self.tasks:
                task.cancel()

    async def _listen(self) -> None:
        async with asyncio.timeout(PATIENCE):
            socket = await connect(
                self.address("ws"),
                additional_headers={"Cookie": self.browser.cookie},
                compression=None, ping_interval=None, proxy=None, max_size=None, close_timeout=0,
            )  # fmt: skip
        self.seen.connections += 1
        try:
            await self._talk(socket)
        finally:
            socket.transport.abort()

    async def _talk(self, socket: ClientConnection) -> None:
        shown: tuple[str, int] | None = None  # epoch and revision to which this socket led
        beat_at = time.monotonic()
        patient_until = None
        questions: list[Question] = []
        late = 0
        while True:
            now = time.monotonic()
            if now >= beat_at:
                late = late + 1 if self.newest > self.since else 0
                if late > 1:
                    raise _Gap
                async with asyncio.timeout(PATIENCE):
                    await socket.send("?")
                questions.append((now, self.era))
                beat_at, patient_until = now + BEAT, now + PATIENCE
            until = min(beat_at, patient_until or beat_at)
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + max(0, until - now)):
                    message = json.loads(await socket.recv())
            except TimeoutError:
                if patient_until and time.monotonic() >= patient_until:
                    raise
                continue
            patient_until = None
            self.failures = 0
            self._stop_polling()
            if "to" in message:
                # What the server promises: on one socket, each message starts where the one before it ended.
                if shown and shown != (message["epoch"], message["from"]) and message["from"] >= 0:
                    self.seen.out_of_order += 1
                shown = message["epoch"], message["to"]
            self.apply(message, questions.pop(0) if "beat" in message and questions else None, BEAT + DOUBT)

    def _start_polling(self) -> None:
        if not self.polls:
            self.polls = True
            self._spawn(self._poll())

    def _stop_polling(self) -> None:
        self.polls = False
        if self.pause:
            self.pause.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _poll(self) -> None:
        if self.asks:
            return
        self.asks = True
        self.seen.polls += 1
        asked, epoch = (time.monotonic(), self.era), self.epoch
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self.browser.get(self.address(**({"me": "1"} if self.marks_due else {})))
            message = {"beat": self.since} if answer.status == 204 else None
            if answer.status == 200:
                message = json.loads(answer.text)
            if message and epoch == self.epoch:
                self.apply(message, asked, 1.25 * POLL + DOUBT)
        except (OSError, ValueError, TimeoutError, _Gap):
            pass  # no network at all: the status says so
        finally:
            self.asks = False
        if self.polls:
            self.pause = self._spawn(self._poll_later())

    async def _poll_later(self) -> None:
        await asyncio.sleep(POLL * (0.75 + random.random() / 2))
        self._spawn(self._poll())

    def _know_nothing(self) -> None:
        self.era += 1
        self.known_until = 0

    def apply(self, message: dict[str, Any], asked: Question | None, counts: float) -> None:
        if asked and asked[1] == self.era:
            self.known_until = max(self.known_until, asked[0] + counts)
        if "beat" in message:
            is_of_today = message.get("epoch", self.epoch) == self.epoch
            self.newest = max(self.newest, message["beat"]) if is_of_today else 10**9
        if "to" in message:
            self._show(message)
        if "me" in message and message["at"] >= self.marks_at:
            self.marks, self.marks_at, self.marks_due = message["me"], message["at"], False

    def _show(self, message: dict[str, Any]) -> None:
        restored = message["epoch"] != self.epoch
        if not restored and message["to"] <= self.since:
            return
        everything = message["from"] < 0
        if not everything and (restored or message["from"] > self.since):
            raise _Gap
        before = self.since
        whole = message.get("whole", False)
        self.page.apply(Delta(message["from"], message["to"], message["html"], whole=whole))
        self.epoch = message["epoch"]
        self.newest = self.since if restored else max(self.newest, self.since)
        if restored:
            self.marks_at = -1
        self.seen.messages += 1
        self.seen.deliveries += 1 if restored else self.since - before
        # Independent of revisions: while nobody leaves, the number of people that the page shows only grows.
        now = people(self.page)
        if not restored and (self.since <= before or now < self.people):
            self.seen.out_of_order += 1
        self.people = now
        self.seen.duplicates += doubles(self.page)


class _Gap(Exception):
    """A message that does not start from what is shown: the page asks anew."""


def read(text: str) -> tuple[Page, str, Any]:
    """The board in a whole HTML page: the board, its epoch, and what is marked."""
    tree: Any = html.document_fromstring(text)
    board = tree.xpath("//*[@id='board']")[0]
    inner = (board.text or "") + "".join(html.tostring(child, encoding="unicode") for child in board)
    return Page(inner, int(board.get("data-since"))), board.get("data-epoch"), json.loads(board.get("data-marks", "{}"))


def people(page: Page) -> int:
    """How many people the page says there are."""
    found = page.tree.xpath("//*[@id='status']//text()")
    numbers = re.findall(r"(\d+)\s+(?:personne|person|people)", " ".join(found))
    return int(numbers[0]) if numbers else 0


def doubles(page: Page) -> int:
    """Fragments that stand there twice."""
    names = page.tree.xpath("//@id")
    return len(names) - len(set(names))


def differences(shown: Page, fresh: Page) -> int:
    """Fragments that are missing, too many, or not as on the fresh page."""
    before, now = ({e.get("id"): _text(e) for e in page.tree.xpath("//*[@id]")} for page in (shown, fresh))
    return sum(1 for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
