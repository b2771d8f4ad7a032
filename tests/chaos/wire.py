"""HTTP as a browser with cookies speaks it, in a few lines of asyncio: many browsers in one process."""

import asyncio
import io
import secrets
from http.client import HTTPResponse
from http.cookies import SimpleCookie
from typing import Any, cast
from urllib.parse import urlencode


class Answer:
    def __init__(self, raw: bytes) -> None:
        response = HTTPResponse(cast("Any", _Socket(raw)))
        response.begin()
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class _Socket:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, *args: Any) -> io.BytesIO:
        return io.BytesIO(self.raw)


class Browser:
    """One browser, talking to one loopback port (a proxy's, usually)."""

    def __init__(self, port: int) -> None:
        self.port = port
        # Django only compares the cookie with the field: a browser that makes both up is as good as any.
        self.cookies = {"csrftoken": secrets.token_hex(16)}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def get(self, path: str, port: int = 0) -> Answer:
        return await self._ask("GET", path, b"", port)

    async def post(self, path: str, port: int = 0, **fields: Any) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": self.cookies["csrftoken"], **fields}).encode()
        return await self._ask("POST", path, body, port)

    async def _ask(self, method: str, path: str, body: bytes, port: int) -> Answer:
        """Raises OSError or ValueError when the connection does not live long enough for an answer."""
        port = port or self.port
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {self.cookie}", "Connection: close"]
        if method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            raw = await reader.read()
        finally:
            writer.transport.abort()
        try:
            answer = Answer(raw)
        except Exception as error:  # cut in the middle, in any of the ways that http.client has to say it
            raise ConnectionError from error
        for value in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(value).items()}
        return answer
