"""What `serve` does before and around the app: it looks at the machine, keeps a copy of the data, watches the worker.

Whatever is wrong is said as one sentence for the person in front of the terminal: that is a `Refusal`.
"""

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from forum import disk
from forum.connections import LEAST_FILES, Room, allow_files
from forum.outside import whole_number

log = logging.getLogger(__name__)

BACKUPS_KEPT = 10
ENOUGH_FILES = 4096
"""Open files that hold over two thousand phones."""
WORKER_GOODBYE_SECONDS = 2.0
"""A worker in the middle of a document gets so long to finish it when the app stops; the next start makes it anew."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a worker that died is started again: doubled each time, so that a broken one eats no battery."""
STEADY_SECONDS = 60.0


class Refusal(Exception):
    """Why the app does not start, in the words of the person who starts it."""


def terminal_language() -> str:
    """French for a French terminal, English for every other one."""
    spoken = next((os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), "")
    return "fr" if spoken.lower().startswith("fr") else "en"


def read_port(typed: str) -> int:
    """The number of a port; 0 lets the machine choose a free one."""
    port = whole_number(typed, most=65535)
    if port is None:
        raise Refusal(_("“{port}” is not a port: it is a number from 1 to 65535.").format(port=typed))
    return port


def make_room() -> Room:
    """Have the system let this process open as many files as it may: each phone is one."""
    room = Room(allow_files())
    if room.files < LEAST_FILES:
        text = _("The app may open only {files} files here, and needs {least}. Type, then start again: {command}")
        raise Refusal(text.format(files=room.files, least=LEAST_FILES, command=f"ulimit -n {ENOUGH_FILES}"))
    return room


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything else is touched."""
    try:
        family, kind, proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        raise Refusal(_("This computer does not have the address {host}.").format(host=host)) from error
    try:
        # A port that was ours a minute ago may be taken again at once.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen()
    except OSError as error:
        taken.close()
        raise Refusal(_why_not(error, host, port)) from error
    return taken


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            text = _("Port {port} is taken by another program. Choose another one, for example: make run PORT={other}")
            return text.format(port=port, other=port + 1 if port < 65535 else 8000)
        case errno.EACCES:
            return _("Port {port} is reserved. Choose one from 1024, for example: make run PORT=8000").format(port=port)
        case _reason:
            return _("This computer does not have the address {host}.").format(host=host)


def check_data_directory(directory: Path) -> None:
    """Make the directory if need be, and see that what is in it is ours to write."""
    culprit = directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
        for name in ("forum.sqlite3", "forum.sqlite3-wal", "secret.key"):
            culprit = directory / name
            if culprit.exists() and not os.access(culprit, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        text = _("The data directory cannot be written: {path} ({reason}). Choose another one, for example: {example}")
        example = "make run DATA=~/forum"
        raise Refusal(text.format(path=culprit, reason=error.strerror, example=example)) from error


def check_temporary_directory() -> None:
    """See that documents can be made in it: the library of their fonts takes no name that is not UTF-8."""
    directory = tempfile.gettempdir()
    try:
        os.fsencode(directory).decode()
    except UnicodeDecodeError as error:
        text = _("The name of the temporary directory is not UTF-8: {path} Choose another one, for example: {example}")
        raise Refusal(text.format(path=directory, example="TMPDIR=/tmp make run")) from error


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
        raise Refusal(_("The app already runs with these data: {path}").format(path=directory)) from error
    return lock


def check_sharing() -> None:
    """What several processes must have in common is given to them, not made by each for itself."""
    if settings.REDIS_URL and not os.environ.get("SECRET_KEY"):
        raise Refusal(
            _("REDIS_URL says that several processes serve: give them all the same SECRET_KEY, 50 random characters.")
        )


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
        raise Refusal(text)
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
        raise Refusal(_("The database does not answer: {reason}").format(reason=str(error).strip())) from error


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


def pending_migrations() -> list[str]:
    """Migrations that the database waits for; refuses a database that a newer version of the app has changed."""
    try:
        executor = MigrationExecutor(connection)
        unknown = _unknown_migrations(executor.loader)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise Refusal(_("The database does not answer: {reason}").format(reason=error)) from error
    if unknown:
        text = _(
            "The database is newer than this version of the app (it has {migration}). "
            "Install the newer version, or go back to a copy from {backups}"
        )
        raise Refusal(text.format(migration=unknown[0], backups=backups_directory()))
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _unknown_migrations(loader: MigrationLoader) -> list[str]:
    """Applied migrations of our applications that this code has not, nor has replaced by another."""
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    applied = [key for key in loader.applied_migrations if key[0] in loader.migrated_apps]
    return sorted(f"{app}.{name}" for app, name in applied if (app, name) not in {*loader.disk_migrations, *replaced})


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
        raise Refusal(text.format(path=directory, reason=getattr(error, "strerror", "") or error)) from error
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


def build_static_files() -> bool:
    """Gather, name and compress the style sheets, scripts and fonts; False when they are already there."""
    stamp = Path(settings.STATIC_ROOT) / "built-from.txt"
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            digest.update(path.encode())
            digest.update(Path(storage.path(path)).read_bytes())
    wanted = digest.hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted)
    except OSError as error:
        text = _("The directory of the static files cannot be written: {path} ({reason})")
        raise Refusal(text.format(path=settings.STATIC_ROOT, reason=error.strerror)) from error
    return True


class Watch:
    """Keeps one background worker alive, in a process of its own, for as long as the app runs."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="worker-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            code = self._work()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            log.warning("the background worker ended (code %s); it starts again in %.0f s", code, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _work(self) -> int:
        """Run a worker to its end, and leave nothing behind that it started."""
        with self._lock:
            if self._stopping.is_set():
                return 0
            # Out of the terminal's group: Ctrl-C is ours to answer, the worker ends when we say so. It watches
            # this very thread (see the command `worker`), which must therefore outlive it. Not out of the session:
            # there Linux may give it a share of the processor of its own, however nice it is.
            self._process = process = subprocess.Popen(
                [sys.executable, str(settings.ROOT / "manage.py"), "worker", "--parent", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        code = process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return code

    def stop(self) -> None:
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()
            self._thread.join(WORKER_GOODBYE_SECONDS)
            if self._thread.is_alive():
                process.kill()
        if self._thread.ident is not None:
            self._thread.join()
