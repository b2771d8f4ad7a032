"""Write files as a whole, and reserve a part of the disk for texts: files may not take the last RESERVED_BYTES."""

import contextlib
import errno
import os
import shutil
import tempfile
import time
from pathlib import Path

RESERVED_BYTES = 200 * 1024 * 1024
BALLAST_FILE, BALLAST_BYTES = "ballast", 16 * 1024 * 1024
"""A file without content in the data directory: erasing needs room in the database too, as much as its log takes."""
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


def write_file(path: Path, content: bytes, *, is_text: bool = False, mode: int = 0o644) -> None:
    """Write a file as a whole, also when several write it at once: nobody reads half of it, not even after a power cut.

    When it returns, the file survives a power cut, and so do the directories made for it. Raises OSError, also when the
    disk has only the room that is reserved for texts, unless the file `is_text`.
    """
    if not is_text:
        check_space(len(content), path.parent)
    make_directory(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=UNFINISHED)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        unfinished.chmod(mode)
        put_in_place(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def put_in_place(unfinished: Path, path: Path) -> None:
    """Give a file that is written its name, in the same directory. After a power cut the old file is there, or it."""
    sync(unfinished)
    unfinished.replace(path)
    sync(path.parent)


def make_directory(path: Path, mode: int = 0o777) -> None:
    """Make a directory, and those above it, that survive a power cut. No-op if it exists."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(mode, exist_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until the disk has the content of a file or, of a directory, the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a directory on a network drive that knows no such order
            raise
    finally:
        os.close(descriptor)


def sync_all(directory: Path) -> None:
    """Wait until the disk has all files below a directory, and their names."""
    for path in (directory, *directory.rglob("*")):
        sync(path)


def delete_unfinished(directory: Path) -> None:
    """Delete what `write_file` left in a directory, or below, when its process was killed."""
    for path in directory.rglob(f"*{UNFINISHED}"):
        with contextlib.suppress(FileNotFoundError):  # just finished
            if path.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                path.unlink()


def keep_ballast(directory: Path) -> None:
    """Occupy BALLAST_BYTES, to be given up when nothing else is left. No-op on a disk without room for files."""
    path = directory / BALLAST_FILE
    if path.exists() or free_bytes_for_files(directory) < BALLAST_BYTES:
        return
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)


def drop_ballast(directory: Path) -> bool:
    """Give the ballast up, so that something can be erased on a full disk. Return whether there was one."""
    try:
        (directory / BALLAST_FILE).unlink()
    except FileNotFoundError:
        return False
    return True


def is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
