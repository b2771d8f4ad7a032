"""Starts of a hosted installation: refused configurations, and several web processes on one database."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.served_app import MANAGE, App, refusal
from tests.services import Postgres, require, running_postgres, running_redis

KEY = "the same in every process of a test"
Serve = Callable[..., App]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    require("PostgreSQL")
    with running_postgres() as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path, postgres: Postgres) -> Iterator[Serve]:
    """Start the app with the data directory of this machine, on the database of this test."""
    database = postgres.create(f"start_{abs(hash(tmp_path))}")
    started: list[App] = []

    def start(machine: str, **environment: Any) -> App:
        environment = {"DATABASE_URL": database, **environment}
        (tmp_path / machine).mkdir(exist_ok=True)
        started.append(App(tmp_path / machine / "data", "--no-worker", **environment))
        return started[-1]

    yield start
    for app in started:
        if app.process.poll() is None:
            app.end()


ALONE = (
    "Another web process serves this database. Without Redis neither would hear of the other’s changes: "
    "stop it, or give both the same REDIS_URL."
)


def test_a_second_web_process_without_redis_is_refused_on_any_machine(serve: Serve) -> None:
    first = serve("one").until_ready()
    assert refusal(serve("two")) == ALONE
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(10)
    # The lock is released when the first process ends, even if it is killed.
    assert serve("two").until_ready().get("/readyz")[0] == 200


def test_the_lock_is_taken_again_after_postgresql_was_away(serve: Serve, postgres: Postgres) -> None:
    first = serve("one").until_ready()
    postgres.kill()
    postgres.start()
    first.until(lambda: first.get("/readyz")[0] == 200)
    first.until(lambda: len(advisory_locks(postgres)) == 1)
    assert refusal(serve("two")) == ALONE


def advisory_locks(postgres: Postgres) -> list[Any]:
    import psycopg

    with psycopg.connect(postgres.url) as connection:
        return connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchall()


def test_with_redis_several_processes_serve_and_prepare_the_database_in_turn(serve: Serve) -> None:
    require("Redis")
    with running_redis() as redis:
        both = [serve(machine, REDIS_URL=redis.url, SECRET_KEY=KEY) for machine in ("one", "two")]
        assert [app.until_ready().get("/readyz")[0] for app in both] == [200, 200]


def test_several_processes_need_the_same_secret_key(serve: Serve) -> None:
    message = refusal(serve("one", REDIS_URL="redis://127.0.0.1:1/0"))
    assert message == (
        "REDIS_URL says that several processes serve: give them all the same SECRET_KEY, 50 random characters."
    )


@pytest.mark.parametrize("url", ["sqlite:///somewhere.sqlite3", "mysql://root@localhost/forum", "nonsense"])
def test_a_url_that_is_not_of_a_postgresql_is_reported(serve: Serve, url: str) -> None:
    message = refusal(serve("one", DATABASE_URL=url))
    assert message == "DATABASE_URL is not the address of a PostgreSQL, such as postgres://user:password@host/forum"


def test_a_postgresql_that_does_not_answer_is_reported(serve: Serve) -> None:
    message = refusal(serve("one", DATABASE_URL="postgres://forum@127.0.0.1:1/forum"))
    assert message.startswith("The database does not answer: connection failed")
    assert "Traceback" not in message


def test_options_of_the_url_are_passed_on(postgres: Postgres, tmp_path: Path) -> None:
    script = "from django.conf import settings as s; print(s.DATABASES['default']['OPTIONS']['sslmode'])"
    environment = {"FORUM_DATA": str(tmp_path), "DATABASE_URL": f"{postgres.url}?sslmode=disable"}
    shell = [*MANAGE, "shell", "--no-imports", "-c", script]
    process = subprocess.run(shell, env=os.environ | environment, capture_output=True, text=True, timeout=60)
    assert process.stdout == "disable\n"
