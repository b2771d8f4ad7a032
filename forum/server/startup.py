"""What `serve` does before and around the app: it looks at the machine, keeps a copy of the data, watches the worker.

Whatever is wrong is said as one sentence for the person in front of the terminal: that is a `Refusal`.
"""

import errno
import hashlib
import logging
import os
import socket
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from forum.server.backups import backups_directory
from forum.server.connections import LEAST_FILES, Room, allow_files
from forum.server.errors import CannotStart
from forum.text.parsing import whole_number

log = logging.getLogger(__name__)

ENOUGH_FILES = 4096
"""Open files that hold over two thousand phones."""


def terminal_language() -> str:
    """French for a French terminal, English for every other one."""
    spoken = next((os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), "")
    return "fr" if spoken.lower().startswith("fr") else "en"


def read_port(typed: str) -> int:
    """The number of a port; 0 lets the machine choose a free one."""
    port = whole_number(typed, most=65535)
    if port is None:
        raise CannotStart(_("“{port}” is not a port: it is a number from 1 to 65535.").format(port=typed))
    return port


def make_room() -> Room:
    """Have the system let this process open as many files as it may: each phone is one."""
    room = Room(allow_files())
    if room.files < LEAST_FILES:
        text = _("The app may open only {files} files here, and needs {least}. Type, then start again: {command}")
        raise CannotStart(text.format(files=room.files, least=LEAST_FILES, command=f"ulimit -n {ENOUGH_FILES}"))
    return room


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything else is touched."""
    try:
        family, kind, proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        raise CannotStart(_("This computer does not have the address {host}.").format(host=host)) from error
    try:
        # A port that was ours a minute ago may be taken again at once.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen()
    except OSError as error:
        taken.close()
        raise CannotStart(_why_not(error, host, port)) from error
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
        raise CannotStart(text.format(path=culprit, reason=error.strerror, example=example)) from error


def check_temporary_directory() -> None:
    """See that documents can be made in it: the library of their fonts takes no name that is not UTF-8."""
    directory = tempfile.gettempdir()
    try:
        os.fsencode(directory).decode()
    except UnicodeDecodeError as error:
        text = _("The name of the temporary directory is not UTF-8: {path} Choose another one, for example: {example}")
        raise CannotStart(text.format(path=directory, example="TMPDIR=/tmp make run")) from error


def check_sharing() -> None:
    """What several processes must have in common is given to them, not made by each for itself."""
    if settings.REDIS_URL and not os.environ.get("SECRET_KEY"):
        raise CannotStart(
            _("REDIS_URL says that several processes serve: give them all the same SECRET_KEY, 50 random characters.")
        )


def pending_migrations() -> list[str]:
    """Migrations that the database waits for; refuses a database that a newer version of the app has changed."""
    try:
        executor = MigrationExecutor(connection)
        unknown = _unknown_migrations(executor.loader)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CannotStart(_("The database does not answer: {reason}").format(reason=error)) from error
    if unknown:
        text = _(
            "The database is newer than this version of the app (it has {migration}). "
            "Install the newer version, or go back to a copy from {backups}"
        )
        raise CannotStart(text.format(migration=unknown[0], backups=backups_directory()))
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _unknown_migrations(loader: MigrationLoader) -> list[str]:
    """Applied migrations of our applications that this code has not, nor has replaced by another."""
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    applied = [key for key in loader.applied_migrations if key[0] in loader.migrated_apps]
    return sorted(f"{app}.{name}" for app, name in applied if (app, name) not in {*loader.disk_migrations, *replaced})


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
        raise CannotStart(text.format(path=settings.STATIC_ROOT, reason=error.strerror)) from error
    return True
