"""Check the data directory and the temporary directory before the app starts."""

import errno
import os
import tempfile
from pathlib import Path

from django.utils.translation import gettext as _

from forum.server import disk
from forum.server.errors import CannotStart


def check_data_directory(directory: Path) -> None:
    """Make the directory if it is missing. Raises CannotStart if it, or a file of the app in it, cannot be written."""
    path = directory
    try:
        disk.make_directory(directory)
        with tempfile.TemporaryFile(dir=directory):
            pass
        for name in ("forum.sqlite3", "forum.sqlite3-wal", "secret.key"):
            path = directory / name
            if path.exists() and not os.access(path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        text = _("The data directory cannot be written: {path} ({reason}). Choose another one, for example: {example}")
        example = "make run DATA=~/forum"
        raise CannotStart(text.format(path=path, reason=error.strerror, example=example)) from error


def check_temporary_directory() -> None:
    """Raise CannotStart unless its name is UTF-8: Pango opens no font in any other."""
    directory = tempfile.gettempdir()
    try:
        os.fsencode(directory).decode()
    except UnicodeDecodeError as error:
        text = _("The name of the temporary directory is not UTF-8: {path} Choose another one, for example: {example}")
        raise CannotStart(text.format(path=directory, example="TMPDIR=/tmp make run")) from error
