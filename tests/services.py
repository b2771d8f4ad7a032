"""PostgreSQL, Redis, nginx and Chromium for tests: Debian's own programs.

On free loopback ports and in directories that vanish; never the machine's own services. What is not installed is
skipped in one line; in continuous integration it fails.
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
"""The one without a window first: its pages are the same, for a third less of the processor."""
LAUNCH: dict[str, Any] = {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}
"""How Playwright starts it: as root, as in most continuous integration, it refuses its own sandbox."""
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _postgres_programs() -> Path | None:
    """Where Debian keeps `initdb` and `postgres`: the newest version that is installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda path: int(path.parent.name)) if found else None


POSTGRES = _postgres_programs()
PACKAGES = {"PostgreSQL": POSTGRES, "Redis": REDIS, "nginx": NGINX, "Chromium": CHROMIUM}


def why_not(*services: str) -> str:
    """One line that says which of these services this machine lacks; empty: it has them all."""
    missing = [name for name in services if PACKAGES[name] is None]
    packages = {"PostgreSQL": "postgresql", "Redis": "redis-server", "nginx": "nginx", "Chromium": "chromium"}
    if not missing:
        return ""
    names = " and ".join(missing)
    return f"without {names} these tests do not run: apt-get install {' '.join(packages[name] for name in missing)}"


def need(*services: str) -> None:
    """Skip the test that asks where they cannot be had; fail it in continuous integration."""
    if reason := why_not(*services):
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


class Service:
    """A program on a port of its own, which can be ended and started again."""

    patience = 10.0
    goodbye = signal.SIGKILL

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def _start(self, command: Sequence[str | Path], log: Path | None = None, user: str | None = None) -> None:
        with (log or Path(os.devnull)).open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, user=user, cwd="/")
        until_it_answers(self.port, self.process)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self.process:
            self.process.send_signal(self.goodbye)
            self.process.wait(self.patience)
            self.process = None


class Redis(Service):
    """It keeps nothing: killed and started again, it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        need("Redis")
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": tempfile.gettempdir()}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._start([str(REDIS), *words])


class Postgres(Service):
    """It refuses to run as root, so root lends it to the user `postgres` that Debian's package makes."""

    patience = 30.0
    goodbye = signal.SIGQUIT  # at once, whoever is connected; a SIGKILL would leave its children behind

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.user = "postgres" if os.geteuid() == 0 else None
        self.url = self.database("postgres")

    def database(self, name: str) -> str:
        return f"postgres://forum@127.0.0.1:{self.port}/{name}"

    def make(self) -> None:
        """An empty cluster."""
        need("PostgreSQL")
        if self.user:
            shutil.chown(self.home, self.user)
        options = ["--username=forum", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "--pgdata", self.home / "data", *options)

    def start(self) -> None:
        assert POSTGRES
        where: list[str | Path] = ["-D", self.home / "data", "-p", str(self.port), "-h", "127.0.0.1"]
        # The path of a socket may have 107 bytes at most, and that of a temporary directory may be longer.
        where += ["-c", "unix_socket_directories="]
        # A test's database need not outlive a power cut; and of tables that are new every time too little is known:
        # PostgreSQL would compile queries of a few rows.
        self._start(
            [POSTGRES / "postgres", *where, "-c", "fsync=off", "-c", "jit=off", "-c", "max_connections=100"],
            self.home / "log.txt",
            self.user,
        )
        end = time.monotonic() + self.patience
        while self._run("pg_isready", "-q", *self._here, check=False).returncode:
            assert time.monotonic() < end, (self.home / "log.txt").read_text()
            time.sleep(0.05)

    def create(self, name: str) -> str:
        """A new, empty database; its URL, for DATABASE_URL."""
        self._run("createdb", *self._here, "-U", "forum", name)
        return self.database(name)

    @property
    def _here(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port)]

    def _run(self, program: str, *words: str | Path, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
        assert POSTGRES
        command = [POSTGRES / program, *words]
        return subprocess.run(
            command, user=self.user, cwd="/", check=check, stdout=subprocess.DEVNULL, timeout=self.patience
        )


class Nginx(Service):
    """nginx with a configuration of the test; whoever starts it, its workers end with it."""

    goodbye = signal.SIGTERM

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, configuration: str) -> None:
        """`configuration` is a whole nginx.conf that listens on this port."""
        need("nginx")
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
    """A Redis of our own; yields its URL, for REDIS_URL."""
    with running_redis() as redis:
        yield redis.url


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    with _home("postgres") as home:
        postgres = Postgres(home)
        try:
            postgres.make()
            postgres.start()
            yield postgres
        finally:
            postgres.kill()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own; yields its URL, for DATABASE_URL."""
    with running_postgres() as postgres:
        yield postgres.url


@contextmanager
def nginx(configuration: str) -> Iterator[str]:
    """An nginx of our own; yields its URL. In the configuration, PORT and HOME stand for its port and directory."""
    with _home("nginx") as home:
        server = Nginx(home)
        try:
            server.start(configuration.replace("PORT", str(server.port)).replace("HOME", str(home)))
            yield server.url
        finally:
            server.kill()


@contextmanager
def _home(name: str) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix=f"forum-{name}-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def place_for(data: Path) -> dict[str, str]:
    """Environment of the commands that work on this data directory; when hosted, also on a database of their own."""
    place = {"FORUM_DATA": str(data), "STATIC_ROOT": static_files()}
    if os.environ.get("FORUM_TESTS") != "hosted":
        return place
    import psycopg

    name = f"data_{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    server = os.environ["FORUM_TESTS_POSTGRES"]
    with psycopg.connect(server, autocommit=True) as connection, suppress(psycopg.errors.DuplicateDatabase):
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return place | {
        "DATABASE_URL": f"{server.rpartition('/')[0]}/{name}",
        "REDIS_URL": f"{os.environ['FORUM_TESTS_REDIS'].rpartition('/')[0]}/15",
        "SECRET_KEY": "the same in every process of a test",
    }


def static_files() -> str:
    """The directory of the static files, built once for all apps of this process and of those that it starts.

    Each of them would need seconds for it.
    """
    if built := os.environ.get("FORUM_TESTS_STATIC"):
        return built
    root = tempfile.mkdtemp(prefix="forum-static-")
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    build = "from forum.server.static_files import build_static_files; build_static_files()"
    environment = os.environ | {"FORUM_DATA": root, "STATIC_ROOT": root, "DJANGO_SETTINGS_MODULE": "forum.settings"}
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "--command", build]
    subprocess.run(shell, cwd=ROOT, env=environment, check=True, timeout=120)
    os.environ["FORUM_TESTS_STATIC"] = root
    return root


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def until_it_answers(port: int, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"it ended by itself, with code {process.returncode}"
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    raise TimeoutError
