"""`manage.py worker`: build documents in the background. `serve` starts one; a hosted installation runs any number."""

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django_tasks.signals import task_finished, task_started
from django_tasks_db.management.commands import db_worker

from forum.models import Device
from forum.server import disk, service_manager
from forum.server.process_memory import close_memory
from sessions.media import uploads
from sessions.models import Edition, photo
from sessions.printing import kits
from sessions.proceedings import documents_at_work, edition_requests, pdf
from sessions.proceedings.freshness import FreshnessCheck

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
NICENESS = 10
"""Added to the niceness, so that the live board goes first. Not more: the worker locks the database for moments."""
RETRY_SECONDS = 2.0
"""Pause before the worker tries again to reach a database that is away."""
FRESHNESS_SECONDS = 4.0
"""Time between two checks for outdated books."""
DELETION_SECONDS = 3600.0
"""Time between two deletions of what nobody needs any more."""
ALIVE_SECONDS = 2.0
"""Time between two messages to whoever kills this process when it hangs."""
MAX_TASK_SECONDS = 1200.0
"""A task that takes longer hangs. A book of 200 groups takes a minute, its longest attempts ten."""


class Command(db_worker.Command):
    help = "Run the background worker that builds documents (serve starts one by itself)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--parent", type=int, help="end when this process, which started the worker, ends")
        # A short interval, since someone waits for the document.
        parser.set_defaults(interval=0.5, startup_delay=False, reload=False)

    def handle(self, **options: Any) -> None:
        parent = options.pop("parent")
        if parent is not None:
            end_with_parent(parent)
        close_memory()
        must_resume = parent is not None and not settings.DATABASE_URL  # no other worker has the same data
        with contextlib.suppress(AttributeError):  # no niceness on this system
            os.nice(NICENESS)
        service_manager.tell(service_manager.READY)
        threading.Thread(target=tell_alive, args=(TaskWatch(),), daemon=True).start()
        pdf.prepare()
        threading.Thread(target=run_housekeeping, daemon=True).start()
        while True:
            try:
                if must_resume:
                    edition_requests.resume_interrupted()
                    must_resume = False
                return super().handle(**options)
            except SystemExit:
                for number in (signal.SIGTERM, signal.SIGINT):  # a second signal must not interrupt the end
                    signal.signal(number, signal.SIG_IGN)
                raise
            except (OperationalError, InterfaceError) as error:
                log.warning("the worker waits for the database: %s", str(error).strip())
                connections.close_all()
                time.sleep(RETRY_SECONDS)

    def configure_logging(self, verbosity: int) -> None:
        """Log failures only, not that the worker starts and stops."""
        logging.getLogger("django_tasks_db").setLevel(logging.ERROR)


class TaskWatch:
    """Says whether the task that runs takes too long."""

    def __init__(self) -> None:
        self._began_at: float | None = None
        task_started.connect(self._begin)
        task_finished.connect(self._end)

    def _begin(self, **_named: Any) -> None:
        self._began_at = time.monotonic()

    def _end(self, **_named: Any) -> None:
        self._began_at = None

    @property
    def is_too_long(self) -> bool:
        began_at = self._began_at
        return began_at is not None and time.monotonic() - began_at > MAX_TASK_SECONDS


def tell_alive(watch: TaskWatch) -> None:
    """Tell that this process is alive, in a thread of its own, as long as its task does not hang."""
    while not watch.is_too_long:
        service_manager.tell(service_manager.ALIVE)
        time.sleep(ALIVE_SECONDS)


def run_housekeeping() -> None:
    """Give signs of life, request new editions of outdated and stuck books, delete what nobody needs, until the end."""
    freshness = FreshnessCheck()
    deleted_at = -DELETION_SECONDS
    while True:
        time.sleep(FRESHNESS_SECONDS)
        with contextlib.suppress(OSError):  # a full disk: alerts then say that no worker is there
            documents_at_work.give_sign_of_life()
            if not settings.DATABASE_URL:
                disk.keep_ballast(settings.DATA_DIR)
        try:
            edition_requests.resume_stuck()
            freshness.run()
            if time.monotonic() - deleted_at > DELETION_SECONDS:
                deleted_at = time.monotonic()
                delete_unneeded()
        except (OperationalError, InterfaceError) as error:
            log.warning("books are not looked after while the database is away: %s", str(error).strip())
            connections.close_all()
        except Exception:
            log.exception("books are not looked after for a moment")


def delete_unneeded() -> None:
    """Delete what nobody needs any more: files of removed photos, unfinished files, old kits, unused devices."""
    photo.purge_removed()
    Edition.delete_leftovers()
    disk.delete_unfinished(Path(settings.MEDIA_ROOT))
    Device.delete_unused()
    for directory in (Path(settings.MEDIA_ROOT) / "uploads").glob("*"):
        uploads.delete_expired(directory)
    kits.delete_old_kits()


def end_with_parent(parent: int) -> None:
    """Ask the system to end this process when its parent ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it has ended already
            sys.exit(0)
