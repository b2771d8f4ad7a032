"""Write files as a whole, and reserve a part of the disk for texts: files may not take the last RESERVED_BYTES."""

import contextlib
import errno
import os
import shutil
import tempfile
import time
from pathlib import Path

RESERVED_BYTES = 200 * 1024 * 1024
UNFINISHED = ".tmp"
"""Ends the name of a file that is being written."""
UNFINISHED_SECONDS = 3600
"""Age from which nobody writes such a file any more."""


class DiskFull(OSError):
    """Writing the file would leave less than RESERVED_BYTES."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))


def free_bytes(directory: Path) -> int:
    """Return the free bytes on the disk of this directory, which need not exist yet. Raises OSError."""
    return shutil.disk_usage(next(path for path in (directory, *directory.parents) if path.exists())).free


def free_bytes_for_files(directory: Path) -> int:
    """Return the bytes that files may still take on the disk of this directory. Raises OSError."""
    return max(0, free_bytes(directory) - RESERVED_BYTES)


def check_space(size: int, directory: Path) -> None:
    """Raise DiskFull unless a file of `size` bytes fits on the disk of this directory."""
    if size >= free_bytes_for_files(directory):
        raise DiskFull


def write_file(path: Path, content: bytes, *, is_text: bool = False) -> None:
    """Write a file as a whole, also when several write it at once: nobody reads half of it, not even after a power cut.

    Raises OSError, also when the disk has only the room that is reserved for texts, unless the file `is_text`.
    """
    if not is_text:
        check_space(len(content), path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=UNFINISHED)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def delete_unfinished(directory: Path) -> None:
    """Delete what `write_file` left in a directory, or below, when its process was killed."""
    for path in directory.rglob(f"*{UNFINISHED}"):
        with contextlib.suppress(FileNotFoundError):  # just finished
            if path.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                path.unlink()


def is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
