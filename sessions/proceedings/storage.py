"""Write the files of editions and printed documents."""

import os
import tempfile
from pathlib import Path

from forum.server import disk

WORDS = "words.txt"
"""In the directory of an edition: all of its texts, folded to find names in them, see pseudonyms.py."""


def write_file(path: Path, content: bytes, *, is_text: bool = False) -> None:
    """Write a file as a whole: a download never reads half of it.

    Raises OSError, also when the disk has only the room that is reserved for texts, unless the file `is_text`.
    """
    if not is_text:
        disk.check_space(len(content), path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
