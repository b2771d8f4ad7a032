"""Run tests on a PostgreSQL and a Redis of their own: `python -m tests.hosted [arguments of pytest]`."""

import os
import signal
import subprocess
import sys

from tests.services import missing_services, redis_server, running_postgres

SKIPPED = (
    # The book once it was read from the database.
    *(
        f"sessions/proceedings/test_{name}.py"
        for name in (
            "charts", "fonts", "formats", "hostile", "html", "pdf", "pdf_process", "pdf_structure", "spreadsheet",
            "weasyprint_internals",
        )
    ),
    "sessions/printing/*", "forum/text/test_markup.py",
    # Files, images, addresses and processes of this machine.
    "sessions/media/test_images.py", "forum/server/test_public_urls.py", "forum/web/test_static_storage.py",
    "forum/test_qr.py", "forum/management/test_restore.py", "forum/rehearsal/test_[bl]*.py",
    # Start and stop: tests/hosted has them for hosted processes.
    "forum/management/test_serve.py", "forum/management/test_facilitator.py",
    # test_board.py compares the boards after each verb on this size too.
    "forum/live/test_board_cache.py",
)  # fmt: skip
"""Tests whose result depends neither on the database nor on the channel layer."""
BROWSERS = ("test_day.py", "test_live_network.py", "test_live_page.py", "test_writing_page.py")
"""Browser tests that may depend on the database or the channel layer: a whole day, live pages, shared texts."""
SUITE = (
    *(f"tests/browser/{name}" for name in BROWSERS), "tests/model", "tests/fuzz", "tests/permissions",
    "tests/forum", "tests/sessions",
    "-m", "not laptop",
    *(f"--ignore-glob=tests/{name}" for name in SKIPPED),
    "--numprocesses", "3", "--dist", "loadfile", "--no-loadscope-reorder",
)  # fmt: skip
"""Arguments of pytest for all tests that use the database or the channel layer.

Three processes, each with its own database and Redis database; the tests of a file stay together.
"""

MEASURED = ("-m", "slipcover", "--json", "--out", ".build/coverage/hosted.json")
"""Runs what follows, and writes which lines and branches it ran, for tests/coverage.py."""


def main(arguments: list[str]) -> int:
    if reason := missing_services("PostgreSQL", "Redis"):
        print(reason)
        return 1 if os.environ.get("CI") else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # stops the services too
    with running_postgres() as postgres, redis_server() as redis:
        hosted = {"FORUM_TESTS": "hosted", "FORUM_TESTS_POSTGRES": postgres.url, "FORUM_TESTS_REDIS": redis}
        # The databases are deleted with their PostgreSQL.
        pytest = (*(() if arguments else MEASURED), "-m", "pytest", "--reuse-db")
        command = [sys.executable, *pytest, *(arguments or SUITE)]
        return subprocess.run(command, env=os.environ | hosted).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
