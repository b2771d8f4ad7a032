"""Copy the SQLite database before each update, and keep the last copies."""

import contextlib
import sqlite3
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from forum.server import disk
from forum.server.errors import CannotStart

MAX_BACKUPS = 10
UNFINISHED = ".part"


def backups_directory() -> Path:
    return settings.DATA_DIR / "backups"


def back_up() -> Path | None:
    """Copy the database, and delete all but the last MAX_BACKUPS copies. Return the path of the copy.

    Return None on PostgreSQL, and when there is no table yet. Raises CannotStart when the copy fails.
    """
    database = Path(settings.DATABASES["default"]["NAME"])
    if settings.DATABASE_URL or not database.exists() or not connection.introspection.table_names():
        return None
    directory = backups_directory()
    copy = directory / f"forum-{timezone.now():%Y%m%d-%H%M%S-%f}.sqlite3"
    try:
        disk.make_directory(directory, 0o700)
        for unfinished in directory.glob(f"*{UNFINISHED}"):  # of a process that was killed: one at a time copies
            unfinished.unlink()
        disk.check_space(database.stat().st_size, directory)
        _copy_database(database, copy)
    except (OSError, sqlite3.Error) as error:
        text = _("The database could not be copied to {path} before its update: {reason}")
        raise CannotStart(text.format(path=directory, reason=getattr(error, "strerror", "") or error)) from error
    for old in sorted(directory.glob("forum-*.sqlite3"))[:-MAX_BACKUPS]:
        old.unlink()
    return copy


def _copy_database(database: Path, copy: Path) -> None:
    """Copy with SQLite's backup API, which is consistent while others write, and rename once the copy is whole."""
    unfinished = copy.with_suffix(UNFINISHED)
    unfinished.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(unfinished)) as to:
        source.backup(to)
        to.execute("PRAGMA journal_mode=DELETE")
    disk.put_in_place(unfinished, copy)
