"""One process for everything: who is answered by which threads."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import Request, urlopen

import pytest

from forum import access, asgi
from tests.served import serving


@pytest.mark.django_db(transaction=True)
def test_a_facilitator_does_not_wait_behind_a_hall_that_walks_in(monkeypatch: pytest.MonkeyPatch) -> None:
    over, waiting = threading.Event(), threading.Semaphore(0)

    def pages(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if access.FACILITATOR_COOKIE not in environ.get("HTTP_COOKIE", ""):
            waiting.release()
            over.wait(10)
        start("200 OK", [("Content-Type", "text/plain")])
        return Closing([b"here"])

    monkeypatch.setattr(asgi, "pages", pages)
    with serving() as url, ThreadPoolExecutor(8) as hall:
        phones = [hall.submit(read, url) for _phone in range(8)]
        for _thread in range(asgi.POOL):
            assert waiting.acquire(timeout=5)
        assert read(url, f"a=b; {access.FACILITATOR_COOKIE}=key") == b"here"
        assert [phone.done() for phone in phones] == [False] * 8
        over.set()
        assert [phone.result() for phone in phones] == [b"here"] * 8


class Closing(list[bytes]):
    def close(self) -> None:
        """As the answers of Django can be."""


def read(url: str, cookie: str = "") -> bytes:
    with urlopen(Request(url, headers={"Cookie": cookie}), timeout=10) as answer:  # noqa: S310 our own server
        body: bytes = answer.read()
    return body
