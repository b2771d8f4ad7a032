"""Answer an ASGI request by the WSGI application, in a thread of a bounded pool.

Django's own ASGI handler starts a thread and a database connection per request and falls to a fifth of this
when a whole room scans the QR code at once.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from io import UnsupportedOperation
from typing import Any, BinaryIO
from wsgiref.util import FileWrapper

from forum.web.request_body import IN_MEMORY

CHUNK = 64 * 1024


class WsgiResponse:
    """The response of a WSGI application as ASGI events: one for a page, pieces for a file or a long page."""

    def __init__(
        self,
        application: Any,
        environ: Any,
        send: Callable[[dict[str, Any]], "Future[None]"],
        *,
        before_close: Callable[[], None],
    ) -> None:
        """`send` may be called from any thread. `before_close` runs while this thread still holds its database."""
        self._application, self._environ, self._send = application, environ, send
        self._before_close = before_close
        self._start: dict[str, Any] | None = None
        self._held: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None
        """What follows what is held."""

    def make(self) -> None:
        """Call the application. Runs in a thread, which waits for the phone only when the response is long."""
        chunks: Any = self._application(self._environ | {"wsgi.file_wrapper": FileWrapper}, self._begin)
        try:
            self._file = _kept_open(chunks)
            for chunk in () if self._file else chunks:
                self._held.append(chunk)
                self._size += len(chunk)
                if self._size > IN_MEMORY:
                    for event in self._events(more=True):
                        self._send(event).result()
            self._before_close()
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
        """Send what `make` has not sent. A file is read from the loop: a slow phone holds no thread."""
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
    """Return a duplicate of the file that is the response; None for any other response.

    The open file and not its name: a header cannot hold every name. A file of one chunk is sent as a page is.
    """
    if not isinstance(chunks, FileWrapper):
        return None
    try:
        number = chunks.filelike.fileno()
    except UnsupportedOperation:  # a part of a file
        return None
    return os.fdopen(os.dup(number), "rb") if os.fstat(number).st_size > CHUNK else None
