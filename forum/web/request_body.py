"""Receive request bodies on the event loop, within limits of size, of time, and of all bodies together.

On a laptop no proxy stands in front of the app: a large or slow request must neither fill the disk nor keep others out.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from forum.server import disk
from forum.server.web_server import HttpConnection

MEMORY_BYTES = 1024 * 1024
"""Bytes of one body that are kept in memory. A longer one is written to the disk."""
MAX_TEXT_BYTES, MAX_FILES_BYTES = MEMORY_BYTES, 64 * 1024 * 1024
"""Bytes of one body, for forms of text and for forms that take files. A longer one is refused."""
FREE_BYTES, SHARED_BYTES = 128 * 1024, 256 * 1024 * 1024
"""Bytes that each body may have whatever the others do (a text, a part of a photo); bytes of all beyond those."""
TIMEOUT_SECONDS = 120
"""Time in which a text must arrive, or one more megabyte of files."""


class ClientDisconnected(Exception):
    """The client closed the connection before the whole body had arrived."""


MESSAGES = {
    413: (
        "C’est trop pour un seul envoi\N{NO-BREAK SPACE}: envoyez moins d’images à la fois.",
        "This is too much at once: send fewer pictures at a time.",
    ),
    507: (
        "Le disque de l’ordinateur du forum est plein. Les textes, eux, sont toujours enregistrés.",
        "The disk of the computer that runs the forum is full. Texts are still saved.",
    ),
    503: (
        "Beaucoup de fichiers arrivent en ce moment. Attendez un peu, puis revenez en arrière et renvoyez.",
        "Many files are arriving: wait a little, then go back and send again.",
    ),
}
"""By status, in both languages: the request, which would tell the language, was not read."""


class BodyRefused(Exception):
    """The body is too long (413), or the app can take no more at the moment (503, 507)."""

    def __init__(self, status: int) -> None:
        self.status = status

    @property
    def page(self) -> bytes:
        french, english = MESSAGES[self.status]
        head = '<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=320">'
        return f'{head}<title>{self.status}</title><p>{french}<p lang="en">{english}'.encode()


class RequestBody:
    """The body of one request, to be closed with its response. While it arrives, only the event loop uses it."""

    shared_bytes = 0
    """Bytes of all bodies together, without the FREE_BYTES of each."""
    on_disk = 0
    """Number of bodies that have a file open."""

    def __init__(self, max_size: int) -> None:
        self.file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 closed with the body
        self._max_size, self._size = max_size, 0
        self._is_on_disk = False

    def __enter__(self) -> "RequestBody":
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()
        RequestBody.shared_bytes -= max(0, self._size - FREE_BYTES)
        RequestBody.on_disk -= self._is_on_disk

    async def receive(self, receive: Any) -> None:
        """Write all events of an ASGI `receive` to the file. Raises ClientDisconnected or BodyRefused."""
        try:
            while await self._receive_megabyte(receive):
                pass
        except TimeoutError:
            raise BodyRefused(503) from None
        self.file.seek(0)

    async def _receive_megabyte(self, receive: Any) -> bool:
        """Receive one more megabyte within TIMEOUT_SECONDS. Return whether there is more."""
        end = self._size + MEMORY_BYTES
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while self._size < end:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise ClientDisconnected
                self._append(event.get("body", b""))
                if not event.get("more_body", False):
                    return False
        return True

    def _append(self, chunk: bytes) -> None:
        before = max(0, self._size - FREE_BYTES)
        self._size += len(chunk)
        RequestBody.shared_bytes += max(0, self._size - FREE_BYTES) - before
        if self._size > self._max_size:
            raise BodyRefused(413)
        if self._size > FREE_BYTES and RequestBody.shared_bytes > SHARED_BYTES:
            raise BodyRefused(503)
        if self._size > MEMORY_BYTES and not self._is_on_disk:
            if RequestBody.on_disk >= HttpConnection.limits.uploads:
                raise BodyRefused(503)
            RequestBody.on_disk += 1
            self._is_on_disk = True
        try:
            if self._is_on_disk:
                disk.check_space(len(chunk), Path(tempfile.gettempdir()))
            self.file.write(chunk)
        except OSError as error:
            raise BodyRefused(507 if disk.is_disk_full(error) else 503) from error
