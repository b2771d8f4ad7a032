"""A client of the protocol of js/coediting: a page that writes in a shared report."""

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
"""Exceptions raised when the server cannot be reached, or closes the connection."""


def clock_of(vector: bytes, client: int) -> int:
    """Return the clock of a client in a state vector."""
    from sessions.models.crdt import read_state_vector

    return read_state_vector(vector).get(client, 0)


class Writer:
    """The page of a report: it sends one message at a time, and keeps each until it is acknowledged."""

    def __init__(
        self, origin: str, path: str, cookies: dict[str, str], chance: random.Random, has_sockets: bool
    ) -> None:
        """`path`: of the URL for the shared texts of the report."""
        self.origin, self.path, self.cookies = origin, path, cookies
        self.chance, self.has_sockets = chance, has_sockets
        self.waits: list[float] = []
        """Seconds from each message to its acknowledgement."""
        self.socket: ClientConnection | None = None
        self.open_page(None)

    # ---- the page ---------------------------------------------------------------------------------------------

    def open_page(self, stored: bytes | None) -> None:
        """Open a page, with the state that the page before stored in the browser."""
        self.doc: Doc[Text] = Doc()
        self.texts = {name: self.doc.get(name, type=Text) for name in SECTIONS}
        if stored:
            self.doc.apply_update(stored)
        self.waiting: list[bytes] = []
        """Updates that were typed, and not sent so far."""
        self.flight: list[bytes] = []
        """Updates that were sent, and not acknowledged so far."""
        self.is_ready = False
        """Whether both sides have the other's state vector."""
        self.is_typing = False
        self.subscription = self.doc.observe(lambda event: self._changed(event.update))

    def close_page(self) -> None:
        self.doc.unobserve(self.subscription)

    def reopen_page(self) -> None:
        """Close the page at once, and open it again with the state that the browser stored."""
        self.close_page()
        self.cut()
        self.open_page(self.doc.get_update())

    def _changed(self, update: bytes) -> None:
        if self.is_typing:
            self.waiting.append(update)

    @contextmanager
    def typing(self) -> Iterator[None]:
        """Mark changes of the document meanwhile as typed here, to be sent."""
        self.is_typing = True
        try:
            yield
        finally:
            self.is_typing = False

    @property
    def is_settled(self) -> bool:
        """True when the server has acknowledged all that was typed."""
        return self.is_ready and not self.waiting and not self.flight

    @property
    def shown(self) -> dict[str, str]:
        """The text of each section."""
        return {name: str(text) for name, text in self.texts.items()}

    # ---- the protocol -----------------------------------------------------------------------------------------

    def message(self) -> dict[str, Any]:
        """Make the message with all waiting updates, which are then under way."""
        self.flight, self.waiting = self.waiting, []
        self.sent_at = time.monotonic()
        clock = clock_of(self.doc.get_state(), self.doc.client_id)
        return {"update": _pack(merge_updates(*self.flight)), "client": self.doc.client_id, "clock": clock}

    def receive(self, message: dict[str, Any]) -> None:
        """Receive a message of the server."""
        assert not message.get("refused"), "nothing that was typed is refused"
        if "update" in message:
            self.doc.apply_update(b64decode(message["update"]))
        if message.get("kept"):
            self.waits.append(time.monotonic() - self.sent_at)
            self.flight = []
        if "vector" in message:
            self._put_back()
            lacking = self.doc.get_update(b64decode(message["vector"]))
            if lacking[0]:  # else the server lacks at most what waits
                self.waiting = [lacking]
            self.is_ready = True

    def _put_back(self) -> None:
        """Put the unacknowledged updates back among the waiting ones."""
        self.waiting, self.flight = [*self.flight, *self.waiting], []

    @property
    def _have(self) -> str:
        """The state vector of this page, as it is sent to the server."""
        return _pack(self.doc.get_state())

    # ---- connections ------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """Connect, and connect again after each loss, until cancelled."""
        while True:
            with suppress(*LOST):
                await (self._by_socket() if self.has_sockets else self._by_http())
            self.is_ready = False
            self.socket = None
            self._put_back()
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))

    def cut(self) -> None:
        """Lose the socket, as a phone that leaves the Wi-Fi."""
        if self.socket:
            self.socket.transport.abort()

    async def _by_socket(self) -> None:
        url = self.origin.replace("http", "ws", 1) + self.path
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        async with connect(url, additional_headers=headers, open_timeout=5, max_size=None) as socket:
            await socket.send(json.dumps({"have": self._have}))
            self.socket = socket
            sending = asyncio.ensure_future(self._send(socket))
            try:
                async for text in socket:
                    self.receive(json.loads(text))
            finally:
                sending.cancel()

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            if self.is_ready and self.waiting and not self.flight:
                await socket.send(json.dumps(self.message()))
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
                self.receive(json.loads(answer.text))
                await asyncio.sleep(0.2)


TOKEN = "c" * 32
"""Django's CSRF token: the cookie is only compared with the header, so any value of this length does."""


def _pack(data: bytes) -> str:
    return b64encode(data).decode()
