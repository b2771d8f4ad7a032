"""The disk: how much of it files may take, so that texts always find room."""

import errno
import os
import shutil
from pathlib import Path

SPARE = 200 * 1024 * 1024
"""Bytes of the disk that everything but texts leaves to texts."""


class Full(OSError):
    """What is left of the disk is for texts."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))


def free_bytes(place: Path) -> int:
    """What is free on the disk of this directory, which need not exist yet. Raises OSError."""
    return shutil.disk_usage(next(directory for directory in (place, *place.parents) if directory.exists())).free


def room_for_files(place: Path) -> int:
    """Bytes that files may still take on the disk of this directory, which need not exist yet. Raises OSError."""
    return max(0, free_bytes(place) - SPARE)


def must_hold(size: int, place: Path) -> None:
    """See that a file of so many bytes leaves enough to texts. Raises Full."""
    if size >= room_for_files(place):
        raise Full


def is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
