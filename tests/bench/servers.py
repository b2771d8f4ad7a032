"""The servers that are measured: the app as it is really started, and what it is compared with, all on loopback."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services import static_files

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds that a server may take to answer for the first time."""
OPTIONS = (
    "loop", "http", "ws", "ws_max_size", "ws_max_queue", "ws_ping_interval", "ws_ping_timeout",
    "ws_per_message_deflate", "lifespan", "access_log", "proxy_headers", "server_header", "date_header", "backlog",
)  # fmt: skip
"""What every server of a comparison must have in common with `manage.py serve`."""
FOREIGN = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "HOST", "PORT", "DEBUG", "STATIC_ROOT")


@dataclass
class Server:
    """A running server process; its children, such as the background worker, are not counted."""

    process: "subprocess.Popen[str]"
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory(self) -> int:
        """Resident memory, in bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        """Seconds of processor that it used so far, exact to a hundredth."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Day:
    """A forum whose people and topics are in a data directory."""

    data: Path
    code: str
    epoch: str
    since: int
    phones: list[str]
    desk: str


def environment(data: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return clean | {
        "FORUM_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "forum.settings",
        "STATIC_ROOT": static_files(),
        "LANG": "en_GB.UTF-8",
    }


@contextlib.contextmanager
def room() -> Iterator[Path]:
    """A directory for the data of one benchmark."""
    with tempfile.TemporaryDirectory(prefix="forum-bench-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def stage(data: Path, people: int, topics: int = 16) -> Day:
    return Day(data=data, **staged(data, "--people", people, "--topics", topics))


def staged(data: Path, *options: object, module: str = "tests.bench.stage") -> dict[str, Any]:
    """What this module says of the forum that it has made in this new data directory."""
    data.mkdir(parents=True)
    command = [sys.executable, "-m", module, *map(str, options)]
    done = subprocess.run(command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextlib.contextmanager
def the_app(data: Path) -> Iterator[Server]:
    """`manage.py serve`, in a process of its own."""
    command = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", "0"]
    with (data / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(data), stdout=output, stderr=subprocess.STDOUT, text=True
        )
    try:
        until(process, lambda: "To stop: Ctrl-C" in (data / "output.txt").read_text(), data / "output.txt")
        yield Server(process, int((data / "serving").read_text().split()[1]))
        complaints = [line for line in (data / "output.txt").read_text().splitlines() if " ERROR " in line]
        if complaints:
            print(f"  the app complained {len(complaints)} times, for example: {complaints[0]}", file=sys.stderr)
    finally:
        end(process)


@contextlib.contextmanager
def bare(module: str, data: Path) -> Iterator[Server]:
    """One of the modules beside this one, behind the very same web server."""
    command = [sys.executable, "-m", "tests.bench.bare", f"tests.bench.{module}:application", json.dumps(options())]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        until(process, lambda: listens(process, port))
        yield Server(process, port)
    finally:
        end(process)


def options() -> dict[str, Any]:
    """The options that `manage.py serve` gives to its web server."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from forum.server.web_server import uvicorn_config

    config = uvicorn_config()
    return {name: getattr(config, name) for name in OPTIONS} | {"log_level": "warning"}


def listens(process: "subprocess.Popen[str]", port: int) -> bool:
    """Whether a line of the kernel's table says that somebody listens on this port of loopback."""
    return f"0100007F:{port:04X} 00000000:0000 0A" in Path(f"/proc/{process.pid}/net/tcp").read_text()


def until(process: "subprocess.Popen[str]", condition: Any, output: Path | None = None) -> None:
    limit = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"the server did not start: {output.read_text() if output else process.args!r}")
        time.sleep(0.02)


def end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
