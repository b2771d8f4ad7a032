"""A client of the co-writing protocol, as js/coediting speaks it, for a page that writes in a shared report."""

import asyncio
import json
import random
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from pycrdt import Doc, Text, merge_updates
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from forum.rehearsal.browser import Browser

SECTIONS = ("findings", "debate", "proposals")
LOST = (OSError, TimeoutError, ValueError, WebSocketException)
"""What is raised when the server cannot be reached, or ends the conversation."""


def clock_of(vector: bytes, client: int) -> int:
    """How much of its own text a document knows, by its state vector."""
    from sessions.models.crdt import read_state_vector

    return read_state_vector(vector).get(client, 0)


class Writer:
    """A page on a report: it sends one message at a time, and keeps what it sent until that is acknowledged."""

    def __init__(
        self, origin: str, path: str, cookies: dict[str, str], chance: random.Random, has_sockets: bool
    ) -> None:
        """`path`: of the address at which the report is written together."""
        self.origin, self.path, self.cookies = origin, path, cookies
        self.chance, self.has_sockets = chance, has_sockets
        self.waits: list[float] = []
        """Seconds between sending and the acknowledgement."""
        self.line: ClientConnection | None = None
        self.open_page(None)

    # ---- the page ---------------------------------------------------------------------------------------------

    def open_page(self, kept: bytes | None) -> None:
        """Open a page, with the text that the page before left in the browser."""
        self.doc: Doc[Text] = Doc()
        self.texts = {name: self.doc.get(name, type=Text) for name in SECTIONS}
        if kept:
            self.doc.apply_update(kept)
        self.waiting: list[bytes] = []
        """Updates that were typed and not sent yet."""
        self.flight: list[bytes] = []
        """Updates that were sent and not acknowledged yet."""
        self.is_ready = False
        """Whether both sides have said what they have."""
        self.is_typing = False
        self.subscription = self.doc.observe(lambda event: self._changed(event.update))

    def close_page(self) -> None:
        self.doc.unobserve(self.subscription)

    def reopen_page(self) -> None:
        """Close the page in the middle of something, and open it again: the browser kept what was not acknowledged."""
        self.close_page()
        self.cut()
        self.open_page(self.doc.get_update())

    def _changed(self, update: bytes) -> None:
        if self.is_typing:
            self.waiting.append(update)

    @contextmanager
    def typing(self) -> Iterator[None]:
        """What changes in the document meanwhile was typed here, and is to be sent."""
        self.is_typing = True
        try:
            yield
        finally:
            self.is_typing = False

    @property
    def is_settled(self) -> bool:
        """Whether the server has acknowledged all that was typed."""
        return self.is_ready and not self.waiting and not self.flight

    @property
    def shown(self) -> dict[str, str]:
        """The text of each section."""
        return {name: str(text) for name, text in self.texts.items()}

    # ---- the protocol -----------------------------------------------------------------------------------------

    def message(self) -> dict[str, Any]:
        """The message that sends all that waits."""
        self.flight, self.waiting = self.waiting, []
        self.sent_at = time.monotonic()
        clock = clock_of(self.doc.get_state(), self.doc.client_id)
        return {"update": _pack(merge_updates(*self.flight)), "client": self.doc.client_id, "clock": clock}

    def hear(self, message: dict[str, Any]) -> None:
        """Take a message of the server."""
        assert not message.get("refused"), "nothing that was typed is refused"
        if "update" in message:
            self.doc.apply_update(b64decode(message["update"]))
        if message.get("kept"):
            self.waits.append(time.monotonic() - self.sent_at)
            self.flight = []
        if "vector" in message:
            self._put_back()
            lacking = self.doc.get_update(b64decode(message["vector"]))
            if lacking[0]:  # text, and all that was taken out; else what waits is all there is
                self.waiting = [lacking]
            self.is_ready = True

    def _put_back(self) -> None:
        """Have what was sent and not acknowledged wait again."""
        self.waiting, self.flight = [*self.flight, *self.waiting], []

    @property
    def _have(self) -> str:
        """What this page has, as it tells the server."""
        return _pack(self.doc.get_state())

    # ---- connections ------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """Connect, and connect again after each loss, until cancelled."""
        while True:
            with suppress(*LOST):
                await (self._by_socket() if self.has_sockets else self._by_http())
            self.is_ready = False
            self.line = None
            self._put_back()
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))

    def cut(self) -> None:
        """Lose the socket, as a phone that leaves the Wi-Fi."""
        if self.line:
            self.line.transport.abort()

    async def _by_socket(self) -> None:
        url = self.origin.replace("http", "ws", 1) + self.path
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        async with connect(url, additional_headers=headers, open_timeout=5, max_size=None) as line:
            await line.send(json.dumps({"have": self._have}))
            self.line = line
            sending = asyncio.ensure_future(self._send(line))
            try:
                async for text in line:
                    self.hear(json.loads(text))
            finally:
                sending.cancel()

    async def _send(self, line: ClientConnection) -> None:
        while True:
            if self.is_ready and self.waiting and not self.flight:
                await line.send(json.dumps(self.message()))
            await asyncio.sleep(0.02)

    async def _by_http(self) -> None:
        async with Browser(self.origin, {**self.cookies, "csrftoken": TOKEN}, force_close=True) as browser:
            while True:
                if self.is_ready and self.waiting:
                    answer = await browser.post_json(self.path, self.message() | {"have": self._have})
                else:
                    have = quote(self._have.replace("+", "-").replace("/", "_"))
                    answer = await browser.get(f"{self.path}?have={have}", accept="application/json")
                if answer.status != 200:
                    raise ConnectionError(answer.status)
                self.hear(json.loads(answer.text))
                await asyncio.sleep(0.2)


TOKEN = "c" * 32
"""Django only compares the cookie with the header: any value of this length is a proof."""


def _pack(data: bytes) -> str:
    return b64encode(data).decode()
