"""`manage.py restore BACKUP`: replace the database by a copy.

Open pages show revisions of another database: every forum gets a new epoch, on which each page loads its board again.
Devices that are in the copy stay signed in, if the present database knows them too.
"""

import contextlib
import http.client
import os
import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from forum import notify
from forum.models import Forum
from forum.models.forum import new_epoch
from forum.server import disk
from forum.server.backups import back_up, backups_directory
from forum.server.copy_contents import InvalidRow, keep_known_access, update_and_check
from forum.server.directories import check_data_directory
from forum.server.errors import CannotStart
from forum.server.locks import lock_data_directory
from forum.server.migrations import pending_migrations, unknown_migrations
from forum.server.served_address import ALL_INTERFACES, read_served_address
from forum.server.terminal import terminal_language

SQLITE_HEADER = b"SQLite format 3\x00"
REQUIRED_TABLES = {
    "django_migrations", "forum_forum", "forum_participant", "forum_journalentry", "forum_device",
}  # fmt: skip
"""Tables of every version of this app."""


class Command(BaseCommand):
    help = "Go back to a copy of the SQLite database, after a copy of the present one. The app must be stopped."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", nargs="?", type=Path, help="the copy, for example one of data/backups")
        parser.add_argument(
            "--by-hand",
            action="store_true",
            help="the database was put back by other means (PostgreSQL's own tools): only make open pages load anew",
        )

    def handle(self, *args: Any, backup: Path | None, by_hand: bool, **options: Any) -> None:
        translation.activate(terminal_language())
        os.umask(0o077)
        try:
            if by_hand and backup is None:
                self._reload_pages()
            elif backup is None or by_hand:
                raise CannotStart(_("Which copy? For example: {command}").format(command=_example()))
            else:
                self._restore(backup)
        except CannotStart as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None

    def _reload_pages(self) -> None:
        """Give each forum a new epoch. Safe while the app runs: its hubs read the epoch within seconds."""
        if pending_migrations():
            raise CannotStart(_("The database waits for an update: start the app first (make run)."))
        for forum in Forum.objects.all():
            Forum.objects.filter(pk=forum.pk).update(epoch=new_epoch())
            notify.forum_changed(forum.pk)
        self.stdout.write(_("Every open page loads its board anew."))

    def _restore(self, backup: Path) -> None:
        if settings.DATABASE_URL:
            text = _("These data are in PostgreSQL: put them back with its own tools, then: {command}")
            raise CannotStart(text.format(command="manage.py restore --by-hand"))
        database = Path(settings.DATABASES["default"]["NAME"])
        check_data_directory(settings.DATA_DIR)
        _check_app_is_stopped()
        with lock_data_directory(settings.DATA_DIR):
            restored = database.with_suffix(".restored")
            try:
                _prepare_copy(backup, restored)
                _check_rows(restored, backup)
                is_access_known = _begin_anew(restored, database)
                before = _set_aside(database)
                _replace(database, restored)
            finally:
                restored.unlink(missing_ok=True)
        if before:
            self.stdout.write(_("The database as it was: {path}").format(path=before))
        for title, people, moment in _contents(database):
            text = _("{title}: {people} people, as of {moment}")
            self.stdout.write("  " + text.format(title=title, people=people, moment=moment))
        self.stdout.write(_("The copy is in place. Start the app again: open pages load anew by themselves."))
        if is_access_known:
            text = _("Only links and devices that this computer knew before let people in. For a new link: {command}")
            self.stdout.write(text.format(command="make facilitator"))
        else:
            self.stdout.write(_("Links and devices are those of the copy: who was removed since then is let in again."))


def _example() -> str:
    copies = sorted(backups_directory().glob("forum-*.sqlite3"))
    return f"manage.py restore {copies[-1] if copies else 'my-copy.sqlite3'}"


def _check_app_is_stopped() -> None:
    """Raise CannotStart if a server answers at its address: processes that share Redis hold no lock."""
    address = read_served_address()
    if address is None:
        return
    host, port = address
    host = "127.0.0.1" if host == ALL_INTERFACES else host
    try:
        connection = http.client.HTTPConnection(host, port, timeout=2)
        connection.request("GET", "/healthz")
        answers = b'"alive"' in connection.getresponse().read(100)
    except (OSError, ValueError, http.client.HTTPException):
        return
    if answers:
        raise CannotStart(_("The app already runs with these data: {path}").format(path=settings.DATA_DIR))


def _prepare_copy(backup: Path, restored: Path) -> None:
    """Copy the backup to `restored`, and check the file. Raises CannotStart."""
    try:
        with backup.open("rb") as file:
            if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
                raise CannotStart(_("This is not a SQLite database: {path}").format(path=backup))
        disk.check_space(backup.stat().st_size, restored.parent)
        restored.unlink(missing_ok=True)
        restored.touch(mode=0o600)
        uri = f"{backup.resolve().as_uri()}?mode=ro"
        closing = contextlib.closing
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(restored)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            _check(copy, backup)
    except (OSError, sqlite3.Error) as error:
        text = _("The copy cannot be read: {path} ({reason})")
        raise CannotStart(text.format(path=backup, reason=error)) from error


def _check(copy: sqlite3.Connection, backup: Path) -> None:
    """Raise CannotStart unless the copy is undamaged, of this app, and not newer than this code."""
    schema = copy.execute("SELECT type, name FROM sqlite_master").fetchall()
    tables = {name for kind, name in schema if kind == "table"}
    foreign = [name for kind, name in schema if kind in ("trigger", "view")]
    if REQUIRED_TABLES - tables or foreign:
        raise CannotStart(_("This is not a database of this app: {path}").format(path=backup))
    damage = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if damage != "ok" or copy.execute("PRAGMA foreign_key_check").fetchone():
        raise CannotStart(_("The copy is damaged: {path} ({reason})").format(path=backup, reason=damage))
    applied = copy.execute("SELECT app, name FROM django_migrations").fetchall()
    unknown = unknown_migrations(MigrationLoader(None, ignore_no_migrations=True), applied)
    if unknown:
        text = _("The copy comes from a newer version of the app (it has {migration}): {path}")
        raise CannotStart(text.format(migration=unknown[0], path=backup))


def _check_rows(restored: Path, backup: Path) -> None:
    """Raise CannotStart if the copy holds something that this app never wrote."""
    try:
        update_and_check(restored)
    except InvalidRow as error:
        text = _("The copy holds what this app never wrote ({row}): {path}")
        raise CannotStart(text.format(row=error, path=backup)) from error
    except DatabaseError as error:
        raise CannotStart(_("The copy cannot be read: {path} ({reason})").format(path=backup, reason=error)) from error


def _begin_anew(restored: Path, present: Path) -> bool:
    """Give each forum a new epoch, delete the one-time codes, and end what gives access; see `keep_known_access`."""
    with contextlib.closing(sqlite3.connect(restored)) as copy:
        for (pk,) in copy.execute("SELECT id FROM forum_forum").fetchall():
            copy.execute("UPDATE forum_forum SET epoch = ? WHERE id = ?", (new_epoch(), pk))
        copy.execute("DELETE FROM forum_onetimecode")
        copy.commit()
        return keep_known_access(copy, present)


def _set_aside(database: Path) -> Path | None:
    """Back up the present database; move it with its journals if it is too damaged to be copied. Return the path."""
    if not database.exists():
        return None
    try:
        return back_up()
    except Exception:
        broken = backups_directory() / f"broken-{timezone.now():%Y%m%d-%H%M%S}"
        connections.close_all()
        disk.make_directory(broken, 0o700)
        for path in (database, *_journals(database)):
            if path.exists():
                path.rename(broken / path.name)
        return broken


def _replace(database: Path, restored: Path) -> None:
    """Put the restored database in place, without the journals of the old one.

    When the power goes meanwhile, one of the two is there and whole: first what the journals hold goes into the old
    one, and they are gone for good before another database bears its name.
    """
    connections.close_all()
    if database.exists():
        with contextlib.closing(sqlite3.connect(database)) as old, contextlib.suppress(sqlite3.OperationalError):
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            old.execute("PRAGMA journal_mode=DELETE")  # another program may have it open: then the journal stays
    for path in _journals(database):
        path.unlink(missing_ok=True)
    disk.sync(database.parent)
    disk.put_in_place(restored, database)


def _journals(database: Path) -> list[Path]:
    return [database.with_name(f"{database.name}-{suffix}") for suffix in ("wal", "shm", "journal")]


def _contents(database: Path) -> list[tuple[str, int, str]]:
    """List the forums: title, number of people, and UTC time of the last change."""
    contents = []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for pk, title in connection.execute("SELECT id, title FROM forum_forum ORDER BY id").fetchall():
            people = connection.execute(
                "SELECT COUNT(*) FROM forum_participant WHERE forum_id = ? AND removed_at IS NULL", (pk,)
            ).fetchone()[0]
            last = connection.execute("SELECT MAX(at) FROM forum_journalentry WHERE forum_id = ?", (pk,)).fetchone()[0]
            contents.append((title, people, f"{last[:16]} UTC" if last else "-"))
    return contents
