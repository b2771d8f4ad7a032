"""`manage.py restore`: only undamaged copies, not while the app runs, and a backup of the present database."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from pytest_django import DjangoDbBlocker

from forum.management.commands import restore as restore_command
from forum.models import Actor, Facilitator, Forum, OneTimeCode, Participant
from forum.server.errors import CannotStart
from tests.chaos.servers import Served
from tests.served_app import migrated

MANAGE = (sys.executable, str(settings.ROOT / "manage.py"))


PLACEHOLDERS = {"date": "2026-01-01", "datetime": "2026-01-01 09:00:00", "varchar": "", "text": ""}
ENTRY = (
    "INSERT INTO forum_journalentry (forum_id, revision, at, verb, invalidated, details, rows)"
    " VALUES (1, 13, '2026-01-01', 'joined', '{invalidated}', '{{}}', '{rows}')"
)
TASK = (
    "INSERT INTO django_tasks_database_dbtaskresult (id, status, enqueued_at, args_kwargs, priority, task_path,"
    " worker_ids, queue_name, backend_name, run_after, exception_class_path, traceback, return_value)"
    " VALUES ('00000000000000000000000000000001', 'READY', '2026-01-01', '{}', 0, 'antigravity.fly', '[]', 'default',"
    " 'default', '2026-01-01', '', '', 'null')"
)


@pytest.fixture
def home(tmp_path: Path) -> Served:
    """A data directory that no server uses."""
    return Served(tmp_path, LANG="en_GB.UTF-8")


@pytest.fixture
def database(home: Served) -> Path:
    """An up-to-date database with one forum, and one person who has a phone."""
    path = migrated(home.data)
    with opened(path) as connection:
        insert(
            connection, "forum_forum", title="Arras", language="fr", code="H7KQ4MT", revision=12, epoch="before00",
            phase="groups", slide="", time_zone="Europe/Paris",
        )  # fmt: skip
        insert(connection, "forum_participant", forum_id=1, name="Nadia", appearance="full", roaming="")
        insert(connection, "forum_device", participant_id=1, token_fingerprint="f1")
        insert(connection, "forum_facilitator", name="Camille", link_fingerprint="link")
        insert(connection, "forum_device", facilitator_id=1, token_fingerprint="f3")
        insert(connection, "forum_onetimecode", code_fingerprint="f2", role="facilitator")
    return path


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """Insert a row with these values, and with placeholders in the other columns that must not be empty."""
    for _n, name, kind, required, default, key in connection.execute(f"PRAGMA table_info({table})").fetchall():
        if required and default is None and not key and name not in values:
            values[name] = PLACEHOLDERS.get(kind.partition("(")[0].lower(), 0)
    marks = ", ".join("?" for _ in values)
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))  # noqa: S608 names of our tables


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()


def manage(home: Served, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*MANAGE, *arguments], env=home.environment, capture_output=True, text=True, timeout=60)


def restore(home: Served, *arguments: object) -> str:
    process = manage(home, "restore", *map(str, arguments))
    assert process.returncode == 0, process.stderr
    return process.stdout


def refusal(home: Served, *arguments: object) -> str:
    """Return the message of a refusal, which leaves the database unchanged."""
    path = home.data / "forum.sqlite3"
    before = path.read_bytes() if path.exists() else b""
    process = manage(home, "restore", *map(str, arguments))
    assert process.returncode == 1, process.stdout
    assert "Traceback" not in process.stderr
    assert (path.read_bytes() if path.exists() else b"") == before
    assert not list(home.data.glob("*.restored"))
    return process.stderr


def copied(database: Path, name: str = "copy.sqlite3") -> Path:
    copy = database.parent.parent / name
    with opened(database) as source, opened(copy) as to:
        source.backup(to)
    return copy


def titles(path: Path) -> list[str]:
    with opened(path) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM forum_forum")]


def test_the_copy_replaces_the_database_which_is_backed_up(home: Served, database: Path) -> None:
    copy = copied(database)
    with opened(database) as connection:
        connection.execute("UPDATE forum_forum SET title = 'Après', revision = 40")
    output = restore(home, copy)
    assert titles(database) == ["Arras"]
    assert [titles(path) for path in (home.data / "backups").iterdir()] == [["Après"]]
    assert str(home.data / "backups") in output
    assert "Arras: 1 people" in output
    assert {path.stat().st_mode & 0o077 for path in home.data.rglob("*.sqlite3")} == {0}


def test_open_pages_reload_and_phones_stay_signed_in_but_one_time_codes_are_deleted(
    home: Served, database: Path
) -> None:
    restore(home, copied(database))
    with opened(database) as connection:
        epoch = connection.execute("SELECT epoch FROM forum_forum").fetchone()[0]
        assert (epoch == "before00", len(epoch)) == (False, 8)
        assert connection.execute("SELECT token_fingerprint FROM forum_device").fetchall() == [("f1",), ("f3",)]
        assert connection.execute("SELECT * FROM forum_onetimecode").fetchall() == []


def test_the_same_copy_restored_twice_gives_two_epochs(home: Served, database: Path) -> None:
    copy, epochs = copied(database), set()
    for _ in range(2):
        restore(home, copy)
        with opened(database) as connection:
            epochs.add(connection.execute("SELECT epoch FROM forum_forum").fetchone()[0])
    assert len(epochs) == 2


def test_the_old_write_ahead_log_is_not_applied_to_the_copy(home: Served, database: Path) -> None:
    """SQLite would apply a log that was left behind."""
    copy = copied(database)
    open_connection = sqlite3.connect(database)
    open_connection.execute("PRAGMA journal_mode=WAL")
    open_connection.execute("UPDATE forum_forum SET title = 'Dans le journal'")
    open_connection.commit()
    assert database.with_name("forum.sqlite3-wal").stat().st_size > 0
    restore(home, copy)
    open_connection.close()
    assert titles(database) == ["Arras"]


def test_a_directory_without_a_database_takes_the_copy(home: Served, database: Path) -> None:
    copy = copied(database)
    database.unlink()
    restore(home, copy)
    assert titles(database) == ["Arras"]


def test_a_database_too_damaged_to_be_copied_is_set_aside(home: Served, database: Path) -> None:
    copy = copied(database)
    database.write_bytes(b"SQLite format 3\x00" + b"broken" * 5000)
    restore(home, copy)
    assert titles(database) == ["Arras"]
    [aside] = (home.data / "backups").iterdir()
    assert (aside / "forum.sqlite3").read_bytes().endswith(b"brokenbroken")


def test_it_refuses_while_the_app_runs(home: Served, database: Path) -> None:
    copy = copied(database)
    home.start()
    try:
        process = manage(home, "restore", str(copy))
        assert (process.returncode, process.stdout) == (1, "")
        assert "The app already runs with these data" in process.stderr
    finally:
        home.stop()


def test_it_refuses_a_file_that_is_no_database(home: Served, database: Path) -> None:
    text = home.home / "letter.txt"
    text.write_text("Bonjour")
    assert "This is not a SQLite database" in refusal(home, text)
    assert "The copy cannot be read" in refusal(home, home.home / "missing.sqlite3")
    assert "The copy cannot be read" in refusal(home, home.home)


def test_it_refuses_the_database_of_another_program(home: Served, database: Path) -> None:
    other = home.home / "other.sqlite3"
    with opened(other) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    assert "This is not a database of this app" in refusal(home, other)


def test_it_refuses_a_copy_with_triggers(home: Served, database: Path) -> None:
    copy = copied(database)
    with opened(copy) as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON forum_topic BEGIN DELETE FROM forum_device; END")
    assert "This is not a database of this app" in refusal(home, copy)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE forum_forum SET phase = 'midnight'", "forum_forum 1"),
        ("UPDATE forum_forum SET time_zone = '../../etc/passwd'", "forum_forum 1"),
        ("UPDATE forum_forum SET date = 'tomorrow'", "forum_forum 1"),
        ("UPDATE forum_participant SET name = printf('%.500c', 'x')", "forum_participant 1"),
        ("UPDATE forum_feedback SET forum_id = 2", "forum_feedback 1"),
        (ENTRY.format(invalidated="[7]", rows="[]"), "forum_journalentry 1"),
        (ENTRY.format(invalidated="[]", rows="{}"), "forum_journalentry 1"),
        (ENTRY.format(invalidated="[]", rows='[{"model": "os.system"}]'), "forum_journalentry 1"),
        (
            ENTRY.format(invalidated="[]", rows='[{"model": "forum.Topic", "before": {"x": ""}, "after": null}]'),
            "forum_journalentry 1",
        ),
    ],
)
def test_it_refuses_a_copy_with_a_row_that_the_app_never_wrote(
    home: Served, database: Path, django_db_blocker: DjangoDbBlocker, statement: str, row: str
) -> None:
    copy = copied(database)
    with opened(copy) as connection:
        insert(connection, "forum_feedback", forum_id=1, participant_id=1)
        insert(
            connection, "forum_forum", title="Lens", language="fr", code="H7KQ4MU", phase="groups", slide="",
            time_zone="Europe/Paris",
        )  # fmt: skip
    with django_db_blocker.unblock():
        assert check_rows(home, copy) == ""
        with opened(copy) as connection:
            connection.execute(statement)
        assert f"The copy holds what this app never wrote ({row})" in check_rows(home, copy)


def check_rows(home: Served, copy: Path) -> str:
    """Return why the rows of a copy are refused; empty if they are not."""
    tried = home.home / "tried.sqlite3"
    shutil.copy(copy, tried)
    try:
        with translation.override("en"):
            restore_command._check_rows(tried, copy)
    except CannotStart as error:
        return str(error)
    return ""


def test_a_copy_lets_in_only_the_accounts_of_those_whom_they_let_in_before(home: Served, database: Path) -> None:
    with opened(database) as connection:
        insert(connection, "forum_facilitator", name="Salma", link_fingerprint=None)
        insert(connection, "forum_account", facilitator_id=2, issuer="https://id.example", subject_fingerprint="salma")
        insert(connection, "forum_facilitator", name="Théo", link_fingerprint=None)
        insert(connection, "forum_account", facilitator_id=3, issuer="https://id.example", subject_fingerprint="theo")
    copy = copied(database)
    with opened(copy) as connection:
        insert(connection, "forum_account", facilitator_id=1, issuer="https://id.example", subject_fingerprint="thief")
        connection.execute("UPDATE forum_account SET issuer = 'https://id.evil.example' WHERE facilitator_id = 3")
    restore(home, copy)
    with opened(database) as connection:
        accounts = connection.execute(
            "SELECT facilitator_id, issuer, subject_fingerprint FROM forum_account"
        ).fetchall()
        link = connection.execute("SELECT link_fingerprint FROM forum_facilitator WHERE name = 'Salma'").fetchone()
    assert (accounts, link) == ([(2, "https://id.example", "salma")], (None,))


def test_a_copy_lets_nobody_in_whom_this_computer_did_not_know_and_runs_nothing(home: Served, database: Path) -> None:
    copy = copied(database)
    with opened(copy) as connection:
        insert(connection, "forum_facilitator", name="Voleuse", link_fingerprint="known to her")
        insert(connection, "forum_device", facilitator_id=1, token_fingerprint="known to her")
        insert(connection, "forum_device", facilitator_id=2, token_fingerprint="known to her too")
        connection.execute("UPDATE forum_device SET participant_id = NULL, facilitator_id = 1 WHERE id = 1")
        connection.execute("UPDATE forum_facilitator SET link_fingerprint = 'leaked' WHERE name = 'Camille'")
        connection.execute(TASK)
    assert "Only links and devices that this computer knew before let people in." in restore(home, copy)
    with opened(database) as connection:
        devices = connection.execute("SELECT token_fingerprint FROM forum_device").fetchall()
        links = dict(connection.execute("SELECT name, link_fingerprint FROM forum_facilitator").fetchall())
        tasks = connection.execute("SELECT * FROM django_tasks_database_dbtaskresult").fetchall()
    assert (devices, tasks) == ([("f3",)], [])
    assert (links["Camille"], "known" in links["Voleuse"], len(links["Voleuse"])) == ("link", False, 64)


def test_it_refuses_a_damaged_copy(home: Served, database: Path) -> None:
    copy = copied(database)
    with opened(copy) as connection:
        connection.execute("DELETE FROM forum_forum")
    assert "The copy is damaged" in refusal(home, copy)
    cut = home.home / "cut.sqlite3"
    cut.write_bytes(copied(database, "whole.sqlite3").read_bytes()[:40_000])
    assert "The copy" in refusal(home, cut)


def test_it_refuses_a_copy_of_a_newer_version(home: Served, database: Path) -> None:
    copy = copied(database)
    with opened(copy) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('forum', '9999_future', '2030-01-01')"
        )
    assert "newer version of the app (it has forum.9999_future)" in refusal(home, copy)


def test_without_an_argument_it_names_the_latest_copy(home: Served, database: Path) -> None:
    assert "Which copy?" in refusal(home)
    restore(home, copied(database))
    newest = next((home.data / "backups").glob("*.sqlite3"))
    assert str(newest) in refusal(home)


def test_data_in_postgresql_are_refused_with_a_hint(home: Served, database: Path) -> None:
    home.environment["DATABASE_URL"] = "postgres://forum@127.0.0.1:1/forum"
    assert "manage.py restore --by-hand" in refusal(home, copied(database))


@pytest.mark.django_db
def test_by_hand_makes_open_pages_reload(forum: Forum, camille: Facilitator) -> None:
    Participant.join(forum, by=Actor(facilitator=camille), name="Nadia")
    OneTimeCode.for_facilitator(forum)
    before = Forum.objects.get(pk=forum.pk)
    call_command("restore", by_hand=True)
    after = Forum.objects.get(pk=forum.pk)
    assert (after.revision, after.epoch == before.epoch) == (before.revision, False)
