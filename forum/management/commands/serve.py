"""`manage.py serve`: start the app."""

import contextlib
import os
import signal
import socket
from argparse import ArgumentParser
from functools import partial
from io import StringIO
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils import translation
from django.utils.translation import gettext as _

from forum.management.welcome import welcome_text
from forum.models import Forum
from forum.server import disk
from forum.server.backups import back_up
from forum.server.directories import check_data_directory, check_temporary_directory
from forum.server.errors import CannotStart
from forum.server.locks import lock_data_directory, lock_database, lock_preparation
from forum.server.migrations import pending_migrations
from forum.server.open_files import connection_limits
from forum.server.port import bind_socket, parse_port
from forum.server.process_memory import close_memory
from forum.server.served_address import set_served_address, write_served_address
from forum.server.static_files import build_static_files
from forum.server.supervisor import WorkerSupervisor
from forum.server.terminal import prepare_terminal
from forum.server.web_server import HttpConnection, WebServer, uvicorn_config


class Command(BaseCommand):
    help = "Start the app: update the database after a backup, build the static files, run the worker and the server."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host", default="", help="address to listen on (default: HOST, or 0.0.0.0: every network)"
        )
        parser.add_argument("--port", default="", help="port to listen on (default: PORT, or 8000)")
        parser.add_argument(
            "--no-worker", action="store_false", dest="worker", help="leave the documents to manage.py worker"
        )
        parser.add_argument("--demo", action="store_true", help="start with a demonstration day if there is no forum")

    def handle(self, *args: Any, host: str, port: str, demo: bool, worker: bool, **options: Any) -> None:
        prepare_terminal()
        # The computer's other users must not read the names and texts of participants.
        os.umask(0o077)
        host = host or settings.HOST
        shutdown = Shutdown()
        try:
            with bind_socket(host, parse_port(port or str(settings.PORT))) as listener:
                self._serve(listener, host, demo, worker, shutdown)
        except CannotStart as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None

    def _serve(self, listener: socket.socket, host: str, demo: bool, has_worker: bool, shutdown: "Shutdown") -> None:
        close_memory()
        HttpConnection.limits = connection_limits()
        check_secret_key()
        check_data_directory(settings.DATA_DIR)
        check_temporary_directory()
        with lock_data_directory(settings.DATA_DIR) as file, lock_database():
            set_served_address(host, listener.getsockname()[1])
            write_served_address(file)
            with lock_preparation():
                self._prepare(demo)
            if not settings.DATABASE_URL:
                with contextlib.suppress(OSError):
                    disk.keep_ballast(settings.DATA_DIR)
            worker = WorkerSupervisor()
            try:
                if has_worker:
                    worker.start()
                text = welcome_text(HttpConnection.limits, is_demo=demo, has_colours=self.stdout.isatty())
                connections.close_all()
                shutdown.is_serving = True
                WebServer(uvicorn_config(), ready=partial(self.stdout.write, text)).run(sockets=[listener])
            finally:
                worker.stop()
        self.stdout.write(_("Stopped."))

    def _prepare(self, demo: bool) -> None:
        if pending_migrations():
            copy = back_up()
            if copy:
                self._print(_("The database is updated; a copy of it as it was: {path}").format(path=copy))
            call_command("migrate", interactive=False, verbosity=0)
        build_static_files()
        if demo and not Forum.objects.exists():
            self._print(_("The demonstration day is being prepared…"))
            with translation.override(settings.LANGUAGE_CODE):
                call_command("demo", stdout=StringIO())

    def _print(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


class Shutdown:
    """Handlers of Ctrl-C and of the system's signals, from the start of the process on."""

    def __init__(self) -> None:
        self.is_serving = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # set by `nohup`
                signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Exit before uvicorn runs. Once it runs, it handles SIGINT and SIGTERM itself, but does not know SIGHUP."""
        if not self.is_serving:
            raise SystemExit(0)
        if number == signal.SIGHUP:
            signal.raise_signal(signal.SIGTERM)


def check_secret_key() -> None:
    """Raise CannotStart when several processes serve without a common SECRET_KEY."""
    if settings.REDIS_URL and not os.environ.get("SECRET_KEY"):
        raise CannotStart(
            _("REDIS_URL says that several processes serve: give them all the same SECRET_KEY, 50 random characters.")
        )
