"""The background worker that builds documents: `serve` starts one, a hosted installation as many as it likes."""

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
from django_tasks_db.management.commands import db_worker

from sessions.media import uploads
from sessions.models import photo
from sessions.printing import kits
from sessions.proceedings import edition_requests, pdf
from sessions.proceedings.freshness import FreshnessCheck

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
STEP = 10
"""By how much it goes after the live board; not further, since it holds the database for moments."""
AWAY_SECONDS = 2.0
"""How long it waits for a database that is away before it tries again."""


class Command(db_worker.Command):
    help = "Run the background worker that builds documents (serve starts one by itself)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--parent", type=int, help="end when this process, which started the worker, ends")
        # Someone waits for the document.
        parser.set_defaults(interval=0.5, startup_delay=False, reload=False)

    def handle(self, **options: Any) -> None:
        parent = options.pop("parent")
        if parent is not None:
            end_with(parent)
            if not settings.DATABASE_URL:  # these data have no other worker
                edition_requests.resume_interrupted()
        with contextlib.suppress(AttributeError):  # where there is no such thing
            os.nice(STEP)
        pdf.prepare()
        threading.Thread(target=keep_fresh, daemon=True).start()
        while True:
            try:
                return super().handle(**options)
            except SystemExit:
                for number in (signal.SIGTERM, signal.SIGINT):  # it is ending: another one must not stop that half-way
                    signal.signal(number, signal.SIG_IGN)
                raise
            except (OperationalError, InterfaceError) as error:
                log.warning("the worker waits for the database: %s", str(error).strip())
                connections.close_all()
                time.sleep(AWAY_SECONDS)

    def configure_logging(self, verbosity: int) -> None:
        """Failures are logged as everywhere else; that the worker starts and stops is nobody's news."""
        logging.getLogger("django_tasks_db").setLevel(logging.ERROR)


LOOK_SECONDS = 4.0
"""How often it is looked whether a book has become old."""


TIDY_SECONDS = 3600.0
"""How often files are looked for that nothing needs any more: photos that were taken away, printed kits."""


def keep_fresh() -> None:
    freshness = FreshnessCheck()
    tidied = -TIDY_SECONDS
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            freshness.run()
            if time.monotonic() - tidied > TIDY_SECONDS:
                tidied = time.monotonic()
                delete_unneeded_files()
        except (OperationalError, InterfaceError) as error:
            log.warning("books are not looked after while the database is away: %s", str(error).strip())
            connections.close_all()
        except Exception:
            log.exception("books are not looked after for a moment")


def delete_unneeded_files() -> None:
    """Delete the files of removed photos, unfinished uploads and old kits."""
    photo.purge_removed()
    for directory in (Path(settings.MEDIA_ROOT) / "uploads").glob("*"):
        uploads.delete_expired(directory)
    kits.delete_old_kits()


def end_with(parent: int) -> None:
    """Ask the system to end this process with its parent, even one that was killed and could not say so."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended while we started
            sys.exit(0)
