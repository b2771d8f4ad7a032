"""Two web processes and a worker behind nginx, as the files of deploy/ say: commands, variables, image and proxy."""

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
from tests.services import Nginx, Postgres, Redis, free_port, running_postgres, running_redis

DEPLOY: Path = settings.ROOT / "deploy"
NAME = "forum.example.org"
WAIT = 60.0
"""Seconds that something of a cluster may take at most, on a busy machine."""


class Unit:
    """What a unit of systemd starts, on this machine and with other ports."""

    def __init__(self, name: str, root: Path, home: Path, environment: dict[str, str], port: int = 0) -> None:
        self.port = port
        self.root = root
        self.output = home / f"{name.removesuffix('.service')}{port or ''}.txt"
        (command,) = re.findall(r"^ExecStart=(.+)$", (DEPLOY / "systemd" / name).read_text(), re.MULTILINE)
        python, *words = shlex.split(command.replace("%i", str(port)))
        assert python == "/opt/forum/.venv/bin/python"
        self.command = [sys.executable, *words]
        self.environment = os.environ | {"LANG": "en_GB.UTF-8", "LC_ALL": ""} | environment
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def text(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    @property
    def complaints(self) -> int:
        """Tracebacks in what it wrote."""
        return tracebacks(self.text)

    def start(self, said: str = "") -> None:
        """Start it, and wait until it says so."""
        begin = len(self.text)
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.root, stdout=output, stderr=output
            )
        until(
            lambda: (self.process and self.process.poll() is not None) or said in self.text[begin:], lambda: self.text
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
        unpack(root)
        place = variables() | {
            "DATABASE_URL": postgres.create("forum"),
            "REDIS_URL": redis.url,
            "SECRET_KEY": "fifty random characters, as the file asks for them",
            "PUBLIC_URL": f"https://{NAME}:{proxy.port}",
            "FORUM_MEDIA": str(home / "media"),
        }
        # Each on a machine of its own: they share nothing but what the environment says.
        self.web = [
            Unit("forum-web@.service", root, home, place | {"FORUM_DATA": str(home / f"machine-{n}")}, free_port())
            for n in (1, 2)
        ]
        self.worker = Unit("forum-worker.service", root, home, place | {"FORUM_DATA": str(home / "machine-3")})
        self.certificate = certificate(home)
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
        """The files of deploy/nginx in the smallest nginx.conf, with other ports and places."""
        site = (DEPLOY / "nginx" / "forum.conf").read_text()
        upstream = (DEPLOY / "nginx" / "upstream.conf").read_text()
        for text, here in (
            ("/etc/ssl/forum/fullchain.pem", f'"{self.certificate}"'),
            ("/etc/ssl/forum/privkey.pem", f'"{self.certificate}"'),
            ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
            ("    listen [::]:80;\n", ""),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.proxy.port} ssl http2;"),
            ("    listen [::]:443 ssl http2;\n", ""),
        ):
            assert text in site
            site = site.replace(text, here)
        for port, web in zip((8001, 8002), self.web, strict=True):
            assert f"127.0.0.1:{port} " in upstream
            upstream = upstream.replace(f"127.0.0.1:{port} ", f"127.0.0.1:{web.port} ")
        places = " ".join(
            f'{name}_temp_path "{self.proxy.home}/{name}";'
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        return (
            f"{user}pid nginx.pid;\nevents {{ worker_connections 1024; }}\n"
            f'http {{\naccess_log "{self.proxy_log}";\n{places}\n{upstream}\n{site}\n}}\n'
        )

    def first_link(self) -> str:
        """The path of the one that was printed last; those before it open nothing."""
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


class Loopback(AbstractResolver):
    """Finds every name on this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Hold nothing."""


class Visitor(Browser):
    """A browser that comes to https://forum.example.org, through nginx."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(
            f"https://{NAME}:{cluster.proxy.port}",
            {"csrftoken": secrets.token_hex(16)},
            ssl=cluster.trust,
            resolver=Loopback(),
            force_close=True,
        )


def variables() -> dict[str, str]:
    """Those of deploy/forum.env."""
    return dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "forum.env").read_text(), re.MULTILINE))


def image() -> list[str]:
    """What the Dockerfile copies from the repository."""
    return re.findall(r"^COPY (\S+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)


def unpack(root: Path) -> None:
    """Put into this directory what an image holds, and nothing else."""
    root.mkdir()
    for name in image():
        source = settings.ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)


def certificate(home: Path) -> Path:
    """A certificate that signs itself, and its key, in one file."""
    made = home / "tls.pem"
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", made, "-out", home / "crt.pem"], check=True, capture_output=True, timeout=30)
    made.write_text(made.read_text() + (home / "crt.pem").read_text())
    return made


def until(condition: Callable[[], object], otherwise: Callable[[], str] = str, seconds: float = WAIT) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.05)


def sockets(port: int) -> int:
    """How many connections are open to this port of the machine."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "01")
