"""Processes of the app that can be killed, stopped, restored and started again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from tests.services import free_port, static_files

SERVE = (sys.executable, str(settings.ROOT / "manage.py"), "serve", "--host", "127.0.0.1")
SHARED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "STATIC_ROOT", "FORUM_MEDIA")
"""Variables that the storm sets itself, whatever the environment of the tests."""
RESTORE = (sys.executable, str(settings.ROOT / "manage.py"), "restore")


def tracebacks(log: str) -> int:
    """Count the tracebacks in a server's output, except that of a clean-up in channels_redis.

    It runs in a task that is never awaited, and fails when Redis is killed at that moment.
    """
    return log.count("Traceback") - log.count("coro=<RedisChannelLayer._clean_receive_backup() done")


class Served:
    """One web process, always on the same port and data directory."""

    def __init__(self, home: Path, command: Sequence[str] = SERVE, **environment: str) -> None:
        self.home = home
        self.data = home / "data"
        self.port = free_port()
        self.command = [*command, "--port", str(self.port)]
        own = {name: value for name, value in os.environ.items() if name not in SHARED}
        place = {"FORUM_DATA": str(self.data), "STATIC_ROOT": static_files(), "LANG": "fr_FR.UTF-8", "LC_ALL": ""}
        self.environment = own | place | environment
        self.output = home / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def text(self) -> str:
        return self.output.read_text()

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        with self.output.open("a") as output:
            begin = len(self.text)
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        end = time.monotonic() + 60
        while "Ctrl-C" not in self.text[begin:]:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, self.text
            time.sleep(0.05)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def restore(self, backup: Path) -> None:
        subprocess.run([*RESTORE, str(backup)], env=self.environment, check=True, capture_output=True, timeout=60)

    def first_link(self) -> str:
        match = re.search(r"http://\S+(/facilitator/begin/\S+)", self.text)
        assert match, self.text
        return match[1]
