"""Runs tests on PostgreSQL and Redis, started for them alone: `python -m tests.hosted [arguments of pytest]`."""

import os
import signal
import subprocess
import sys

from tests.services import missing_services, redis_server, running_postgres

ALIKE = (
    # What happens to a book once it is read from the database.
    *(
        f"sessions/proceedings/test_{name}.py"
        for name in (
            "charts", "fonts", "formats", "hostile", "html", "pdf", "pdf_process", "pdf_structure", "spreadsheet",
            "weasyprint_internals",
        )
    ),
    "sessions/printing/*", "forum/text/test_markup.py",
    # Files, pictures, addresses and processes of this machine.
    "sessions/media/test_images.py", "forum/server/test_public_urls.py", "forum/web/test_static_storage.py",
    "forum/test_qr.py", "forum/management/test_restore.py", "forum/rehearsal/test_[bl]*.py",
    # How a hosted process starts and ends: tests/hosted.
    "forum/management/test_serve.py",
    # A board is made of the same rows: test_board.py compares boards after each verb here too.
    "forum/live/test_board_cache.py",
)  # fmt: skip
"""What neither the database nor the channel layer can change."""
BROWSERS = ("test_day.py", "test_live_page.py", "test_writing_page.py")
"""How a page looks and moves does not depend on where it is kept; a whole day, live pages and shared texts might."""
SUITE = (
    *(f"tests/browser/{name}" for name in BROWSERS), "tests/forum", "tests/sessions", "-m", "not laptop",
    *(f"--ignore-glob=tests/{name}" for name in ALIKE),
    "--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder",
)  # fmt: skip
"""What meets the database or the channel layer, apart from what is about SQLite's own file.

Two processes, each with a database and a part of Redis of its own; the tests of a file stay together.
"""


def main(words: list[str]) -> int:
    if reason := missing_services("PostgreSQL", "Redis"):
        print(reason)
        return 1 if os.environ.get("CI") else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the services end with us
    with running_postgres() as postgres, redis_server() as redis:
        hosted = {"FORUM_TESTS": "hosted", "FORUM_TESTS_POSTGRES": postgres.url, "FORUM_TESTS_REDIS": redis}
        # The databases vanish with their PostgreSQL: nothing has to be dropped.
        command = [sys.executable, "-m", "pytest", "--reuse-db", *(words or SUITE)]
        return subprocess.run(command, env=os.environ | hosted).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
