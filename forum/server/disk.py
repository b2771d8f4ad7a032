"""Reserve a part of the disk for texts: files may not take the last RESERVED_BYTES."""

import errno
import os
import shutil
from pathlib import Path

RESERVED_BYTES = 200 * 1024 * 1024


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


def is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
