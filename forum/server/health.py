"""Can the app serve? Its database has the tables of this code, and something can really be written."""

import logging
import tempfile
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from forum.models import Submission
from forum.server import disk

log = logging.getLogger(__name__)

FRESH_SECONDS = 2.0
"""How long an answer counts: whoever asks every second has every other one looked up."""
PATIENCE_SECONDS = 2.0
"""After so long without an end, nothing can be written."""
TEXT = 16 * 1024
"""Bytes that must find room: those of a long text."""

_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
"""One look at a time, beside the threads of pages, which must not wait for a disk that hangs."""


class Health:
    """What was found when somebody last looked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look: Future[str] | None = None
        self._began = 0.0

    def problem(self) -> str:
        """What keeps the app from serving, without a secret; empty when nothing does."""
        with self._lock:
            if self._look is None or (self._look.done() and time.monotonic() - self._began > FRESH_SECONDS):
                self._began = time.monotonic()
                self._look = _writer.submit(look)
            asked, left = self._look, self._began + PATIENCE_SECONDS - time.monotonic()
        try:
            return asked.result(max(0.0, left))
        except TimeoutError:
            return "writing takes too long"


def look() -> str:
    """As `problem`. On a connection of its own each time: one that was cut is never used again."""
    try:
        return _look()
    finally:
        connection.close()


def _look() -> str:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "the database waits for a migration"
    except Exception as error:
        log.warning("health: %s", str(error).strip())
        return "the database does not answer"
    try:
        write()
    except (OSError, DatabaseError) as error:
        log.warning("health: %s", str(error).strip())
        return _why(error)
    return ""


def write() -> None:
    """Keep as much as a text, and take it away again. Raises OSError or DatabaseError.

    A row that is written and erased at once is kept on the disk like any other, and nobody ever sees it. SQLite writes
    over what lies in its log, even on a full disk: there, a file shows whether there is room.
    """
    if connection.vendor == "sqlite":
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(bytes(4 * TEXT))
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {round(PATIENCE_SECONDS * 1000)}")
    path = "x" * (TEXT if connection.vendor == "sqlite" else 200)  # which limits no length
    with transaction.atomic():
        Submission.objects.create(key=uuid.uuid4().hex, path=path, sender="health").delete()


def _why(error: Exception) -> str:
    if disk.is_full(error) or "full" in str(error):
        return "nothing can be written: the disk is full"
    if "locked" in str(error):
        return "nothing can be written: the database is locked"
    return "nothing can be written"


HEALTH = Health()
