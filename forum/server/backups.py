"""Copies of the SQLite database, made before each update."""

import contextlib
import sqlite3
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from forum.server import disk
from forum.server.errors import CannotStart

BACKUPS_KEPT = 10


def backups_directory() -> Path:
    return settings.DATA_DIR / "backups"


def back_up() -> Path | None:
    """Copy the SQLite database as it is now, and keep the last copies only; None when there is nothing to copy."""
    database = Path(settings.DATABASES["default"]["NAME"])
    if settings.DATABASE_URL or not database.exists() or not connection.introspection.table_names():
        return None
    directory = backups_directory()
    copy = directory / f"forum-{timezone.now():%Y%m%d-%H%M%S-%f}.sqlite3"
    try:
        directory.mkdir(exist_ok=True, mode=0o700)
        disk.must_hold(database.stat().st_size, directory)
        _copy_database(database, copy)
    except (OSError, sqlite3.Error) as error:
        text = _("The database could not be copied to {path} before its update: {reason}")
        raise CannotStart(text.format(path=directory, reason=getattr(error, "strerror", "") or error)) from error
    for old in sorted(directory.glob("forum-*.sqlite3"))[:-BACKUPS_KEPT]:
        old.unlink()
    return copy


def _copy_database(database: Path, copy: Path) -> None:
    """SQLite's own copy, right while others write; under its name only once it is whole."""
    unfinished = copy.with_suffix(".part")
    unfinished.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(unfinished)) as to:
        source.backup(to)
        to.execute("PRAGMA journal_mode=DELETE")
    unfinished.rename(copy)
