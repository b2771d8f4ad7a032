"""The background worker that builds documents: `serve` starts one, a hosted installation as many as it likes."""

import ctypes
import logging
import os
import signal
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django_tasks_db.management.commands import db_worker

from sessions import jobs

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
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
                jobs.take_up_again()
        while True:
            try:
                return super().handle(**options)
            except (OperationalError, InterfaceError) as error:
                log.warning("the worker waits for the database: %s", str(error).strip())
                connections.close_all()
                time.sleep(AWAY_SECONDS)

    def configure_logging(self, verbosity: int) -> None:
        """Failures are logged as everywhere else; that the worker starts and stops is nobody's news."""
        logging.getLogger("django_tasks_db").setLevel(logging.ERROR)


def end_with(parent: int) -> None:
    """Ask the system to end this process with its parent, even one that was killed and could not say so."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended while we started
            sys.exit(0)
