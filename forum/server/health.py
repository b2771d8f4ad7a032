"""Check that the app can serve: the database has the tables of this code, and a text can be written."""

import logging
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from forum.models import Submission
from forum.server import disk

log = logging.getLogger(__name__)

FRESH_SECONDS = 2.0
"""Age up to which the result of a check is used again."""
TIMEOUT_SECONDS = 2.0
"""Time after which a check that has not ended counts as failed."""
TEXT_BYTES = 16 * 1024
"""Bytes to write: those of a long text."""

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
"""Runs one check at a time, so that the threads of pages never wait for a disk that hangs."""


class Health:
    """The last check, shared by all requests of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._check: Future[str] | None = None
        self._started_at = 0.0

    def problem(self) -> str:
        """Return what keeps the app from serving, without any secret; empty if nothing does."""
        with self._lock:
            if self._check is None or (self._check.done() and time.monotonic() - self._started_at > FRESH_SECONDS):
                self._started_at = time.monotonic()
                self._check = _thread.submit(check)
            running, timeout = self._check, self._started_at + TIMEOUT_SECONDS - time.monotonic()
        try:
            return running.result(max(0.0, timeout))
        except TimeoutError:
            return "writing takes too long"


def check() -> str:
    """Check now; return the problem, or an empty text. Uses a new connection, since an old one may have been cut."""
    try:
        return _check_writing(write_file) or _check_database() or _check_writing(write_row)
    finally:
        connection.close()


def _check_database() -> str:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "the database waits for a migration"
    except Exception as error:
        log.warning("health: %s", str(error).strip())
        return "the database does not answer"
    return ""


def _check_writing(write: Callable[[], None]) -> str:
    try:
        write()
    except (OSError, DatabaseError) as error:
        log.warning("health: %s", str(error).strip())
        return _explain(error)
    return ""


def write_file() -> None:
    """Write a file as long as a text, beside SQLite, and delete it. Raises OSError.

    First: on a full disk SQLite still overwrites old pages of its log, or cannot even be opened.
    """
    if connection.vendor == "sqlite":
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(bytes(4 * TEXT_BYTES))


def write_row() -> None:
    """Write as much as a text, and delete it. Raises DatabaseError.

    A row that is created and deleted in one transaction reaches the disk like any other, and nobody ever sees it.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {round(TIMEOUT_SECONDS * 1000)}")
    path = "x" * (TEXT_BYTES if connection.vendor == "sqlite" else 200)  # SQLite does not limit the length
    with transaction.atomic():
        Submission.objects.create(key=uuid.uuid4().hex, path=path, sender="health").delete()


def _explain(error: Exception) -> str:
    if disk.is_disk_full(error) or "full" in str(error):
        return "nothing can be written: the disk is full"
    if "locked" in str(error):
        return "nothing can be written: the database is locked"
    return "nothing can be written"


HEALTH = Health()
