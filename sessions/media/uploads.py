"""Files that phones send piece by piece: what has arrived stays, so that a cut costs one piece and not the photo."""

import contextlib
import fcntl
import re
import time
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from forum.models import Actor, Forum
from forum.server import disk
from sessions.media.images import MOST_BYTES

ID = re.compile(r"[0-9a-f]{16,64}")
"""What a browser may call its upload."""
PIECE = 128 * 1024
"""Bytes that a browser sends at once."""
UNFINISHED = 24
"""How many one sender may have on their way: a sender who begins more stands in nobody else's way."""
EXPIRY = 3600
"""Seconds without another piece after which an upload is forgotten."""


class Elsewhere(Exception):
    """This piece does not continue what has arrived."""


class TooMuch(Exception):
    """More than one photo may weigh."""


class TooManyUnfinished(Exception):
    """This sender has begun many uploads and finished none of them."""


class DiskFull(Exception):
    """What is left of the disk is for texts."""


class Upload:
    """One file on its way, known to nobody but its sender."""

    def __init__(self, forum: Forum, by: Actor, name: str) -> None:
        sender = by.device.token_fingerprint if by.device else f"facilitator {by.facilitator and by.facilitator.pk}"
        self.key = _hashed(f"{forum.pk} {sender} {name}")
        self._sender = _hashed(f"{forum.pk} {sender}")
        self.path = Path(settings.MEDIA_ROOT) / "uploads" / str(forum.pk) / f"{self._sender}-{self.key}.part"

    @property
    def offset(self) -> int:
        """How many bytes have arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, offset: int, piece: bytes) -> None:
        """Keep the next piece, which begins at `offset`. Raises Elsewhere, TooMuch, TooManyUnfinished or DiskFull."""
        if offset + len(piece) > MOST_BYTES:
            raise TooMuch
        try:
            if not self.path.exists():
                self._begin()
            disk.check_space(len(piece), self.path.parent)
            with self.path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # a piece sent again while the first of them still arrives
                if file.tell() != offset:
                    raise Elsewhere
                file.write(piece)
        except OSError as error:
            raise DiskFull from error

    def _begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        forget_old(self.path.parent)
        if len(list(self.path.parent.glob(f"{self._sender}-*.part"))) >= UNFINISHED:
            raise TooManyUnfinished

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def _hashed(text: str) -> str:
    return salted_hmac("upload", text, algorithm="sha256").hexdigest()[:32]


def forget_old(folder: Path) -> None:
    """Forget the uploads of a forum that were never finished."""
    for path in folder.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):  # it has just become a photo
            if path.stat().st_mtime < time.time() - EXPIRY:
                path.unlink()
