"""/readyz: failures to write, and answers in time."""

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
from forum.views import monitoring
from tests.served_app import App, Start, data, start

__all__ = ["data", "start"]

Execute = Callable[[str], None]


@pytest.fixture(autouse=True)
def _no_earlier_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "HEALTH", health.Health())


@pytest.fixture
def on_connect() -> Iterator[Execute]:
    """Make every new connection execute a statement first."""
    statements: list[str] = []

    def execute(connection: Any, **_rest: Any) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    connection_created.connect(execute)
    yield statements.append
    connection_created.disconnect(execute)
    if connection.vendor == "postgresql":
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL alone


def get_health() -> tuple[int, str, str]:
    """Return the status, the reason, and Retry-After."""
    response = Client().get("/readyz")
    return response.status_code, response.json().get("reason", ""), response.headers.get("Retry-After", "")


@pytest.mark.django_db(transaction=True)
def test_a_healthy_app_answers_200_and_leaves_no_row() -> None:
    assert get_health() == (200, "", "")
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_read_only_database_is_not_healthy(on_connect: Execute) -> None:
    read_only = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET default_transaction_read_only = on"}
    on_connect(read_only[connection.vendor])
    assert get_health() == (503, "nothing can be written", "5")


@pytest.mark.laptop
@pytest.mark.django_db(transaction=True)
def test_a_database_that_has_no_room_for_a_text_is_not_healthy(on_connect: Execute) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        size = cursor.execute("PRAGMA page_count").fetchone()[0]
    on_connect(f"PRAGMA max_page_count = {size}")
    assert get_health() == (503, "nothing can be written: the disk is full", "5")


@pytest.mark.laptop
@pytest.mark.django_db(transaction=True)
def test_a_disk_without_space_for_a_file_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_where: Any) -> None:
        raise disk.DiskFull

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert get_health() == (503, "nothing can be written: the disk is full", "5")


@pytest.mark.django_db(transaction=True)
def test_requests_share_one_check_at_a_time_and_do_not_wait_for_one_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released, checks = threading.Event(), []

    def hang() -> None:
        checks.append(time.monotonic())
        released.wait(20)

    monkeypatch.setattr(health, "write_row", hang)
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.3)
    try:
        assert get_health() == (503, "writing takes too long", "5")
        began = time.monotonic()
        assert [get_health() for _time in range(20)] == [(503, "writing takes too long", "5")] * 20
        assert time.monotonic() - began < 2
        assert len(checks) == 1
    finally:
        released.set()
    end = time.monotonic() + 5
    while get_health()[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    before = len(checks)
    assert [get_health()[0] for _time in range(5)] == [200] * 5
    assert len(checks) <= before + 1


@pytest.mark.laptop
def test_while_another_program_locks_the_database_the_app_lives_but_is_not_ready(start: Start, data: Path) -> None:
    app: App = start("--no-worker").until_ready()
    assert app.get("/readyz") == (200, b'{"ready": true}')
    with contextlib.closing(sqlite3.connect(data / "forum.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(health.FRESH_SECONDS)
        for _time in range(3):
            began = time.monotonic()
            status, body = app.get("/readyz")
            assert (status, b"locked" in body or b"too long" in body) == (503, True)
            assert time.monotonic() - began < health.TIMEOUT_SECONDS + 1
            assert (app.get("/healthz"), app.get("/")[0]) == ((200, b'{"alive": true}'), 200)
        other.execute("ROLLBACK")
    app.until(lambda: app.get("/readyz")[0] == 200)


@pytest.mark.django_db(transaction=True)
def test_an_app_whose_connection_was_cut_during_a_check_is_healthy_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(_executor: Any, _targets: Any) -> None:
        monkeypatch.undo()
        connection.connection.close()  # by the database, without Django's knowledge
        connection.cursor().execute("SELECT 1")

    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", cut)
    checked = health.Health()
    assert checked.problem() == "the database does not answer"
    time.sleep(0.01)
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    assert checked.problem() == ""
