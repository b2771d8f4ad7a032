"""Clients on raw sockets, which use so little time that a benchmark measures the server.

A phone reads a message in about ten microseconds; the client of forum/rehearsal takes about a hundred. Messages are
read by the rules of forum/rehearsal/protocol.py.
"""

import asyncio
import gzip
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from forum.rehearsal.protocol import CHANGE_PREFIX, QUESTION

TEXT, CLOSE, PING = 0x81, 0x88, 0x89
CSRF = "csrftoken=" + "b" * 32
CSRF_FIELD = {"csrfmiddlewaretoken": "b" * 32}


class Phone(asyncio.Protocol):
    """One WebSocket: opens it, answers pings, and hands its messages to its crowd."""

    __slots__ = ("buffer", "closed", "crowd", "number", "opened", "path", "shown", "status", "transport")

    def __init__(self, crowd: "Crowd", number: int, path: str, cookie: str) -> None:
        self.crowd, self.number, self.path = crowd, number, path
        self.opened: asyncio.Future[int] = crowd.loop.create_future()
        self.buffer = b""
        self.status = 0
        self.closed = 0
        """Close code of the server; 1006 if it closed the connection without one; 0 while open."""
        self.shown = -1
        """Revision of the last change received."""
        self.transport: Any = None
        self.path = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nCookie: {cookie}\r\n\r\n"
        )

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.path.encode())

    def data_received(self, data: bytes) -> None:
        now = self.crowd.clock()
        if self.buffer:
            data = self.buffer + data
            self.buffer = b""
        if not self.status:
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self.buffer = head
                return
            self.status = int(head[9:12])
            self.opened.set_result(self.status)
        while len(data) >= 2:
            size, begin = data[1], 2
            if size == 126:
                size, begin = int.from_bytes(data[2:4]), 4
            elif size == 127:
                size, begin = int.from_bytes(data[2:10]), 10
            end = begin + size
            if len(data) < end:
                break
            self.frame(data[0], data[begin:end], end, now)
            data = data[end:]
        self.buffer = data

    def frame(self, kind: int, payload: bytes, size: int, now: float) -> None:
        if kind == TEXT:
            self.crowd.record(self, payload, size, now)
        elif kind == PING:
            self.transport.write(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)
        elif kind == CLOSE:
            self.closed = int.from_bytes(payload[:2])

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = self.closed or 1006
        if not self.opened.done():
            self.opened.set_result(0)

    def ask(self) -> None:
        """Ask whether anything is newer, as a page does when it opens and at intervals."""
        self.transport.write(b"\x81\x81\0\0\0\0" + QUESTION.encode())


class Crowd:
    """Phones that follow one server."""

    def __init__(self, port: int, path: Callable[[int], str], cookies: list[str]) -> None:
        self.loop = asyncio.get_running_loop()
        self.clock = time.perf_counter
        self.port, self.path, self.cookies = port, path, cookies
        self.phones: list[Phone] = []
        self.bytes = 0
        """Bytes of the messages that changed the board, with their framing."""
        self.other_bytes = 0
        self.sample = b""
        """The last such message."""
        self.first = self.last = 0.0
        """Times at which the first and the last phone had received the awaited change."""
        self.awaited = 0
        self.everyone: asyncio.Event = asyncio.Event()
        self.listener: Callable[[Phone, bytes, float], None] | None = None

    def record(self, phone: Phone, payload: bytes, size: int, now: float) -> None:
        if self.listener:
            self.listener(phone, payload, now)
        if not payload.startswith(CHANGE_PREFIX):
            self.other_bytes += size
            return
        self.bytes += size
        self.sample = payload
        if not self.awaited:
            return
        self.first = self.first or now
        self.last = now
        self.awaited -= 1
        if not self.awaited:
            self.everyone.set()

    async def enter(self, at_once: int = 50) -> None:
        """Connect every phone, a few at a time. Raises RuntimeError if one is refused."""
        for begin in range(0, len(self.cookies), at_once):
            numbers = range(begin, min(begin + at_once, len(self.cookies)))
            await asyncio.gather(*(self.connect(n) for n in numbers))
        refused = [phone.status for phone in self.phones if phone.status != HTTPStatus.SWITCHING_PROTOCOLS]
        if refused:
            raise RuntimeError(f"{len(refused)} sockets were refused: {refused[0]}")

    async def connect(self, number: int) -> Phone:
        phone = Phone(self, number, self.path(number), self.cookies[number])
        self.phones.append(phone)
        await self.loop.create_connection(lambda: phone, "127.0.0.1", self.port)
        await phone.opened
        return phone

    def expect(self) -> None:
        """Start to count the phones that receive the next change."""
        self.first, self.bytes, self.awaited = 0.0, 0, len(self.phones)
        self.everyone.clear()

    async def all_received(self, seconds: float = 30) -> None:
        await asyncio.wait_for(self.everyone.wait(), seconds)

    def leave(self) -> None:
        for phone in self.phones:
            if phone.transport:
                phone.transport.abort()
        self.phones.clear()


@dataclass
class Answer:
    status: int
    headers: str
    body: bytes

    @property
    def text(self) -> bytes:
        """The decompressed body."""
        return gzip.decompress(self.body) if "content-encoding: gzip" in self.headers.lower() else self.body

    @property
    def cookies(self) -> dict[str, str]:
        return dict(re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r]*)", self.headers))

    @property
    def location(self) -> str:
        match = re.search(r"(?im)^location: (\S+)", self.headers)
        return match[1] if match else ""


class Browser(asyncio.Protocol):
    """One kept-alive HTTP connection, for one request after another."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.buffer = b""
        self.answer: asyncio.Future[Answer] | None = None
        self.body_length = -1
        self.head = b""

    @classmethod
    async def open(cls, port: int) -> "Browser":
        _transport, browser = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return browser

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_exception(ConnectionResetError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.head:
            head, separator, body = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            self.head, self.buffer = head, body
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            chunked = b"transfer-encoding: chunked" in head.lower()
            self.body_length = int(length[1]) if length else -1 if chunked else 0
        if self.body_length >= 0 and len(self.buffer) >= self.body_length:
            self._finish(self.buffer[: self.body_length])
        elif self.body_length < 0 and self.buffer.endswith(b"0\r\n\r\n"):
            self._finish(b"".join(_chunks(self.buffer)))

    def _finish(self, body: bytes) -> None:
        head, self.head, self.buffer = self.head.decode("latin-1"), b"", b""
        if self.answer and not self.answer.done():
            self.answer.set_result(Answer(int(head[9:12]), head, body))

    def send(
        self, method: str, path: str, cookie: str = "", form: dict[str, str] | None = None
    ) -> "asyncio.Future[Answer]":
        body = urlencode({**CSRF_FIELD, **form}) if form is not None else ""
        return self.send_raw(method, path, cookie, body.encode(), "application/x-www-form-urlencoded")

    def send_raw(
        self, method: str, path: str, cookie: str, body: bytes, kind: str = "text/plain"
    ) -> "asyncio.Future[Answer]":
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: fr\r\nAccept-Encoding: gzip\r\n"
        head += f"Cookie: {'; '.join(filter(None, (CSRF, cookie)))}\r\n"
        if method == "POST":
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(f"{head}\r\n".encode() + body)
        return self.answer

    def close(self) -> None:
        self.transport.close()


def _chunks(body: bytes) -> Iterable[bytes]:
    while body:
        size, _line, body = body.partition(b"\r\n")
        length = int(size, 16)
        yield body[:length]
        body = body[length + 2 :]
