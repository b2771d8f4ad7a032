"""Locks on the data: one web process at a time serves them without Redis, and one at a time prepares them."""

import contextlib
import errno
import fcntl
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from forum.server.errors import CannotStart
from forum.server.served_address import SERVING_FILE

log = logging.getLogger(__name__)

LOCK_CLASS = 4_677_117
"""First key of our advisory locks in PostgreSQL. Any number, as long as nothing else in this database uses it."""
SERVING, PREPARING = 1, 2
"""Second keys."""
CHECK_SECONDS = 5.0
"""Time between two checks of the connection that holds the lock."""


def lock_data_directory(directory: Path) -> IO[str]:
    """Lock the data directory until the returned file is closed. With Redis, return the file without a lock.

    Without Redis, the phones of one process do not hear of the changes made in another. Raises CannotStart.
    """
    file = (directory / SERVING_FILE).open("a+")
    if settings.REDIS_URL:
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise CannotStart(_("The app already runs with these data: {path}").format(path=directory)) from error
    return file


def is_app_running() -> bool:
    """Say whether a server of this machine holds the lock of the data directory; True with Redis, which needs none."""
    if settings.REDIS_URL:
        return True
    try:
        with (Path(settings.DATA_DIR) / SERVING_FILE).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    return False


@contextlib.contextmanager
def lock_database() -> Iterator[None]:
    """Lock the PostgreSQL database for one web process. Do nothing on SQLite, nor with Redis.

    PostgreSQL releases the lock when the connection ends, however this process ends. After a restart of PostgreSQL
    the lock is taken again. Raises CannotStart.
    """
    if not settings.DATABASE_URL or settings.REDIS_URL:
        yield
        return
    session = _connect()
    if not _try_lock(session, SERVING):
        session.close()
        text = _(
            "Another web process serves this database. Without Redis neither would hear of the other’s changes: "
            "stop it, or give both the same REDIS_URL."
        )
        raise CannotStart(text)
    stopping = threading.Event()
    thread = threading.Thread(target=_hold_lock, args=(session, stopping), name="database-lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _connect() -> Any:
    """Open a psycopg connection outside the pool: an advisory lock belongs to one connection, and ends with it."""
    import psycopg

    try:
        return psycopg.connect(**connection.get_connection_params(), autocommit=True)
    except psycopg.Error as error:
        raise CannotStart(_("The database does not answer: {reason}").format(reason=str(error).strip())) from error


def _try_lock(session: Any, lock: int) -> bool:
    return bool(session.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, lock]).fetchone()[0])


def _hold_lock(session: Any, stopping: threading.Event) -> None:
    """Check the connection every CHECK_SECONDS, and lock again on a new one when it was lost."""
    while not stopping.wait(CHECK_SECONDS):
        try:
            session.execute("SELECT 1")
        except Exception:
            session.close()
            with contextlib.suppress(Exception):  # PostgreSQL is still away
                session = _connect()
                if not _try_lock(session, SERVING):
                    log.error("another web process serves this database, without Redis: neither hears of the other")
    session.close()


@contextlib.contextmanager
def lock_preparation() -> Iterator[None]:
    """Wait until no other process migrates the database or builds the static files, and keep others waiting."""
    with (settings.DATA_DIR / "preparing").open("a") as file, contextlib.ExitStack() as stack:
        fcntl.flock(file, fcntl.LOCK_EX)
        if settings.DATABASE_URL:
            session = stack.enter_context(contextlib.closing(_connect()))
            session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, PREPARING])
        yield
