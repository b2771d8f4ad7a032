"""What a phone sends: taken on the loop, in bounds of size, of time, and of all that is on its way together.

On a laptop nobody stands before the app: whoever sends much, or slowly, must neither fill the disk nor keep others out.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from forum.server import disk
from forum.server.connections import Connection

IN_MEMORY = 1024 * 1024
"""Bytes that a phone sends, and that are kept in memory; of files the rest goes to the disk."""
LONGEST_TEXT, LONGEST_FILES = IN_MEMORY, 64 * 1024 * 1024
"""Bytes that one phone sends at once, where forms take words and where they take files; then it is refused."""
FREE, IN_ALL = 128 * 1024, 256 * 1024 * 1024
"""Bytes that each may send whatever the others do (a text, a piece of a photo), and those beyond, of all together."""
PATIENCE = 120
"""Seconds in which a phone sends the whole of a text, or one more megabyte of its files."""


class Gone(Exception):
    """The phone went away before all of it had arrived."""


REASONS = {
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
"""In both languages, since what was sent was not read."""


class Refused(Exception):
    """What a phone sends is not taken: too long (413), or nothing more can be taken (503, 507)."""

    def __init__(self, status: int) -> None:
        self.status = status

    @property
    def page(self) -> bytes:
        french, english = REASONS[self.status]
        head = '<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=320">'
        return f'{head}<title>{self.status}</title><p>{french}<p lang="en">{english}'.encode()


class Body:
    """What one phone sends, until its page is answered. Only the loop touches it before that."""

    beyond = 0
    """Bytes that all of them hold, the free ones of each apart."""
    on_disk = 0
    """How many of them have a file open, one more beside their connection."""

    def __init__(self, longest: int) -> None:
        self.file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 closed with the body
        self._longest, self._size = longest, 0
        self._is_on_disk = False

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()
        Body.beyond -= max(0, self._size - FREE)
        Body.on_disk -= self._is_on_disk

    async def arrive(self, receive: Any) -> None:
        """Take all of it. Raises Gone or Refused."""
        try:
            while await self._megabyte(receive):
                pass
        except TimeoutError:
            raise Refused(503) from None
        self.file.seek(0)

    async def _megabyte(self, receive: Any) -> bool:
        """Take one more, in time; whether there is more."""
        enough = self._size + IN_MEMORY
        async with asyncio.timeout(PATIENCE):
            while self._size < enough:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise Gone
                self._take(event.get("body", b""))
                if not event.get("more_body", False):
                    return False
        return True

    def _take(self, piece: bytes) -> None:
        before = max(0, self._size - FREE)
        self._size += len(piece)
        Body.beyond += max(0, self._size - FREE) - before
        if self._size > self._longest:
            raise Refused(413)
        if self._size > FREE and Body.beyond > IN_ALL:
            raise Refused(503)
        if self._size > IN_MEMORY and not self._is_on_disk:
            if Body.on_disk >= Connection.room.uploads:
                raise Refused(503)
            Body.on_disk += 1
            self._is_on_disk = True
        try:
            if self._is_on_disk:
                disk.must_hold(len(piece), Path(tempfile.gettempdir()))
            self.file.write(piece)
        except OSError as error:
            raise Refused(507 if disk.is_full(error) else 503) from error
