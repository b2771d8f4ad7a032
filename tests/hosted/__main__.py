"""Runs tests on PostgreSQL and Redis, started for them alone: `python -m tests.hosted [arguments of pytest]`."""

import os
import signal
import subprocess
import sys

from tests.services import redis_server, running_postgres, why_not

SUITE = (
    "tests/forum", "tests/sessions", "tests/browser", "-m", "not laptop",
    # How pages look does not depend on where they are kept.
    "--ignore", "tests/browser/test_accessible.py",
    "--numprocesses", "2", "--dist", "loadfile",
)  # fmt: skip
"""What meets the database or the channel layer, apart from what is about SQLite's own file.

Two processes, each with a database and a part of Redis of its own; the tests of a file stay together.
"""


def main(words: list[str]) -> int:
    if reason := why_not("PostgreSQL", "Redis"):
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
