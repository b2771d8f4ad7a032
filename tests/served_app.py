"""The app in a process of its own, as `manage.py serve` starts it."""

import contextlib
import http.client
import http.cookies
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests.services import environment_for

Start = Callable[..., "App"]
MANAGE = [sys.executable, str(settings.ROOT / "manage.py")]


class App:
    """`manage.py serve` on a free port. Its database is a copy that is up to date, unless `is_first_start`."""

    def __init__(
        self, data: Path, *options: str, port: int | str = 0, prefix: Sequence[str] = (), is_first_start: bool = False,
        **environment: str,
    ) -> None:  # fmt: skip
        uses_sqlite = "DATABASE_URL" not in environment_for(data) | environment
        if uses_sqlite and not is_first_start and not data.exists():
            migrated(data)
        self.data = data
        self.output = data.parent / "output.txt"
        self.port = 0
        self.cookies = http.cookies.SimpleCookie()
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*prefix, *MANAGE, "serve", "--host", "127.0.0.1", "--port", str(port), *options],
                env=os.environ | environment_for(data) | {"LANG": "en_GB.UTF-8", "LC_ALL": ""} | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def until(self, condition: Callable[[], Any], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := condition():
                return result
            assert self.process.poll() is None, self.text
            time.sleep(0.05)
        pytest.fail(f"it did not happen in {seconds} s; the app said:\n{self.text}")

    def until_ready(self) -> "App":
        self.until(lambda: "Ctrl-C" in self.text)
        self.port = int((self.data / "serving").read_text().split()[1])
        return self

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body, with the cookies of earlier responses; redirects are not followed."""
        status, _location, body = self._request("GET", path)
        return status, body

    def post(self, path: str, **fields: Any) -> str:
        """Post a form, and return the location that it redirects to."""
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"].value
        status, location, body = self._request("POST", path, urlencode(fields, doseq=True))
        assert status == 302, body
        return location

    def _request(self, method: str, path: str, form: str = "") -> tuple[int, str, bytes]:
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, form, headers)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", []):
                self.cookies.load(cookie)
            return response.status, response.headers["Location"] or "", response.read()

    def has(self, path: str) -> bool:
        return self.get(path)[0] == 200

    def worker_pid(self) -> int:
        return int(self.until(lambda: children(self.process.pid))[0])

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def children(pid: int) -> list[str]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """Whether this process runs. A zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    started: list[App] = []

    def _start(*options: str, **environment: Any) -> App:
        started.append(App(data, *options, **environment))
        return started[-1]

    yield _start
    for app in started:
        if app.process.poll() is None:
            app.process.terminate()
            app.process.wait(30)


def refusal(app: App) -> str:
    """Wait for the app to refuse to start, and return its message."""
    assert app.process.wait(60) == 1
    return app.text.strip()


def migrated(data: Path) -> Path:
    """Create an up-to-date database, and return its path."""
    data.mkdir(parents=True, exist_ok=True)
    if "DATABASE_URL" in environment_for(data):
        migrate(data)
    else:
        shutil.copy(template_database(), data)
    return data / "forum.sqlite3"


def migrate(data: Path, *arguments: str) -> None:
    command = [*MANAGE, "migrate", "--verbosity", "0", *arguments]
    subprocess.run(command, env=os.environ | environment_for(data), check=True, timeout=60)


@cache
def template_database() -> Path:
    """Return an up-to-date SQLite database to copy, since migrating takes seconds."""
    data = Path(settings.DATA_DIR) / "template"
    migrate(data)
    return data / "forum.sqlite3"
