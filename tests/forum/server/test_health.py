"""/healthz says whether anything can be written, not only whether something can be read."""

import contextlib
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client

from forum.models import Submission
from forum.server import disk, health
from forum.views import pages
from tests.forum.management.test_serve import App, Start, data, start

__all__ = ["data", "start"]

Words = Callable[..., None]


@pytest.fixture(autouse=True)
def _nobody_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "HEALTH", health.Health())


@pytest.fixture
def say() -> Iterator[Words]:
    """Have every new connection begin with these words to the database."""
    said: list[str] = []

    def begin(connection: Any, **_rest: Any) -> None:
        with connection.cursor() as cursor:
            for words in said:
                cursor.execute(words)

    connection_created.connect(begin)
    yield said.append
    connection_created.disconnect(begin)
    if connection.vendor == "postgresql":
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL alone


def answer() -> tuple[int, str, str]:
    """Status, reason, and when to ask again."""
    got = Client().get("/healthz")
    return got.status_code, got.json().get("reason", ""), got.headers.get("Retry-After", "")


@pytest.mark.django_db(transaction=True)
def test_a_healthy_app_says_so_and_what_it_wrote_is_gone() -> None:
    assert answer() == (200, "", "")
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_only_reads_is_not_healthy(say: Words) -> None:
    only_reads = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET default_transaction_read_only = on"}
    say(only_reads[connection.vendor])
    assert answer() == (503, "nothing can be written", "5")


@pytest.mark.laptop
@pytest.mark.django_db(transaction=True)
def test_a_database_that_has_no_room_for_a_text_is_not_healthy(say: Words) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        pages_of_it = cursor.execute("PRAGMA page_count").fetchone()[0]
    say(f"PRAGMA max_page_count = {pages_of_it}")
    assert answer() == (503, "nothing can be written: the disk is full", "5")


@pytest.mark.laptop
@pytest.mark.django_db(transaction=True)
def test_a_disk_on_which_no_file_finds_room_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_where: Any) -> None:
        raise disk.Full

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert answer() == (503, "nothing can be written: the disk is full", "5")


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_all_the_time_has_one_look_made_at_a_time_and_waits_for_none_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over, looks = threading.Event(), []

    def hang() -> None:
        looks.append(time.monotonic())
        over.wait(20)

    monkeypatch.setattr(health, "write", hang)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.3)
    try:
        assert answer() == (503, "writing takes too long", "5")
        began = time.monotonic()
        assert [answer() for _time in range(20)] == [(503, "writing takes too long", "5")] * 20
        assert time.monotonic() - began < 2
        assert len(looks) == 1
    finally:
        over.set()
    end = time.monotonic() + 5
    while answer()[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    asked = len(looks)
    assert [answer()[0] for _time in range(5)] == [200] * 5
    assert len(looks) <= asked + 1


@pytest.mark.laptop
def test_while_another_program_holds_the_database_healthz_says_so_in_time_and_pages_still_answer(
    start: Start, data: Path
) -> None:
    app: App = start("--no-worker").until_ready()
    assert app.get("/healthz") == (200, b'{"ready": true}')
    with contextlib.closing(sqlite3.connect(data / "forum.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(health.FRESH_SECONDS)
        for _time in range(3):
            began = time.monotonic()
            status, said = app.get("/healthz")
            assert (status, b"locked" in said or b"too long" in said) == (503, True)
            assert time.monotonic() - began < health.PATIENCE_SECONDS + 1
            assert app.get("/")[0] == 200
        other.execute("ROLLBACK")
    app.until(lambda: app.get("/healthz")[0] == 200)


@pytest.mark.django_db(transaction=True)
def test_an_app_whose_connection_was_cut_while_it_looked_is_healthy_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(_executor: Any, _targets: Any) -> None:
        monkeypatch.undo()
        connection.connection.close()  # as the database's end of it would be, and Django does not know
        connection.cursor().execute("SELECT 1")

    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", cut)
    monkeypatch.setattr(pages, "HEALTH", looked := health.Health())
    assert looked.problem() == "the database does not answer"
    time.sleep(0.01)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    assert looked.problem() == ""
