"""Run two web processes and a worker behind nginx, with the commands, variables and configuration of deploy/."""

import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings

from forum.rehearsal.browser import Browser
from tests.chaos.servers import tracebacks
from tests.hosted import restrictions
from tests.services import Nginx, Postgres, Redis, free_port, running_postgres, running_redis

DEPLOY: Path = settings.ROOT / "deploy"
NAME = "forum.example.org"
TIMEOUT_SECONDS = 60.0
"""Time in which a process must start, on a busy machine."""


class Unit:
    """The process of a systemd unit, with another Python and port, under its restrictions as far as they can be had."""

    def __init__(self, name: str, root: Path, home: Path, environment: dict[str, str], port: int = 0) -> None:
        self.port = port
        self.root = root
        self.output = home / f"{name.removesuffix('.service')}{port or ''}.txt"
        (command,) = re.findall(r"^ExecStart=(.+)$", (DEPLOY / "systemd" / name).read_text(), re.MULTILINE)
        python, *arguments = shlex.split(command.replace("%i", str(port)))
        assert python == "/opt/forum/.venv/bin/python"
        prefix = () if restrictions.missing() else (sys.executable, restrictions.__file__, DEPLOY / "systemd" / name)
        self.command = [*prefix, sys.executable, *arguments]
        self.environment = os.environ | {"LANG": "en_GB.UTF-8", "LC_ALL": ""} | environment
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def text(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    @property
    def tracebacks(self) -> int:
        """Number of tracebacks in its output."""
        return tracebacks(self.text)

    def start(self, text: str = "") -> None:
        """Start the process, and wait until it prints this text."""
        begin = len(self.text)
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.root, stdout=output, stderr=output
            )
        wait_until(
            lambda: (self.process and self.process.poll() is not None) or text in self.text[begin:], lambda: self.text
        )
        assert self.process.poll() is None, self.text

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None


class Cluster:
    def __init__(self, home: Path, postgres: Postgres, redis: Redis, proxy: Nginx) -> None:
        self.postgres, self.redis, self.proxy = postgres, redis, proxy
        root = home / "opt"
        copy_image(root)
        environment = variables() | {
            "DATABASE_URL": postgres.create("forum"),
            "REDIS_URL": redis.url,
            "SECRET_KEY": "fifty random characters, as the file asks for them",
            "PUBLIC_URL": f"https://{NAME}:{proxy.port}",
            "FORUM_MEDIA": str(home / "media"),
        }
        # Each has its own data directory, like machines that share only the services in the environment.
        self.web = [
            Unit(
                "forum-web@.service", root, home, environment | {"FORUM_DATA": str(home / f"machine-{n}")}, free_port()
            )
            for n in (1, 2)
        ]
        self.worker = Unit("forum-worker.service", root, home, environment | {"FORUM_DATA": str(home / "machine-3")})
        self.certificate = make_certificate(home)
        self.trust = ssl.create_default_context(cafile=self.certificate)

    def start(self) -> None:
        for web in self.web:
            web.start("To stop: Ctrl-C")
        self.worker.start()
        self.proxy.start(self.nginx_conf())

    def end(self) -> None:
        for unit in (*self.web, self.worker):
            unit.end()

    @property
    def proxy_log(self) -> Path:
        return self.proxy.home / "access.log"

    def nginx_conf(self) -> str:
        """Return a minimal nginx.conf with the files of deploy/nginx, with other ports and paths."""
        site = (DEPLOY / "nginx" / "forum.conf").read_text()
        upstream = (DEPLOY / "nginx" / "upstream.conf").read_text()
        for text, replacement in (
            ("/etc/ssl/forum/fullchain.pem", f'"{self.certificate}"'),
            ("/etc/ssl/forum/privkey.pem", f'"{self.certificate}"'),
            ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
            ("    listen [::]:80;\n", ""),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.proxy.port} ssl http2;"),
            ("    listen [::]:443 ssl http2;\n", ""),
        ):
            assert text in site
            site = site.replace(text, replacement)
        for port, web in zip((8001, 8002), self.web, strict=True):
            assert f"127.0.0.1:{port} " in upstream
            upstream = upstream.replace(f"127.0.0.1:{port} ", f"127.0.0.1:{web.port} ")
        temp_paths = " ".join(
            f'{name}_temp_path "{self.proxy.home}/{name}";'
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (
            f"{user}pid nginx.pid;\nevents {{ worker_connections 1024; }}\n"
            f'http {{\naccess_log "{self.proxy_log}";\n{temp_paths}\n{upstream}\n{site}\n}}\n'
        )

    def first_link(self) -> str:
        """Return the path of the first facilitator's link that was printed last; earlier ones are revoked."""
        links: list[str] = re.findall(r"https://\S+?(/facilitator/begin/\S+)", self.web[-1].text)
        return links[-1]


@contextmanager
def running_cluster(home: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        redis = stack.enter_context(running_redis())
        proxy = Nginx(home)
        stack.callback(proxy.kill)
        cluster = Cluster(home, postgres, redis, proxy)
        stack.callback(cluster.end)
        cluster.start()
        yield cluster


class LoopbackResolver(AbstractResolver):
    """Resolve every name to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Do nothing."""


class ClusterBrowser(Browser):
    """A browser that opens https://forum.example.org, through nginx."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(
            f"https://{NAME}:{cluster.proxy.port}",
            {"csrftoken": secrets.token_hex(16)},
            ssl=cluster.trust,
            resolver=LoopbackResolver(),
            force_close=True,
        )


def variables() -> dict[str, str]:
    """Return the variables of deploy/forum.env."""
    return dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "forum.env").read_text(), re.MULTILINE))


def image_files() -> list[str]:
    """Return the files and directories that the Dockerfile copies from the repository."""
    return re.findall(r"^COPY (\S+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)


def copy_image(root: Path) -> None:
    """Copy the files of the image, and nothing else."""
    root.mkdir()
    for name in image_files():
        source = settings.ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)


def make_certificate(home: Path) -> Path:
    """Make a self-signed certificate, in one file with its key."""
    file = home / "tls.pem"
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", file, "-out", home / "crt.pem"], check=True, capture_output=True, timeout=30)
    file.write_text(file.read_text() + (home / "crt.pem").read_text())
    return file


def wait_until(
    condition: Callable[[], object], describe: Callable[[], str] = str, seconds: float = TIMEOUT_SECONDS
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, describe()
        time.sleep(0.05)


def count_connections(port: int) -> int:
    """Count the open connections to this port of the machine."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "01")
