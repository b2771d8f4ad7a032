"""The browser of a simulated phone: pages, forms, sockets, cookies, kept connections."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

REQUEST_SECONDS = 30.0
"""Timeout of a request; longer than people wait."""
CLOSE_SECONDS = 0.01
"""Wait for the server's answer when a socket is closed; it is not used."""
LOST = (OSError, TimeoutError, aiohttp.ClientError)
"""Exceptions raised when a socket cannot be opened or used."""

Socket = aiohttp.ClientWebSocketResponse


class RequestFailed(ConnectionError):
    """A request got no complete answer."""

    def __init__(self, reason: str) -> None:
        """`reason`: "timeout", "refused" or "cut"."""
        super().__init__(reason)
        self.reason = reason


def origin_of(url: str) -> str:
    """Return scheme, host and port of a web address, as browsers write them. Raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(url)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_usual = parts.port in (None, 443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


def is_this_computer(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    """By name, in any case."""
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str:
        """Path and query of a redirection, without the host: another host is never contacted."""
        parts = urlsplit(self.headers.get("Location", ""))
        return parts.path + (f"?{parts.query}" if parts.query else "")


class Browser:
    """One browser on one site. Create it in the event loop that uses it, and close it there."""

    def __init__(self, origin: str, cookies: Mapping[str, str] | None = None, **connector: Any) -> None:
        """`connector`: options of aiohttp.TCPConnector, such as `force_close=True` for one request per connection."""
        self.origin = origin
        self.received = 0
        """Bytes of all responses, as transferred."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, **connector),
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # unsafe: also for IP addresses, which most venues use
            headers={"User-Agent": "forum-ouvert-rehearsal", "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
        )
        self._session.cookie_jar.update_cookies(cookies or {})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self._session.cookie_jar}

    async def get(self, path: str, *, accept: str = "text/html", through: str = "") -> Response:
        """Request a page. `through`: origin of another process to ask, with the same Host and cookies."""
        return await self._request("GET", path, {"Accept": accept}, through)

    async def post(
        self, path: str, fields: Mapping[str, str], *, accept: str = "text/html", through: str = "", **headers: str
    ) -> Response:
        """Send a form, with Django's CSRF token."""
        csrf = {"csrfmiddlewaretoken": self._csrf_token}
        more = {"Accept": accept, "Origin": self.origin, "Referer": f"{self.origin}/", **headers}
        return await self._request("POST", path, more, through, {**csrf, **fields})

    async def post_json(self, path: str, values: Any) -> Response:
        """Send JSON, as a script of the page does."""
        headers = {"Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": self._csrf_token}
        headers |= {"Origin": self.origin, "Referer": f"{self.origin}/"}
        return await self._request("POST", path, headers, "", json.dumps(values))

    async def post_part(self, path: str, content: bytes) -> Response:
        """Send a part of a photo, as a script of the page does."""
        headers = {"Accept": "application/json", "Content-Type": "application/octet-stream"}
        headers |= {"X-CSRFToken": self._csrf_token, "Origin": self.origin, "Referer": f"{self.origin}/"}
        return await self._request("POST", path, headers, "", content)

    @property
    def _csrf_token(self) -> str:
        return self.cookies.get("csrftoken", "")

    async def open_socket(self, path: str) -> Socket:
        """Open a socket. Raises one of `LOST`."""
        return await self._session.ws_connect(
            self.origin + path,
            headers={"Origin": self.origin},
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            max_msg_size=0,
        )

    async def _request(
        self, method: str, path: str, headers: dict[str, str], through: str,
        data: dict[str, str] | str | bytes | None = None,
    ) -> Response:  # fmt: skip
        if through:
            headers |= {"Host": urlsplit(self.origin).netloc}
        options = {"headers": headers, "data": data, "cookies": self.cookies if through else None}
        url = (through or self.origin) + path
        try:
            return await self._exchange(method, url, options)
        except TimeoutError:
            raise RequestFailed("timeout") from None
        except aiohttp.ClientConnectorError as error:
            raise RequestFailed("refused" if isinstance(error.os_error, ConnectionRefusedError) else "cut") from error
        except (OSError, ValueError, aiohttp.ClientError) as error:
            raise RequestFailed("cut") from error

    async def _exchange(self, method: str, url: str, options: dict[str, Any]) -> Response:
        try:
            return await self._send(method, url, options)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # The server closed the kept connection at this moment: ask once more, as browsers do (aiohttp does so for
            # GET alone). Forms have a key, so that they count once.
            return await self._send(method, url, options)

    async def _send(self, method: str, url: str, options: dict[str, Any]) -> Response:
        began = time.perf_counter()
        async with self._session.request(method, url, allow_redirects=False, **options) as response:
            body = await response.read()
            self.received += len(body) if response.content_length is None else response.content_length
            self.received += sum(len(name) + len(value) + 4 for name, value in response.raw_headers)
            return Response(response.status, response.headers, body, time.perf_counter() - began)
