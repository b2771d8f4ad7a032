"""Receive request bodies on the event loop, within limits of size, of time, and of all bodies together.

On a laptop no proxy stands in front of the app: a large or slow request must neither fill the disk nor keep others out.
"""

import asyncio
import tempfile
from enum import Enum
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


class Refusal(Enum):
    """Why a request is refused before it is answered: its status, and the reason in both languages.

    The request, which would tell the language, was not read.
    """

    TOO_LONG = (
        413,
        "C’est trop pour un seul envoi\N{NO-BREAK SPACE}: envoyez moins d’images à la fois.",
        "This is too much at once: send fewer pictures at a time.",
    )
    DISK_FULL = (
        507,
        "Le disque de l’ordinateur du forum est plein. Les textes, eux, sont toujours enregistrés.",
        "The disk of the computer that runs the forum is full. Texts are still saved.",
    )
    TOO_MANY_FILES = (
        503,
        "Beaucoup de fichiers arrivent en ce moment. Attendez un peu, puis revenez en arrière et renvoyez.",
        "Many files are arriving: wait a little, then go back and send again.",
    )
    WAITED_TOO_LONG = (
        503,
        "Rien ne peut être enregistré en ce moment. Attendez, revenez en arrière et renvoyez. Rien n’est perdu.",
        "Nothing can be saved at the moment: wait a little, then go back and send again. Nothing is lost.",
    )


class RequestRefused(Exception):
    """The request is too long, or the app can take no more at the moment."""

    def __init__(self, refusal: Refusal) -> None:
        self.status, self._french, self._english = refusal.value

    @property
    def page(self) -> bytes:
        head = '<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=320">'
        return f'{head}<title>{self.status}</title><p>{self._french}<p lang="en">{self._english}'.encode()


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
        """Write all events of an ASGI `receive` to the file. Raises ClientDisconnected or RequestRefused."""
        try:
            while await self._receive_megabyte(receive):
                pass
        except TimeoutError:
            raise RequestRefused(Refusal.TOO_MANY_FILES) from None
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
            raise RequestRefused(Refusal.TOO_LONG)
        if self._size > FREE_BYTES and RequestBody.shared_bytes > SHARED_BYTES:
            raise RequestRefused(Refusal.TOO_MANY_FILES)
        if self._size > MEMORY_BYTES and not self._is_on_disk:
            if RequestBody.on_disk >= HttpConnection.limits.uploads:
                raise RequestRefused(Refusal.TOO_MANY_FILES)
            RequestBody.on_disk += 1
            self._is_on_disk = True
        try:
            if self._is_on_disk:
                disk.check_space(len(chunk), Path(tempfile.gettempdir()))
            self.file.write(chunk)
        except OSError as error:
            raise RequestRefused(Refusal.DISK_FULL if disk.is_disk_full(error) else Refusal.TOO_MANY_FILES) from error
