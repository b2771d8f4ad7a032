"""One process for everything: who is answered by which threads, and how much they may send."""

import contextlib
import os
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.db import close_old_connections
from django.urls import reverse

from forum import asgi
from forum.auth.facilitator_keys import FacilitatorKeyCache
from forum.auth.identity import FACILITATOR_COOKIE
from forum.models import Device, Facilitator
from forum.server.open_files import ConnectionLimits
from forum.server.web_server import HttpConnection
from forum.web import request_body
from forum.web.wsgi_bridge import CHUNK_BYTES
from tests.live_server import running_server

PHOTOS = "/H7KQ4MT/topics/1/report/photos/"
MEGABYTE = 1024 * 1024


@pytest.fixture
def key(camille: Facilitator, monkeypatch: pytest.MonkeyPatch) -> str:
    """A facilitator's, which this process never saw."""
    monkeypatch.setattr(asgi, "facilitator_keys", FacilitatorKeyCache())
    return Device.issue(camille)


class Hall:
    """Pages that let nobody out before `over`, except a facilitator; `waiting` counts who is held."""

    def __init__(self, key: str) -> None:
        self.over, self.waiting = threading.Event(), threading.Semaphore(0)
        self._key = key
        self.is_full = False

    def pages(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.is_full and self._key not in environ.get("HTTP_COOKIE", ""):
            self.waiting.release()
            self.over.wait(10)
        start("200 OK", [("Content-Type", "text/plain")])
        return Closing([b"here"])

    def fills(self, threads: int) -> bool:
        return all(self.waiting.acquire(timeout=5) for _thread in range(threads))


class Closing(list[bytes]):
    def close(self) -> None:
        """As the answers of Django can be."""
        close_old_connections()


@pytest.fixture
def hall(key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    hall = Hall(key)
    monkeypatch.setattr(asgi, "pages", hall.pages)
    yield hall
    hall.over.set()


def read(url: str, cookie: str = "", data: bytes | None = None) -> bytes:
    with urlopen(Request(url, data, headers={"Cookie": cookie}), timeout=10) as answer:  # noqa: S310 our own server
        body: bytes = answer.read()
    return body


@pytest.mark.django_db(transaction=True)
def test_a_facilitator_does_not_wait_behind_a_hall_that_walks_in(hall: Hall, key: str) -> None:
    cookie = f"a=b; {FACILITATOR_COOKIE}={key}"
    with running_server() as url, ThreadPoolExecutor(8) as phones:
        assert read(url, cookie) == b"here"
        hall.is_full = True
        held = [phones.submit(read, url) for _phone in range(8)]
        assert hall.fills(asgi.PAGE_THREADS)
        assert read(url, cookie) == b"here"
        assert [phone.done() for phone in held] == [False] * 8
        hall.over.set()
        assert [phone.result() for phone in held] == [b"here"] * 8


@pytest.mark.django_db(transaction=True)
def test_whoever_makes_up_a_facilitators_cookie_waits_with_everyone_and_takes_nothing_from_the_desk(
    hall: Hall, key: str
) -> None:
    with running_server() as url, ThreadPoolExecutor(8) as phones:
        false = f"{FACILITATOR_COOKIE}=made-up"
        for cookie in (f"{FACILITATOR_COOKIE}={key}", false, false):
            read(url, cookie)
        hall.is_full = True
        held = [phones.submit(read, url, false) for _phone in range(8)]
        assert hall.fills(asgi.PAGE_THREADS)
        assert not hall.waiting.acquire(timeout=0.3)
        assert read(url, f"{FACILITATOR_COOKIE}={key}") == b"here"
        hall.over.set()
        assert [phone.result() for phone in held] == [b"here"] * 8


@pytest.mark.django_db(transaction=True)
def test_images_that_are_drawn_hold_neither_the_pages_nor_the_desk(hall: Hall, key: str) -> None:
    chair = f"{FACILITATOR_COOKIE}={key}"
    with running_server() as url, ThreadPoolExecutor(8 + asgi.PAGE_THREADS) as phones:
        read(url, chair)
        hall.is_full = True
        held = [phones.submit(read, f"{url}{PHOTOS}", "", b"photo") for _phone in range(8)]
        assert hall.fills(asgi.FILE_THREADS)
        pages = [phones.submit(read, url) for _thread in range(asgi.PAGE_THREADS)]
        assert hall.fills(asgi.PAGE_THREADS)
        assert read(url, chair) == b"here"
        hall.over.set()
        assert [phone.result() for phone in held + pages] == [b"here"] * len(held + pages)


@pytest.mark.django_db
def test_a_key_that_was_taken_back_is_forgotten_within_a_minute(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = FacilitatorKeyCache()
    keys.refresh(key)
    assert keys.knows(key)
    Device.objects.all().delete()
    keys.refresh(key)
    assert keys.knows(key)
    monkeypatch.setattr(keys, "_trusted_until", dict.fromkeys(vars(keys)["_trusted_until"], 0.0))
    keys.refresh(key)
    assert not keys.knows(key)


def test_the_addresses_to_which_files_are_sent_are_known() -> None:
    code, topic = {"code": "H7KQ4MT"}, {"code": "H7KQ4MT", "number": 12}
    of_topic = [reverse(name, kwargs=topic) for name in ("photos", "sheet")]
    of_topic += [reverse(name, kwargs=topic | {"upload": "a1" * 12}) for name in ("upload_photo", "upload_sheet")]
    of_forum = [reverse(name, kwargs=code) for name in ("sheets", "add_logo", "import_people")]
    others = [reverse(name, kwargs=topic) for name in ("report", "transcribe")]
    others += [reverse(name, kwargs=code) for name in ("join", "imprint", "board")]
    assert [bool(asgi.FILE_PATHS.fullmatch(path)) for path in of_topic + of_forum + others] == [True] * 7 + [False] * 5


# files that phones read


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory whose files are the pages, closed as soon as they are answered, as those of Django are."""

    def pages(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        file = (tmp_path / environ["PATH_INFO"].strip("/")).open("rb")
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(os.fstat(file.fileno()).st_size))])
        return environ["wsgi.file_wrapper"](file, 4096)

    monkeypatch.setattr(asgi, "pages", pages)
    return tmp_path


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
def test_a_file_arrives_whole_however_long_it_is(shelf: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    (shelf / "book").write_bytes(content)
    with running_server() as url:
        assert read(f"{url}/book") == content
        with urlopen(Request(f"{url}/book", method="HEAD"), timeout=10) as answer:  # noqa: S310 our own server
            assert (answer.headers["Content-Length"], answer.read()) == (str(size), b"")


@pytest.mark.django_db(transaction=True)
def test_phones_that_read_a_file_slowly_hold_no_thread_and_get_it_even_when_it_is_withdrawn(shelf: Path) -> None:
    content = random.Random(1).randbytes(8 * MEGABYTE)
    (shelf / "book").write_bytes(content)
    (shelf / "short").write_bytes(b"here")
    with running_server() as url, contextlib.ExitStack() as closing:
        slow = [Phone(url, "/book", 0) for _phone in range(asgi.PAGE_THREADS + asgi.FACILITATOR_THREADS + 2)]
        for phone in slow:
            closing.callback(phone.close)
            assert phone.status == 200
        (shelf / "book").unlink()
        assert read(f"{url}/short") == b"here"
        for phone in slow:
            assert phone.rest(len(content)) == content


# what phones send


class Phone:
    """A connection that begins a POST of so many bytes."""

    def __init__(self, url: str, path: str, length: int) -> None:
        where = urlsplit(url)
        self.socket = socket.create_connection((where.hostname or "", where.port or 0), timeout=10)
        self.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode())

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    @property
    def status(self) -> int:
        """Of the answer, once it is there."""
        return int(self.socket.recv(100).split()[1])

    def rest(self, length: int) -> bytes:
        """The last bytes of the answer."""
        read = b""
        while len(read) < length:
            read += self.socket.recv(MEGABYTE)
        return read[-length:]

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def post(hall: Hall) -> Iterator[Callable[..., Phone]]:
    """Begin to send: the address, how much is announced, and how much of that is sent."""
    with running_server() as url, contextlib.ExitStack() as phones:

        def begin(path: str, length: int, sent: int | None = None) -> Phone:
            phone = Phone(url, path, length)
            phones.callback(phone.close)
            phone.send(bytes(length if sent is None else sent))
            return phone

        yield begin


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


JOIN = "/H7KQ4MT/join/"


@pytest.mark.django_db(transaction=True)
def test_only_the_addresses_that_take_files_take_more_than_a_megabyte(post: Callable[..., Phone]) -> None:
    sent = [(JOIN, MEGABYTE), (JOIN, MEGABYTE + 1), ("/", MEGABYTE + 1), (PHOTOS, 3 * MEGABYTE)]
    assert [post(*one).status for one in sent] == [200, 413, 413, 200]


@pytest.mark.django_db(transaction=True)
def test_phones_that_send_too_much_together_wait_while_texts_and_pieces_of_photos_are_taken(
    post: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "SHARED_BYTES", MEGABYTE)
    others = [post(PHOTOS, 2 * MEGABYTE, request_body.FREE_BYTES + MEGABYTE // 2) for _two in range(2)]
    until(lambda: request_body.RequestBody.shared_bytes == MEGABYTE)
    assert post(PHOTOS, request_body.FREE_BYTES + 1).status == 503
    assert post(JOIN, request_body.FREE_BYTES + 1).status == 503
    assert [post(JOIN, 900).status, post(f"{PHOTOS}upload/{'a1' * 12}/", request_body.FREE_BYTES).status] == [200, 200]
    for other in others:
        other.close()
    until(lambda: request_body.RequestBody.shared_bytes == 0)
    assert post(PHOTOS, request_body.FREE_BYTES + 1).status == 200


@pytest.mark.django_db(transaction=True)
def test_forms_that_come_half_leave_open_files_to_pages(
    post: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpConnection, "limits", ConnectionLimits(32))
    others = [post(PHOTOS, 3 * MEGABYTE, 2 * MEGABYTE) for _one in range(2)]
    until(lambda: request_body.RequestBody.on_disk == 2)
    assert [post(PHOTOS, 2 * MEGABYTE).status, post(PHOTOS, MEGABYTE).status] == [503, 200]
    for other in others:
        other.close()
    until(lambda: request_body.RequestBody.on_disk == 0)
    assert post(PHOTOS, 2 * MEGABYTE).status == 200


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_stops_sending_is_let_go_and_holds_nothing_any_more(
    post: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "TIMEOUT_SECONDS", 0.5)
    stopped = [post(JOIN, 1000, 10), post(PHOTOS, 5 * MEGABYTE, 2 * MEGABYTE)]
    until(lambda: request_body.RequestBody.shared_bytes > MEGABYTE)
    assert [phone.status for phone in stopped] == [503, 503]
    until(lambda: request_body.RequestBody.shared_bytes == 0)


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_sends_its_text_byte_by_byte_holds_its_place_no_longer(
    post: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "TIMEOUT_SECONDS", 0.5)
    slow = post(JOIN, 1000, 1)
    for _byte in range(50):
        if select.select([slow.socket], [], [], 0.1)[0]:
            break
        slow.send(b"x")
    assert slow.status == 503


@pytest.mark.parametrize(
    ("status", "french", "english"), [(413, "moins d’images", "fewer"), (503, "renvoyez", "again")]
)
def test_a_refusal_at_the_door_says_why_in_both_languages(status: int, french: str, english: str) -> None:
    page = request_body.BodyRefused(status).page.decode()
    assert [words in page for words in (french, english)] == [True, True]
