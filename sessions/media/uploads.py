"""Files that phones send in parts: the parts that have arrived stay, so that a cut costs one part and not the photo."""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from forum.models import Actor, Forum
from forum.server import disk
from sessions.media.images import MAX_BYTES

UPLOAD_ID = re.compile(r"[0-9a-f]{16,64}")
"""The name that a browser gives to an upload."""
MAX_UNFINISHED = 8
"""Unfinished uploads of one sender, who sends one after the other."""
MAX_UNFINISHED_BYTES = 1024 * 1024 * 1024
"""Of all unfinished uploads of a forum."""
EXPIRY_SECONDS = 3600
"""Time without another part after which an upload is deleted."""


class WrongOffset(Exception):
    """The part does not begin where the upload ends."""


class FileTooLarge(Exception):
    """The file is larger than MAX_BYTES, or than announced."""


class TooManyUnfinishedUploads(Exception):
    """The sender has begun MAX_UNFINISHED uploads and finished none of them, or all take MAX_UNFINISHED_BYTES."""


class UploadNotStored(Exception):
    """The part cannot be written, since the disk is full."""


class PartialUpload:
    """A file that is arriving. Its path depends on a secret of its sender, so nobody else can continue or read it."""

    def __init__(self, forum: Forum, by: Actor, name: str) -> None:
        sender = by.device.token_fingerprint if by.device else f"facilitator {by.facilitator and by.facilitator.pk}"
        self.key = _hash(f"{forum.pk} {sender} {name}")
        self._sender = _hash(f"{forum.pk} {sender}")
        self.path = Path(settings.MEDIA_ROOT) / "uploads" / str(forum.pk) / f"{self._sender}-{self.key}.part"

    @property
    def offset(self) -> int:
        """Number of bytes that have arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, offset: int, part: bytes) -> None:
        """Write the part that begins at `offset`.

        Raises WrongOffset, FileTooLarge, TooManyUnfinishedUploads or UploadNotStored.
        """
        if offset + len(part) > MAX_BYTES:
            raise FileTooLarge
        try:
            if not self.path.exists():
                self._begin()
            disk.check_space(len(part), self.path.parent)
            with self.path.open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # the same part may be sent again while it is written
                if file.tell() != offset:
                    raise WrongOffset
                file.write(part)
                file.flush()
                os.fsync(file.fileno())  # the phone goes on from here, also after a power cut
        except OSError as error:
            raise UploadNotStored from error

    def _begin(self) -> None:
        disk.make_directory(self.path.parent)
        delete_expired(self.path.parent)
        sizes = dict(_sizes(self.path.parent))
        if sum(name.startswith(self._sender) for name in sizes) >= MAX_UNFINISHED:
            raise TooManyUnfinishedUploads
        if sum(sizes.values()) >= MAX_UNFINISHED_BYTES:
            raise TooManyUnfinishedUploads

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)


def _sizes(directory: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the bytes of each unfinished upload of a forum."""
    for path in directory.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):  # just finished
            yield path.name, path.stat().st_size


def _hash(text: str) -> str:
    return salted_hmac("upload", text, algorithm="sha256").hexdigest()[:32]


def delete_expired(directory: Path) -> None:
    """Delete the expired uploads of a forum."""
    for path in directory.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):  # just finished
            if path.stat().st_mtime < time.time() - EXPIRY_SECONDS:
                path.unlink()
