"""One process for everything: pages as WSGI in a small bounded pool, sockets through the hubs.

Django's own ASGI handler starts a thread and a database connection per request and falls to a fifth of this
when a whole room scans the QR code at once.
"""

import asyncio
import contextlib
import contextvars
import os
import re
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from io import UnsupportedOperation
from typing import Any, BinaryIO
from wsgiref.util import FileWrapper

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum.settings")

from a2wsgi.wsgi import build_environ
from django.core.wsgi import get_wsgi_application
from django.db import Error
from django.http import parse_cookie

pages = get_wsgi_application()

from forum import bell, live  # noqa: E402 once Django is ready
from forum.access import FACILITATOR_COOKIE, facilitator_of  # noqa: E402 once Django is ready
from forum.body import IN_MEMORY, LONGEST_FILES, LONGEST_TEXT, Body, Gone, Refused  # noqa: E402 once Django is ready
from forum.consumers import SOCKETS, follow, greet  # noqa: E402 once Django is ready
from forum.models.secrets import fingerprint  # noqa: E402 once Django is ready

POOL = 2
"""Threads for pages; more of them only fight for the interpreter."""
DESK = 2
"""Threads for the facilitators' pages, so that they never wait behind a hall that walks in; idle most of the time."""
FILES = 2
"""Threads for files that people send: images are drawn in them, and wait there for their turn."""
TAKE_FILES = re.compile(
    r"/\w{7}/(?:topics/\d+/(?:report/photos|sheet)/(?:upload/\w+/)?|desk/sheets/|desk/people/import/"
    r"|book/imprint/logos/)"
)
"""The addresses to which files are sent."""
CHUNK = 64 * 1024


async def _lifespan(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            bell.hang(asyncio.get_running_loop())
            await send({"type": "lifespan.startup.complete"})
        else:
            live.stop()
            for socket in SOCKETS:
                socket.stop()
            bell.hang(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


_pool = ThreadPoolExecutor(max_workers=POOL, thread_name_prefix="pages")
_desk = ThreadPoolExecutor(max_workers=DESK, thread_name_prefix="desk")
_files = ThreadPoolExecutor(max_workers=FILES, thread_name_prefix="files")


class Chairs:
    """The facilitators' keys that were seen lately, as fingerprints: a cookie that somebody made up opens no queue."""

    MOST = 500
    SECONDS = 60.0
    """How long a key counts before it is looked up again."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def knows(self, key: str) -> bool:
        return bool(key) and fingerprint(key) in self._seen

    def look(self, key: str) -> None:
        """Remember this key if it is a facilitator's, and forget it if it no longer is. Reads the database."""
        if not key or time.monotonic() < self._seen.get(fingerprint(key), 0.0):
            return
        with contextlib.suppress(Error):  # the database is away: the next answer looks again
            if facilitator_of({FACILITATOR_COOKIE: key}) is None:
                self._seen.pop(fingerprint(key), None)
                return
            if len(self._seen) >= self.MOST:
                self._seen.clear()
            self._seen[fingerprint(key)] = time.monotonic() + self.SECONDS


_chairs = Chairs()


def _key(environ: Any) -> str:
    """What this browser says is a facilitator's key."""
    cookies: str = environ.get("HTTP_COOKIE", "")
    return parse_cookie(cookies).get(FACILITATOR_COOKIE, "") if FACILITATOR_COOKIE in cookies else ""


def _takes_files(scope: dict[str, Any]) -> bool:
    return scope["method"] == "POST" and bool(TAKE_FILES.fullmatch(scope["path"]))


def _threads(scope: dict[str, Any], environ: Any) -> ThreadPoolExecutor:
    """Those that answer this request."""
    if _takes_files(scope):
        return _files
    return _desk if _chairs.knows(_key(environ)) else _pool


async def _page(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One page: what the phone sends is taken on the loop, then a thread answers, then the loop sends the answer.

    A phone that stops in the middle, or that reads slowly, must hold no thread; and half a form must never be taken
    for a whole one.
    """
    with Body(LONGEST_FILES if _takes_files(scope) else LONGEST_TEXT) as body:
        try:
            if scope["method"] not in ("GET", "HEAD"):
                await body.arrive(receive)
        except Gone:
            return
        except Refused as refused:
            headers = [(b"connection", b"close"), (b"retry-after", b"10"), (b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": refused.status, "headers": headers})
            await send({"type": "http.response.body", "body": refused.page})
            return
        loop = asyncio.get_running_loop()
        environ = build_environ(scope, body.file)  # type: ignore[arg-type]  # a file reads as its own body does
        answer = Answer(environ, lambda event: asyncio.run_coroutine_threadsafe(send(event), loop))
        await loop.run_in_executor(_threads(scope, environ), contextvars.copy_context().run, answer.make)
    await answer.finish(receive, send)


class Answer:
    """What the pages answer, as the web server takes it: one hand-over for nearly all of them, a file in pieces."""

    def __init__(self, environ: Any, send: Callable[[dict[str, Any]], "Future[None]"]) -> None:
        self._environ, self._send = environ, send
        self._start: dict[str, Any] | None = None
        self._held: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None
        """What follows what is held."""

    def make(self) -> None:
        """Call the pages. Runs in a thread, which waits for the phone only when the answer is long."""
        chunks: Any = pages(self._environ | {"wsgi.file_wrapper": FileWrapper}, self._begin)
        try:
            self._file = _kept_open(chunks)
            for chunk in () if self._file else chunks:
                self._held.append(chunk)
                self._size += len(chunk)
                if self._size > IN_MEMORY:
                    for event in self._events(more=True):
                        self._send(event).result()
            _chairs.look(_key(self._environ))  # before the end: this thread then gives its database back
        finally:
            chunks.close()

    def _begin(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        self._start = {
            "type": "http.response.start",
            "status": int(status.split(" ", 1)[0]),
            "headers": [
                (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers
            ],
        }
        return self._held.append

    def _events(self, more: bool) -> list[dict[str, Any]]:
        events = [self._start] if self._start else []
        self._start = None
        events.append({"type": "http.response.body", "body": b"".join(self._held), "more_body": more})
        self._held, self._size = [], 0
        return events

    async def finish(self, receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Send what was not sent while it was made. A file is read from the loop: slow phones hold no thread."""
        if self._file:
            gone = asyncio.ensure_future(_until_gone(receive))
            try:
                with self._file as file:
                    while self._has_body and not gone.done() and (chunk := await asyncio.to_thread(file.read, CHUNK)):
                        self._held.append(chunk)
                        for event in self._events(more=True):
                            await send(event)
            finally:
                gone.cancel()
        for event in self._events(more=False):
            await send(event)

    @property
    def _has_body(self) -> bool:
        return bool(self._environ["REQUEST_METHOD"] != "HEAD")


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _kept_open(chunks: Any) -> BinaryIO | None:
    """The file that these pages answer with, which then outlives them; None if they answer with anything else.

    The open file itself, and not its name: a name would have to pass through a header, in whose letters not every
    name can be written. A file of one piece is sent as a page is.
    """
    if not isinstance(chunks, FileWrapper):
        return None
    try:
        number = chunks.filelike.fileno()
    except UnsupportedOperation:  # a part of a file
        return None
    return os.fdopen(os.dup(number), "rb") if os.fstat(number).st_size > CHUNK else None


_live = re.compile(r"/(\w{7})/live/")
_hello = re.compile(r"/\w{7}/hello/live/")


def _answer_of_others(path: str) -> Callable[..., Awaitable[None]] | None:
    """What answers this socket in another app."""
    matches = ((socket, socket.path.fullmatch(path)) for socket in SOCKETS)
    return next((partial(socket.answer, *found.groups()) for socket, found in matches if found), None)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _page(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(scope, receive, send)
    elif found := _live.fullmatch(scope["path"]):
        await follow(scope, receive, send, found[1])
    elif _hello.fullmatch(scope["path"]):
        await greet(scope, receive, send)
    elif answer := _answer_of_others(scope["path"]):
        await answer(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})
