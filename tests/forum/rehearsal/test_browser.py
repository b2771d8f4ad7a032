"""The browser of simulated people: cookies, connections, and requests without an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from forum.rehearsal import browser as browsers
from forum.rehearsal.browser import Browser, RequestFailed, is_this_computer, origin_of

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def site(serve: Serve) -> Any:
    """Start a server that handles each connection with `serve`, and yield its origin."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def request(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
    return head + (await reader.readexactly(int(length or 0))).decode()


def test_cookies_come_back_with_every_request_and_go_when_the_server_takes_them_back() -> None:
    answers = iter(
        (
            "200 OK\r\nSet-Cookie: csrftoken=abc; Path=/\r\nSet-Cookie: forum_key_1=x-y_z; HttpOnly; Path=/\r\n",
            "302 Found\r\nLocation: http://other.org/H7KQ4MT/?a=1\r\nSet-Cookie: forum_key_1=; Max-Age=0; Path=/\r\n",
            "200 OK\r\n",
        )
    )
    requests: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            requests.append(await request(reader))
            writer.write(f"HTTP/1.1 {answer}Content-Length: 2\r\n\r\nok".encode())

    async def scene() -> None:
        async with site(serve) as origin, Browser(origin) as browser:
            assert (await browser.get("/H7KQ4MT/")).text == "ok"
            assert browser.cookies == {"csrftoken": "abc", "forum_key_1": "x-y_z"}
            answer = await browser.post("/H7KQ4MT/join/", {"name": "Zoé"}, **{"HX-Request": "true"})
            assert (answer.status, answer.location) == (302, "/H7KQ4MT/?a=1")
            await browser.get("/H7KQ4MT/", accept="application/json")
            assert browser.cookies == {"csrftoken": "abc"}
            assert browser.received > 200
            for line in (f"Origin: {origin}", f"Referer: {origin}/", "HX-Request: true", "forum_key_1=x-y_z"):
                assert line in requests[1]
            assert requests[1].endswith("\r\n\r\ncsrfmiddlewaretoken=abc&name=Zo%C3%A9")

    asyncio.run(scene())
    assert "forum_key_1" not in requests[2]
    assert "Accept: application/json" in requests[2]


def test_a_form_that_met_a_connection_just_closed_is_sent_again_once() -> None:
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        while len(connections) == 1 or not connections[-1]:
            await request(reader)
            if len(connections) == 1 and connections[0]:
                return  # like a server that closes a kept connection
            connections[-1] += 1
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def scene() -> None:
        async with site(serve) as origin, Browser(origin) as browser:
            statuses = [(await browser.post("/", {"key": str(n)})).status for n in range(2)]
            assert statuses == [204, 204]

    asyncio.run(scene())
    assert connections == [1, 1]


def test_a_request_without_an_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "REQUEST_SECONDS", 0.3)

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of")

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await asyncio.sleep(0.6)

    async def reason(origin: str) -> str:
        async with Browser(origin) as browser:
            with pytest.raises(RequestFailed) as failed:
                await browser.get("/")
            return failed.value.reason

    async def scene() -> list[str]:
        async with site(cut) as cutting, site(silent) as waiting:
            reasons = [await reason(cutting), await reason(waiting), await reason("http://127.0.0.1:9")]
            await asyncio.sleep(0.5)  # until `silent` ends
            return reasons

    assert asyncio.run(scene()) == ["cut", "timeout", "refused"]


def test_an_origin_is_written_as_browsers_write_it() -> None:
    assert origin_of("HTTPS://Forum.Example.org:443/H7KQ4MT/?x") == "https://forum.example.org"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"
    assert [is_this_computer(origin) for origin in ("http://127.0.0.1:8000", "http://[::1]", "http://192.168.1.2")] == [
        True, True, False
    ]  # fmt: skip
    for wrong in ("", "ftp://x", "http://", "http://name@x", "http://x:99999"):
        with pytest.raises(ValueError):  # noqa: PT011 - that of the standard library
            origin_of(wrong)
