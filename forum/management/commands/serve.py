"""`manage.py serve`: the one way to start the app."""

import os
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from io import StringIO
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils import translation
from django.utils.translation import gettext as _
from environs import Env

from forum import qr
from forum.models import Facilitator, Forum, OneTimeCode
from forum.phases import DURING_DAY
from forum.server import startup
from forum.server.addresses import EVERY_NETWORK, LaptopHosts, join_url, lan_addresses, public_url
from forum.server.backups import back_up
from forum.server.connections import Connection
from forum.server.errors import CannotStart
from forum.server.locks import lock_data_directory, lock_database, preparing
from forum.server.supervisor import WorkerSupervisor

LONGEST_FRAME = 16 * 1024
"""Bytes that a phone may send at once over its socket: it only ever says hello and pings."""
GOODBYE_SECONDS = 3
TICKS_A_SECOND = 10
"""Those of the web server."""


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
        translation.activate(startup.terminal_language())
        # Names and words of participants are for the one who runs the app, not for the computer's other users.
        os.umask(0o077)
        # A terminal that cannot show a QR code shows question marks rather than ending the app.
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal, not whatever may stand for it
        stop = Stop()
        try:
            with startup.listen(host or settings.HOST, startup.read_port(port or str(settings.PORT))) as door:
                self._serve(door, host or settings.HOST, demo, worker, stop)
        except CannotStart as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None

    def _serve(self, door: socket.socket, host: str, demo: bool, has_worker: bool, stop: "Stop") -> None:
        Connection.room = startup.make_room()
        startup.check_sharing()
        startup.check_data_directory(settings.DATA_DIR)
        startup.check_temporary_directory()
        with lock_data_directory(settings.DATA_DIR) as lock, lock_database():
            settle(host, door.getsockname()[1])
            lock.truncate(0)
            lock.write(f"{settings.HOST} {settings.PORT}\n")
            lock.flush()
            with preparing():
                self._prepare(demo)
            worker = WorkerSupervisor()
            try:
                if has_worker:
                    worker.start()
                ready = partial(self.stdout.write, self._welcome(demo))
                connections.close_all()
                stop.is_serving = True
                Server(config(), ready).run(sockets=[door])
            finally:
                worker.stop()
        self.stdout.write(_("Stopped."))

    def _prepare(self, demo: bool) -> None:
        pending = startup.pending_migrations()
        if pending:
            copy = back_up()
            if copy:
                self._say(_("The database is updated; a copy of it as it was: {path}").format(path=copy))
            call_command("migrate", interactive=False, verbosity=0)
        startup.build_static_files()
        if demo and not Forum.objects.exists():
            self._say(_("The demonstration day is being prepared…"))
            with translation.override(settings.LANGUAGE_CODE):
                call_command("demo", stdout=StringIO())

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _welcome(self, demo: bool) -> str:
        """All that the facilitator needs to begin, printed when the app answers."""
        forum = Forum.objects.filter(phase__in=DURING_DAY).order_by("-pk").first()
        address = join_url(forum.code) if forum else f"{public_url()}/"
        lines = ["", _("Forum ouvert is ready."), ""]
        lines += [f"  {line}" for line in addresses()]
        lines += ["", *self._qr_code(address), f"  {address}"]
        if forum:
            lines.append("  " + _("Code: {code} · {title}").format(code=forum.code, title=forum.title))
        lines += ["", *(f"  {line}" for line in facilitator_lines(demo)), ""]
        lines += [f"  {line}" for line in room_lines()]
        lines.append("  " + _("Data: {path}").format(path=settings.DATA_DIR))
        lines.append("  " + _("To stop: Ctrl-C"))
        return "\n".join(lines)

    def _qr_code(self, address: str) -> list[str]:
        """Light squares on a dark ground, also in a terminal whose ground is light."""
        begin, end = ("\x1b[38;5;231;48;5;16m", "\x1b[0m") if self.stdout.isatty() else ("", "")
        return [f"{begin}{line}{end}" for line in qr.terminal(address).splitlines()]


class Stop:
    """Ctrl-C and the system's request to end: a quiet end at any moment."""

    def __init__(self) -> None:
        self.is_serving = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # `nohup` stays
                signal.signal(number, self._end)

    def _end(self, number: int, frame: FrameType | None) -> None:
        """While serving, the server stops by itself and hands us the signal when it has; SIGHUP it does not know."""
        if not self.is_serving:
            raise SystemExit(0)
        if number == signal.SIGHUP:
            signal.raise_signal(signal.SIGTERM)


class Server(uvicorn.Server):
    """The server, which says so when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
            sys.stdout.flush()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            Connection.end_silent()
        return await super().on_tick(counter)


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "forum.asgi:application",
        loop="uvloop",
        http="forum.server.connections:Connection",
        backlog=Connection.room.backlog,
        ws="websockets-sansio",
        ws_max_size=LONGEST_FRAME,
        # Deflating for each phone apart multiplies the cost of a phone by three to ten.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # On a laptop nobody stands before the app: whoever sends X-Forwarded-For would choose their own address.
        proxy_headers=Env().bool("TRUST_PROXY", False),
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        workers=1,
    )


def settle(host: str, port: int) -> None:
    """Tell this process and its children where the app really is, for the addresses in QR codes and documents."""
    settings.HOST = EVERY_NETWORK if host == "::" else f"[{host}]" if ":" in host else host
    settings.PORT = port
    if isinstance(settings.ALLOWED_HOSTS, LaptopHosts) and not listens_everywhere():
        settings.ALLOWED_HOSTS.answer_to(settings.HOST)
    os.environ |= {"HOST": settings.HOST, "PORT": str(port)}


def return_to_address() -> None:
    """Of another command: the app that serves these data said where it is, and a link for elsewhere opens nothing."""
    try:
        host, port = (settings.DATA_DIR / "serving").read_text().split()
    except (OSError, ValueError):
        return
    settle(host.strip("[]"), int(port))


def listens_everywhere() -> bool:
    return bool(settings.HOST == EVERY_NETWORK)


def addresses() -> list[str]:
    """Where the app is: what phones can type, then what works on this computer alone."""
    here = f"http://localhost:{settings.PORT}/"
    if settings.PUBLIC_URL:
        return [_("Address: {url}").format(url=f"{settings.PUBLIC_URL}/")]
    if not listens_everywhere():
        only_here = settings.HOST in ("localhost", "[::1]") or settings.HOST.startswith("127.")
        text = _("On this computer only: {url}") if only_here else _("For phones: {url}")
        return [text.format(url=f"{public_url()}/")]
    found = [_("For phones: {url}").format(url=f"http://{address}:{settings.PORT}/") for address in lan_addresses()]
    return [
        *(found or [_("No network yet: connect this computer to the room’s Wi-Fi, then start again.")]),
        _("On this computer: {url}").format(url=here),
    ]


def facilitator_lines(demo: bool) -> list[str]:
    """The way in for who runs the day. A link is kept nowhere, so the demonstration gets a new one at each start."""
    invented = Forum.objects.filter(is_fictional=True, facilitators__isnull=False).order_by("-pk").first()
    if demo and invented:
        secret = invented.facilitators.order_by("pk")[0].replace_link()
        return [_("Facilitator of the demonstration day: {url}").format(url=f"{public_url()}/facilitator/{secret}/")]
    if Facilitator.objects.exists():
        return [
            _("Facilitators: {url}").format(url=f"{public_url()}/facilitator/"),
            _("A lost link is replaced by: {command}").format(command="make facilitator"),
        ]
    return [_("First facilitator (works once): {url}").format(url=first_link())]


def room_lines() -> list[str]:
    """How many phones the open files of this process hold."""
    room = Connection.room
    text = _("Live updates for {phones} phones at once ({files} open files); others would look every few seconds.")
    return [text.format(phones=room.phones, files=room.files)]


def first_link() -> str:
    """A link that makes the first facilitator; those that were printed earlier open nothing from now on."""
    OneTimeCode.objects.filter(participant=None, forum=None).delete()
    return f"{public_url()}/facilitator/begin/{OneTimeCode.for_facilitator()}/"
