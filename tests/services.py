"""Start PostgreSQL, Redis and nginx for tests, and find Chromium: Debian's programs.

They run on free loopback ports with temporary directories, apart from the machine's own services. Tests that need a
program which is not installed are skipped; in continuous integration they fail.
"""

import atexit
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
REDIS = shutil.which("redis-server")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
"""The headless shell first: it renders the same pages with a third less processor time."""
LAUNCH_OPTIONS: dict[str, Any] = {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}
"""Options of Playwright. As root, as in most continuous integration, Chromium refuses its own sandbox."""
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _find_postgres() -> Path | None:
    """Return the directory of `initdb` and `postgres` of the newest installed version; None if there is none."""
    directories = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(directories, key=lambda path: int(path.parent.name)) if directories else None


POSTGRES = _find_postgres()
GCC = shutil.which("gcc")
PROGRAMS = {"PostgreSQL": POSTGRES, "Redis": REDIS, "nginx": NGINX, "Chromium": CHROMIUM, "gcc": GCC}


def missing_services(*services: str) -> str:
    """Return a line about the services that are not installed, and the command to type; empty if all are."""
    missing = [name for name in services if PROGRAMS[name] is None]
    packages = {"PostgreSQL": "postgresql", "Redis": "redis-server"}
    if not missing:
        return ""
    names, wanted = " and ".join(missing), " ".join(packages.get(name, name.lower()) for name in missing)
    return f"without {names} these tests do not run: apt-get install {wanted}"


def require(*services: str) -> None:
    """Skip the calling test if one of these services is not installed; fail it in continuous integration."""
    if reason := missing_services(*services):
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


class Service:
    """A program on its own port, which can be killed and started again."""

    stop_seconds = 10.0
    stop_signal = signal.SIGKILL

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def _start(self, command: Sequence[str | Path], log: Path | None = None, user: str | None = None) -> None:
        with (log or Path(os.devnull)).open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, user=user, cwd="/")
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """Kill the program, as a power cut would."""
        if self.process:
            self.process.send_signal(self.stop_signal)
            self.process.wait(self.stop_seconds)
            self.process = None


class Redis(Service):
    """A Redis without persistence: it is empty after a restart."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        require("Redis")
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": tempfile.gettempdir()}
        arguments = [argument for name, value in options.items() for argument in (f"--{name}", str(value))]
        self._start([str(REDIS), *arguments])


class Postgres(Service):
    """A PostgreSQL. It refuses to run as root, so root runs it as the user `postgres` of Debian's package."""

    stop_seconds = 30.0
    stop_signal = signal.SIGQUIT  # at once; a SIGKILL would leave its children running

    def __init__(self, home: Path, *, is_durable: bool = False) -> None:
        """`is_durable`: it waits for the disk, as in real use. Other tests need not survive a power cut."""
        super().__init__()
        self.home, self.is_durable = home, is_durable
        self.user = "postgres" if os.geteuid() == 0 else None
        self.url = self.database("postgres")

    def database(self, name: str) -> str:
        return f"postgres://forum@127.0.0.1:{self.port}/{name}"

    def initialise(self) -> None:
        """Create an empty cluster."""
        require("PostgreSQL")
        if self.user:
            shutil.chown(self.home, self.user)
        options = ["--username=forum", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "--pgdata", self.home / "data", *options)

    def start(self) -> None:
        assert POSTGRES
        options: list[str | Path] = ["-D", self.home / "data", "-p", str(self.port), "-h", "127.0.0.1"]
        # The path of a socket has at most 107 bytes, and that of a temporary directory may be longer.
        options += ["-c", "unix_socket_directories="]
        # Without statistics of the new tables, PostgreSQL would compile queries of a few rows.
        options += ["-c", f"fsync={'on' if self.is_durable else 'off'}", "-c", "jit=off", "-c", "max_connections=100"]
        self._start([POSTGRES / "postgres", *options], self.home / "log.txt", self.user)
        end = time.monotonic() + self.stop_seconds
        while self._run("pg_isready", "-q", *self._address_options, check=False).returncode:
            assert time.monotonic() < end, (self.home / "log.txt").read_text()
            time.sleep(0.05)

    def create(self, name: str) -> str:
        """Create an empty database, and return its URL, for DATABASE_URL."""
        self._run("createdb", *self._address_options, "-U", "forum", name)
        return self.database(name)

    @property
    def _address_options(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port)]

    def _run(self, program: str, *arguments: str | Path, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        assert POSTGRES
        command = [POSTGRES / program, *arguments]
        return subprocess.run(
            command, user=self.user, cwd="/", check=check, stdout=subprocess.DEVNULL, timeout=self.stop_seconds
        )


class Nginx(Service):
    """An nginx with a configuration of the test."""

    stop_signal = signal.SIGTERM

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, configuration: str) -> None:
        """Start nginx with the text of a whole nginx.conf, which listens on this port."""
        require("nginx")
        file = self.home / "nginx.conf"
        file.write_text(configuration)
        self._start([str(NGINX), "-p", self.home, "-c", file, "-e", self.home / "error.log", "-g", "daemon off;"])


@contextmanager
def running_redis() -> Iterator[Redis]:
    redis = Redis()
    try:
        redis.start()
        yield redis
    finally:
        redis.kill()


@contextmanager
def redis_server() -> Iterator[str]:
    """Start a Redis, and yield its URL, for REDIS_URL."""
    with running_redis() as redis:
        yield redis.url


@contextmanager
def running_postgres(*, is_durable: bool = False) -> Iterator[Postgres]:
    with _temporary_directory("postgres") as home:
        postgres = Postgres(home, is_durable=is_durable)
        try:
            postgres.initialise()
            postgres.start()
            yield postgres
        finally:
            postgres.kill()


@contextmanager
def postgres_server(*, is_durable: bool = False) -> Iterator[str]:
    """Start a PostgreSQL, and yield its URL, for DATABASE_URL."""
    with running_postgres(is_durable=is_durable) as postgres:
        yield postgres.url


@contextmanager
def nginx(configuration: str) -> Iterator[str]:
    """Start an nginx, and yield its URL. In the configuration, PORT and HOME stand for its port and directory."""
    with _temporary_directory("nginx") as home:
        server = Nginx(home)
        try:
            server.start(configuration.replace("PORT", str(server.port)).replace("HOME", str(home)))
            yield server.url
        finally:
            server.kill()


@contextmanager
def _temporary_directory(name: str) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix=f"forum-{name}-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def environment_for(data: Path) -> dict[str, str]:
    """Return the environment of commands on this data directory; on the hosted size, with a database of their own."""
    environment = {
        "FORUM_DATA": str(data),
        "STATIC_ROOT": static_files(),
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",  # the tests of pages set it, for themselves
    }
    if os.environ.get("FORUM_TESTS") != "hosted":
        return environment
    import psycopg

    name = f"data_{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    server = os.environ["FORUM_TESTS_POSTGRES"]
    with psycopg.connect(server, autocommit=True) as connection, suppress(psycopg.errors.DuplicateDatabase):
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return environment | {
        "DATABASE_URL": f"{server.rpartition('/')[0]}/{name}",
        "REDIS_URL": f"{os.environ['FORUM_TESTS_REDIS'].rpartition('/')[0]}/15",
        "SECRET_KEY": "the same in every process of a test, and longer than Django asks",
    }


def static_files() -> str:
    """Return the directory of the static files, built once for this process and its children in some seconds."""
    if built := os.environ.get("FORUM_TESTS_STATIC"):
        return built
    root = str(temporary_for_this_process("static"))
    build = "from forum.server.static_files import build_static_files; build_static_files()"
    environment = os.environ | {"FORUM_DATA": root, "STATIC_ROOT": root, "DJANGO_SETTINGS_MODULE": "forum.settings"}
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "--command", build]
    subprocess.run(shell, cwd=ROOT, env=environment, check=True, timeout=120)
    os.environ["FORUM_TESTS_STATIC"] = root
    return root


def temporary_for_this_process(name: str) -> Path:
    """Make a directory that is deleted when this process ends."""
    home = tempfile.mkdtemp(prefix=f"forum-{name}-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return Path(home)


def free_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"it ended by itself, with code {process.returncode}"
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    raise TimeoutError
