"""The servers of the benchmarks, on loopback: the app as `manage.py serve` starts it, and simpler ones."""

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
START_SECONDS = 60.0
"""Time in which a server must answer for the first time."""
SHARED_OPTIONS = (
    "loop", "http", "ws", "ws_max_size", "ws_max_queue", "ws_ping_interval", "ws_ping_timeout",
    "ws_per_message_deflate", "lifespan", "access_log", "proxy_headers", "server_header", "date_header", "backlog",
)  # fmt: skip
"""Options of uvicorn that all servers have in common with `manage.py serve`."""
CLEARED_VARIABLES = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "HOST", "PORT", "DEBUG", "STATIC_ROOT")


@dataclass
class Server:
    """A running server. Memory and processor time are without its children, such as the background worker."""

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
        """Processor time used so far, in seconds, exact to a hundredth."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class BenchForum:
    """A forum with people and topics in a data directory."""

    data: Path
    code: str
    epoch: str
    since: int
    phones: list[str]
    desk: str


def environment(data: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in CLEARED_VARIABLES}
    return inherited | {
        "FORUM_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "forum.settings",
        "STATIC_ROOT": static_files(),
        "LANG": "en_GB.UTF-8",
    }


@contextlib.contextmanager
def data_directory() -> Iterator[Path]:
    """Yield a directory for the data of one benchmark."""
    with tempfile.TemporaryDirectory(prefix="forum-bench-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def create_marketplace(data: Path, people: int, topics: int = 16) -> BenchForum:
    return BenchForum(data=data, **create_forum(data, "marketplace", "--people", people, "--topics", topics))


def create_forum(data: Path, module: str, *options: object) -> dict[str, Any]:
    """Run a module of `forums` in a new data directory, and return the JSON object that it prints."""
    data.mkdir(parents=True)
    command = [sys.executable, "-m", f"tests.bench.forums.{module}", *map(str, options)]
    process = subprocess.run(command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return result


@contextlib.contextmanager
def running_app(data: Path) -> Iterator[Server]:
    """Run `manage.py serve`, and report the errors in its log."""
    command = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", "0"]
    with (data / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(data), stdout=output, stderr=subprocess.STDOUT, text=True
        )
    try:
        wait_until(process, lambda: "To stop: Ctrl-C" in (data / "output.txt").read_text(), data / "output.txt")
        yield Server(process, int((data / "serving").read_text().split()[1]))
        errors = [line for line in (data / "output.txt").read_text().splitlines() if " ERROR " in line]
        if errors:
            print(f"  the app logged {len(errors)} errors, for example: {errors[0]}", file=sys.stderr)
    finally:
        stop(process)


@contextlib.contextmanager
def running_compared(module: str, data: Path) -> Iterator[Server]:
    """Run the application of a module of `compared`, with the same web server and options as the app."""
    command = [sys.executable, "-m", "tests.bench.compared", module, json.dumps(server_options())]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        wait_until(process, lambda: is_listening(process, port))
        yield Server(process, port)
    finally:
        stop(process)


def server_options() -> dict[str, Any]:
    """Return the options of uvicorn that `manage.py serve` uses."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from forum.server.web_server import uvicorn_config

    config = uvicorn_config()
    return {name: getattr(config, name) for name in SHARED_OPTIONS} | {"log_level": "warning"}


def is_listening(process: "subprocess.Popen[str]", port: int) -> bool:
    """Return whether the kernel's table has a listening socket on this port of loopback."""
    return f"0100007F:{port:04X} 00000000:0000 0A" in Path(f"/proc/{process.pid}/net/tcp").read_text()


def wait_until(process: "subprocess.Popen[str]", condition: Any, output: Path | None = None) -> None:
    limit = time.monotonic() + START_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"the server did not start: {output.read_text() if output else process.args!r}")
        time.sleep(0.02)


def stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
