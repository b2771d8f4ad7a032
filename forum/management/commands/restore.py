"""`manage.py restore BACKUP`: go back to a copy of the database, in such a way that open pages notice.

Revisions of the copy mean something else than those that phones have seen since: every forum gets a new epoch, which
makes each open page load its board anew. Phones keep their keys, as far as the copy knows them.
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
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from forum import notify
from forum.models import Forum
from forum.models.forum import new_epoch
from forum.server import startup
from forum.server.addresses import EVERY_NETWORK
from forum.server.backups import back_up, backups_directory
from forum.server.errors import CannotStart
from forum.server.locks import lock_data_directory

MAGIC = b"SQLite format 3\x00"
TABLES = {"django_migrations", "forum_forum", "forum_participant", "forum_journalentry", "forum_device"}
"""Without these, it is not a database of this app, of whatever version."""


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
        translation.activate(startup.terminal_language())
        os.umask(0o077)
        try:
            if by_hand and backup is None:
                self._tell_pages()
            elif backup is None or by_hand:
                raise CannotStart(_("Which copy? For example: {command}").format(command=example()))
            else:
                self._restore(backup)
        except CannotStart as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None

    def _tell_pages(self) -> None:
        """Safe while the app runs: its hubs see the new epoch when they next look, within seconds."""
        if startup.pending_migrations():
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
        startup.check_data_directory(settings.DATA_DIR)
        check_that_nobody_serves()
        with lock_data_directory(settings.DATA_DIR):
            wanted = take_in(backup, database.with_suffix(".restored"))
            try:
                before = put_aside(database)
                put_in_place(wanted, database)
            finally:
                wanted.unlink(missing_ok=True)
        if before:
            self.stdout.write(_("The database as it was: {path}").format(path=before))
        for title, people, moment in contents(database):
            text = _("{title}: {people} people, as of {moment}")
            self.stdout.write("  " + text.format(title=title, people=people, moment=moment))
        self.stdout.write(_("The copy is in place. Start the app again: open pages load anew by themselves."))
        self.stdout.write(_("Links and devices are those of the copy: who was removed since then is let in again."))


def example() -> str:
    copies = sorted(backups_directory().glob("forum-*.sqlite3"))
    return f"manage.py restore {copies[-1] if copies else 'my-copy.sqlite3'}"


def check_that_nobody_serves() -> None:
    """The lock says so on a laptop; several processes that share these data through Redis hold none, but answer."""
    try:
        host, port = (settings.DATA_DIR / "serving").read_text().split()
    except (OSError, ValueError):
        return
    host = "127.0.0.1" if host == EVERY_NETWORK else host
    try:
        connection = http.client.HTTPConnection(host, int(port), timeout=2)
        connection.request("GET", "/healthz")
        answers = b'"ready"' in connection.getresponse().read(100)
    except (OSError, ValueError, http.client.HTTPException):
        return
    if answers:
        raise CannotStart(_("The app already runs with these data: {path}").format(path=settings.DATA_DIR))


def take_in(backup: Path, wanted: Path) -> Path:
    """Check the copy, and make of it the database that will be put in place. Raises Refusal."""
    try:
        with backup.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise CannotStart(_("This is not a SQLite database: {path}").format(path=backup))
        wanted.unlink(missing_ok=True)
        wanted.touch(mode=0o600)
        address = f"{backup.resolve().as_uri()}?mode=ro"
        closing = contextlib.closing
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(wanted)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            _check(copy, backup)
            _begin_epoch(copy)
    except (OSError, sqlite3.Error) as error:
        wanted.unlink(missing_ok=True)
        text = _("The copy cannot be read: {path} ({reason})")
        raise CannotStart(text.format(path=backup, reason=error)) from error
    except CannotStart:
        wanted.unlink(missing_ok=True)
        raise
    return wanted


def _check(copy: sqlite3.Connection, backup: Path) -> None:
    """Whole, of this app, and not newer than this code."""
    kinds = copy.execute("SELECT type, name FROM sqlite_master").fetchall()
    tables = {name for kind, name in kinds if kind == "table"}
    strange = [name for kind, name in kinds if kind in ("trigger", "view")]
    if TABLES - tables or strange:
        raise CannotStart(_("This is not a database of this app: {path}").format(path=backup))
    damage = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if damage != "ok" or copy.execute("PRAGMA foreign_key_check").fetchone():
        raise CannotStart(_("The copy is damaged: {path} ({reason})").format(path=backup, reason=damage))
    newer = _unknown_migrations(copy.execute("SELECT app, name FROM django_migrations").fetchall())
    if newer:
        text = _("The copy comes from a newer version of the app (it has {migration}): {path}")
        raise CannotStart(text.format(migration=newer[0], path=backup))


def _unknown_migrations(applied: list[tuple[str, str]]) -> list[str]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {*loader.disk_migrations, *(key for m in loader.disk_migrations.values() for key in m.replaces)}
    return sorted(f"{app}.{name}" for app, name in applied if app in loader.migrated_apps and (app, name) not in known)


def _begin_epoch(copy: sqlite3.Connection) -> None:
    """Pages that saw other revisions load whole; codes that worked once do not work a second time."""
    for (pk,) in copy.execute("SELECT id FROM forum_forum").fetchall():
        copy.execute("UPDATE forum_forum SET epoch = ? WHERE id = ?", (new_epoch(), pk))
    copy.execute("DELETE FROM forum_onetimecode")
    copy.commit()


def put_aside(database: Path) -> Path | None:
    """A copy of the present database; one that cannot be copied any more is kept as it is, with its journal."""
    if not database.exists():
        return None
    try:
        return back_up()
    except Exception:
        broken = backups_directory() / f"broken-{timezone.now():%Y%m%d-%H%M%S}"
        connections.close_all()
        broken.mkdir(parents=True, mode=0o700)
        for name in _with_journals(database):
            if name.exists():
                name.rename(broken / name.name)
        return broken


def put_in_place(wanted: Path, database: Path) -> None:
    connections.close_all()
    with wanted.open("rb") as file:
        os.fsync(file.fileno())
    for name in _with_journals(database)[1:]:
        name.unlink(missing_ok=True)
    wanted.replace(database)
    directory = os.open(database.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def _with_journals(database: Path) -> list[Path]:
    return [database, *(database.with_name(f"{database.name}-{end}") for end in ("wal", "shm", "journal"))]


def contents(database: Path) -> list[tuple[str, int, str]]:
    """Per forum: title, people, and the moment of the last change, in the forum's own time."""
    rows = []
    with contextlib.closing(sqlite3.connect(database)) as copy:
        for pk, title in copy.execute("SELECT id, title FROM forum_forum ORDER BY id").fetchall():
            people = copy.execute(
                "SELECT COUNT(*) FROM forum_participant WHERE forum_id = ? AND removed_at IS NULL", (pk,)
            ).fetchone()[0]
            last = copy.execute("SELECT MAX(at) FROM forum_journalentry WHERE forum_id = ?", (pk,)).fetchone()[0]
            moment = f"{last[:16]} UTC" if last else "-"
            rows.append((title, people, moment))
    return rows
