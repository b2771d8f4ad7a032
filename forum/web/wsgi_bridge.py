"""Answer an ASGI request by the WSGI application, in a thread of a bounded pool.

Django's own ASGI handler starts a thread and a database connection per request: when a whole room scans the QR code at
once, it answers a third as many requests a second (docs/decisions/0003-pages-as-wsgi.md).
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from io import UnsupportedOperation
from typing import Any, BinaryIO
from wsgiref.util import FileWrapper

CHUNK_BYTES = 64 * 1024


class WsgiResponse:
    """The response of a WSGI application as ASGI events: one body event for a page, several for a file."""

    def __init__(
        self,
        application: Any,
        environ: Any,
        *,
        before_close: Callable[[], None],
    ) -> None:
        """Prepare a call.

        `before_close` runs in the thread of the application, before Django closes its database connection.
        """
        self._application, self._environ = application, environ
        self._before_close = before_close
        self._start: dict[str, Any] | None = None
        self._buffer: list[bytes] = []
        self._file: BinaryIO | None = None
        """Rest of the body, to send after the buffer."""

    def run(self) -> None:
        """Call the application, in a thread. It never waits for the client: a page is in memory already."""
        chunks: Any = self._application(self._environ | {"wsgi.file_wrapper": FileWrapper}, self._start_response)
        try:
            self._file = _duplicate_file(chunks)
            for chunk in () if self._file else chunks:
                self._buffer.append(chunk)
            self._before_close()
        finally:
            chunks.close()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        self._start = {
            "type": "http.response.start",
            "status": int(status.split(" ", 1)[0]),
            "headers": [
                (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers
            ],
        }
        return self._buffer.append

    def _events(self, more: bool) -> list[dict[str, Any]]:
        events = [self._start] if self._start else []
        self._start = None
        events.append({"type": "http.response.body", "body": b"".join(self._buffer), "more_body": more})
        self._buffer = []
        return events

    async def finish(self, receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Send what `run` has not sent. Awaits the client between the chunks of a file: a slow one holds no thread."""
        if self._file:
            with self._file as file:
                if self._environ["REQUEST_METHOD"] != "HEAD":
                    await self._send_file(file, receive, send)
        for event in self._events(more=False):
            await send(event)

    async def _send_file(self, file: BinaryIO, receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        disconnected = asyncio.ensure_future(_disconnected(receive))
        try:
            while not disconnected.done() and (chunk := await asyncio.to_thread(file.read, CHUNK_BYTES)):
                self._buffer.append(chunk)
                for event in self._events(more=True):
                    await send(event)
        finally:
            disconnected.cancel()


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _duplicate_file(chunks: Any) -> BinaryIO | None:
    """Return a duplicate of the response's file, since Django closes its own and the path may be gone by then.

    None for any other response, and for a file of one chunk, which is sent as a page is.
    """
    if not isinstance(chunks, FileWrapper):
        return None
    try:
        descriptor = chunks.filelike.fileno()
    except UnsupportedOperation:  # a range of a static file, of which none is long
        return None
    return os.fdopen(os.dup(descriptor), "rb") if os.fstat(descriptor).st_size > CHUNK_BYTES else None
