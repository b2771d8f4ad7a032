"""A phone's browser, as far as a rehearsal needs one: pages, forms, cookies, on one connection that is kept."""

import asyncio
import contextlib
import gzip
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

REQUEST_SECONDS = 30.0
"""What nobody would wait for."""
LARGEST_ANSWER = 32 * 1024 * 1024


class Trouble(Exception):
    """A request that got no answer at all; its text is what the person in front of the terminal reads."""


class Stale(Exception):
    """The server had closed the connection that was kept: the request did not reach it."""


@dataclass(frozen=True)
class Site:
    """Where the app is."""

    secure: bool
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Site":
        """Raises ValueError for what is no web address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError(url)
        secure = parts.scheme == "https"
        return cls(secure, parts.hostname, parts.port or (443 if secure else 80))

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.netloc}"

    @property
    def sockets(self) -> str:
        return f"ws{'s' if self.secure else ''}://{self.netloc}"

    @property
    def is_here(self) -> bool:
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    def tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context() if self.secure else None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def path(self) -> str:
        """Where a redirection leads, without the host: another one is never contacted."""
        parts = urlsplit(self.headers.get("location", ""))
        return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class Browser:
    """One phone's: HTTP/1.1 with keep-alive; a request that met a closed connection is sent again once."""

    site: Site
    tls: ssl.SSLContext | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    received: int = 0
    """Bytes of all answers."""

    def __post_init__(self) -> None:
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self, path: str, accept: str = "text/html") -> Answer:
        return await self._ask("GET", path, {"Accept": accept, "Accept-Encoding": "gzip"})

    async def post(self, path: str, fields: dict[str, str], accept: str = "text/html", **headers: str) -> Answer:
        more = {
            "Accept": accept,
            "Origin": self.site.origin,
            "Referer": f"{self.site.origin}/",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        return await self._ask("POST", path, more, urlencode(fields).encode())

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        began = time.perf_counter()
        try:
            async with self._one_at_a_time, asyncio.timeout(REQUEST_SECONDS):
                try:
                    return await self._exchange(method, path, headers, body, began)
                except Stale:
                    return await self._exchange(method, path, headers, body, began)
        except TimeoutError:
            self.close()
            raise Trouble("timeout") from None
        except (OSError, EOFError, ValueError, Stale, asyncio.LimitOverrunError) as error:
            self.close()
            raise Trouble("refused" if isinstance(error, ConnectionRefusedError) else "cut") from error
        except asyncio.CancelledError:
            self.close()
            raise

    async def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes, began: float) -> Answer:
        is_kept = self._line is not None
        if self._line is None:
            self._line = await asyncio.open_connection(
                self.site.host, self.site.port, ssl=self.tls, server_hostname=self.site.host if self.tls else None
            )
        reader, writer = self._line
        try:
            writer.write(self._request(method, path, headers, body))
            head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            if is_kept and not getattr(error, "partial", b""):
                raise Stale from error
            raise
        status, answered = self._read_head(head.decode("latin-1"))
        content = b"" if status in (204, 304) else await _read_body(reader, answered)
        self.received += len(head) + len(content)
        if answered.get("connection", "").lower() == "close":
            self.close()
        if answered.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return Answer(status, answered, content, time.perf_counter() - began)

    def _request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.site.netloc}", "User-Agent: forum-ouvert-rehearsal"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self.cookies:
            lines.append(f"Cookie: {self.cookie_header}")
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def _read_head(self, head: str) -> tuple[int, dict[str, str]]:
        first, *lines = head.split("\r\n")
        headers: dict[str, str] = {}
        for line in filter(None, lines):
            name, _colon, value = line.partition(":")
            if name.lower() == "set-cookie":
                self._keep_cookie(value.strip())
            else:
                headers[name.lower()] = value.strip()
        return int(first.split(" ", 2)[1]), headers

    def _keep_cookie(self, said: str) -> None:
        pair, *options = said.split(";")
        name, _equals, value = pair.partition("=")
        if any(option.strip().lower() == "max-age=0" for option in options):
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value.strip()

    def close(self) -> None:
        if self._line:
            with contextlib.suppress(OSError, RuntimeError):
                self._line[1].close()
            self._line = None


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        length = int(headers.get("content-length", "0"))
        if length > LARGEST_ANSWER:
            raise ValueError(length)
        return await reader.readexactly(length)
    chunks = []
    while size := int((await reader.readline()).split(b";")[0] or b"0", 16):
        chunks.append(await reader.readexactly(size))
        await reader.readline()
        if sum(map(len, chunks)) > LARGEST_ANSWER:
            raise ValueError(size)
    await reader.readline()
    return b"".join(chunks)
