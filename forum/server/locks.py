"""Locks: one server per data directory or database, one process at a time that prepares it."""

import contextlib
import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from forum.server.errors import CannotStart
from forum.server.startup import log


def lock_data_directory(directory: Path) -> IO[str]:
    """Be the only one who serves these data for as long as the returned file is open.

    Without Redis the phones of one process do not hear the changes made in another; with it, any number may serve.
    """
    lock = (directory / "serving").open("a+")
    if settings.REDIS_URL:
        return lock
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise CannotStart(_("The app already runs with these data: {path}").format(path=directory)) from error
    return lock


OUR_LOCKS = 4_677_117
"""Any number, as long as nothing else takes advisory locks of this class in our database."""
SERVES, PREPARES = 1, 2
LOOK_AGAIN_SECONDS = 5.0


@contextlib.contextmanager
def lock_database() -> Iterator[None]:
    """Be the only web process on this PostgreSQL, unless Redis takes the bell to the others.

    The lock is that of a connection: PostgreSQL gives it back when this process ends, however it ends. When
    PostgreSQL itself was away it is taken anew.
    """
    if not settings.DATABASE_URL or settings.REDIS_URL:
        yield
        return
    ours = _session()
    if not _take(ours, "pg_try_advisory_lock", SERVES):
        ours.close()
        text = _(
            "Another web process serves this database. Without Redis neither would hear of the other’s changes: "
            "stop it, or give both the same REDIS_URL."
        )
        raise CannotStart(text)
    ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(ours, ended), name="database-lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _session() -> Any:
    """A connection to PostgreSQL beside the pool: locks are those of one connection, and end with it."""
    import psycopg

    try:
        return psycopg.connect(**connection.get_connection_params(), autocommit=True)
    except psycopg.Error as error:
        raise CannotStart(_("The database does not answer: {reason}").format(reason=str(error).strip())) from error


def _take(ours: Any, how: str, lock: int) -> bool:
    return bool(ours.execute(f"SELECT {how}(%s, %s)", [OUR_LOCKS, lock]).fetchone()[0])


def _keep(ours: Any, ended: threading.Event) -> None:
    while not ended.wait(LOOK_AGAIN_SECONDS):
        try:
            ours.execute("SELECT 1")
        except Exception:
            ours.close()
            with contextlib.suppress(Exception):  # still away
                ours = _session()
                if not _take(ours, "pg_try_advisory_lock", SERVES):
                    log.error("another web process serves this database, without Redis: neither hears of the other")
    ours.close()


@contextlib.contextmanager
def preparing() -> Iterator[None]:
    """One process at a time changes the tables and builds the static files; others that start wait for it."""
    with (settings.DATA_DIR / "preparing").open("a") as here, contextlib.ExitStack() as locks:
        fcntl.flock(here, fcntl.LOCK_EX)
        if settings.DATABASE_URL:
            ours = _session()
            locks.callback(ours.close)
            _take(ours, "pg_advisory_lock", PREPARES)
        yield
