"""The ASGI application: the threads of each kind of request, responses with files, and limits of request bodies."""

import contextlib
import os
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.db import close_old_connections, connection
from django.urls import reverse
from pytest_django import Settings

from forum import asgi
from forum.auth.facilitator_tokens import FacilitatorTokenCache
from forum.auth.identity import FACILITATOR_COOKIE
from forum.models import Device, Facilitator, Forum
from forum.phases import Phase
from forum.server.open_files import ConnectionLimits
from forum.server.web_server import HttpConnection
from forum.web import page_threads, request_body
from forum.web.request_body import Refusal, RequestRefused
from forum.web.wsgi_bridge import CHUNK_BYTES
from tests.live_server import running_server
from tests.permissions.declaration import ROWS
from tests.scene import build_scene

PHOTOS = "/H7KQ4MT/topics/1/report/photos/"
MEGABYTE = 1024 * 1024
WRITERS = ("nobody", "convener", "operator", "facilitator")
"""The roles that reach every page."""


@pytest.fixture
def key(camille: Facilitator, monkeypatch: pytest.MonkeyPatch) -> str:
    """A facilitator's key that this process has not seen."""
    monkeypatch.setattr(asgi, "facilitator_tokens", FacilitatorTokenCache())
    return Device.issue(camille)


class BlockingPages:
    """A WSGI application that, once `is_blocking`, holds all requests but a facilitator's until `released`."""

    def __init__(self, key: str) -> None:
        self.released, self._held = threading.Event(), threading.Semaphore(0)
        self._key = key
        self.is_blocking = False

    def application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.is_blocking and self._key not in environ.get("HTTP_COOKIE", ""):
            self._held.release()
            self.released.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return ClosingBody([b"here"])

    def holds(self, requests: int, timeout: float = 5) -> bool:
        """Return whether this number of further requests is held in time."""
        return all(self._held.acquire(timeout=timeout) for _request in range(requests))


class ClosingBody(list[bytes]):
    def close(self) -> None:
        """Close database connections, as Django's responses do."""
        close_old_connections()


@pytest.fixture
def pages(key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlockingPages]:
    pages = BlockingPages(key)
    monkeypatch.setattr(asgi, "pages", pages.application)
    yield pages
    pages.released.set()


def read(url: str, cookie: str = "", data: bytes | None = None) -> bytes:
    with urlopen(Request(url, data, headers={"Cookie": cookie}), timeout=10) as response:  # noqa: S310 our own server
        body: bytes = response.read()
    return body


@pytest.mark.django_db(transaction=True)
def test_a_facilitator_does_not_wait_behind_a_room_that_joins_at_once(pages: BlockingPages, key: str) -> None:
    cookie = f"a=b; {FACILITATOR_COOKIE}={key}"
    with running_server() as url, ThreadPoolExecutor(8) as phones:
        assert read(url, cookie) == b"here"
        pages.is_blocking = True
        held = [phones.submit(read, url) for _phone in range(8)]
        assert pages.holds(asgi.READERS)
        assert read(url, cookie) == b"here"
        assert [phone.done() for phone in held] == [False] * 8
        pages.released.set()
        assert [phone.result() for phone in held] == [b"here"] * 8


@pytest.mark.django_db(transaction=True)
def test_requests_with_a_made_up_facilitator_key_use_the_threads_of_participants(
    pages: BlockingPages, key: str
) -> None:
    with running_server() as url, ThreadPoolExecutor(8) as phones:
        made_up = f"{FACILITATOR_COOKIE}=made-up"
        for cookie in (f"{FACILITATOR_COOKIE}={key}", made_up, made_up):
            read(url, cookie)
        pages.is_blocking = True
        held = [phones.submit(read, url, made_up) for _phone in range(8)]
        assert pages.holds(asgi.READERS)
        assert not pages.holds(1, timeout=0.3)
        assert read(url, f"{FACILITATOR_COOKIE}={key}") == b"here"
        pages.released.set()
        assert [phone.result() for phone in held] == [b"here"] * 8


@pytest.mark.django_db(transaction=True)
def test_requests_with_files_use_threads_of_their_own(pages: BlockingPages, key: str) -> None:
    cookie = f"{FACILITATOR_COOKIE}={key}"
    with running_server() as url, ThreadPoolExecutor(8 + asgi.READERS) as phones:
        read(url, cookie)
        pages.is_blocking = True
        held = [phones.submit(read, f"{url}{PHOTOS}", "", b"photo") for _phone in range(8)]
        assert pages.holds(asgi.FILE_THREADS)
        waiting = [phones.submit(read, url) for _thread in range(asgi.READERS)]
        assert pages.holds(asgi.READERS)
        assert read(url, cookie) == b"here"
        pages.released.set()
        assert [phone.result() for phone in held + waiting] == [b"here"] * len(held + waiting)


@pytest.mark.django_db(transaction=True)
def test_while_forms_wait_for_the_database_pages_are_read_and_a_form_that_waits_too_long_is_told(
    pages: BlockingPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_threads, "STUCK_SECONDS", 0.5)
    pages.is_blocking = True
    with running_server() as url, ThreadPoolExecutor(4) as phones:
        first = phones.submit(read, f"{url}/H7KQ4MT/me/", "", b"name=Nadia")
        assert pages.holds(1)
        second = phones.submit(read, f"{url}/H7KQ4MT/me/", "", b"name=Nadia")
        link = phones.submit(read, f"{url}/facilitator/secret/")
        page = phones.submit(read, url)
        assert pages.holds(1)  # the page
        for refused in (second, link):
            error = refused.exception(timeout=5)
            assert isinstance(error, HTTPError)
            assert (error.code, error.headers["Retry-After"]) == (503, "10")
        pages.released.set()
        assert [first.result(), page.result()] == [b"here", b"here"]


@pytest.mark.laptop
@pytest.mark.django_db(transaction=True)
def test_no_other_page_writes_when_it_is_read(settings: Settings, tmp_path: Path) -> None:
    """They would wait for the database in the threads that are kept for reading."""
    settings.MEDIA_ROOT = tmp_path  # without what other tests printed
    scene, writing = build_scene(("draft", "finished")), set()
    for phase, name, role in product((Phase.MARKETPLACE, Phase.GROUPS), ROWS, WRITERS):
        Forum.objects.filter(pk=scene.forum.pk).update(phase=phase)
        statements: list[str] = []

        def record(execute: Callable[..., Any], sql: str, *rest: Any, kept: list[str] = statements) -> Any:
            kept.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(record):
            response = scene.browser(role).get(scene.address(name, "finished"))
        if response.streaming:
            b"".join(response.streaming_content)  # type: ignore[attr-defined]
        if any(not sql.startswith(("SELECT", "PRAGMA")) for sql in statements):
            writing.add(name)
    assert writing == {"essential", "report_pdf", "check"}
    assert all(asgi.WRITING_PATHS.fullmatch(scene.address(name, "finished")) for name in writing)


def test_the_paths_of_views_that_take_files_are_known() -> None:
    code, topic = {"code": "H7KQ4MT"}, {"code": "H7KQ4MT", "number": 12}
    of_topic = [reverse(name, kwargs=topic) for name in ("photos", "sheet")]
    of_topic += [reverse(name, kwargs=topic | {"upload": "a1" * 12}) for name in ("upload_photo", "upload_sheet")]
    of_forum = [reverse(name, kwargs=code) for name in ("sheets", "add_logo", "import_people")]
    others = [reverse(name, kwargs=topic) for name in ("report", "transcribe")]
    others += [reverse(name, kwargs=code) for name in ("join", "imprint", "board")]
    assert [bool(asgi.FILE_PATHS.fullmatch(path)) for path in of_topic + of_forum + others] == [True] * 7 + [False] * 5


# ---- responses with files ---------------------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory whose files are the responses, closed by the application as Django closes its files."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        file = (tmp_path / environ["PATH_INFO"].strip("/")).open("rb")
        start_response(
            "200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(os.fstat(file.fileno()).st_size))]
        )
        return environ["wsgi.file_wrapper"](file, 4096)

    monkeypatch.setattr(asgi, "pages", application)
    return tmp_path


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
def test_a_file_arrives_whole_however_long_it_is(directory: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    (directory / "book").write_bytes(content)
    with running_server() as url:
        assert read(f"{url}/book") == content
        with urlopen(Request(f"{url}/book", method="HEAD"), timeout=10) as response:  # noqa: S310 our own server
            assert (response.headers["Content-Length"], response.read()) == (str(size), b"")


@pytest.mark.django_db(transaction=True)
def test_phones_that_read_a_file_slowly_hold_no_thread_and_get_it_even_when_it_is_deleted(directory: Path) -> None:
    content = random.Random(1).randbytes(8 * MEGABYTE)
    (directory / "book").write_bytes(content)
    (directory / "short").write_bytes(b"here")
    with running_server() as url, contextlib.ExitStack() as closing:
        slow = [PostConnection(url, "/book", 0) for _phone in range(2 * (asgi.READERS + asgi.WRITERS) + 2)]
        for phone in slow:
            closing.callback(phone.close)
            assert phone.status == 200
        (directory / "book").unlink()
        assert read(f"{url}/short") == b"here"
        for phone in slow:
            assert phone.rest(len(content)) == content


# ---- request bodies ---------------------------------------------------------------------------------------------


class PostConnection:
    """A connection that has sent the head of a POST with a body of this length."""

    def __init__(self, url: str, path: str, length: int) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)
        self.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode())

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    @property
    def status(self) -> int:
        """Status of the response, once it has come."""
        return int(self.socket.recv(100).split()[1])

    def rest(self, length: int) -> bytes:
        """Return the last bytes of the response."""
        received = b""
        while len(received) < length:
            received += self.socket.recv(MEGABYTE)
        return received[-length:]

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def post(pages: BlockingPages) -> Iterator[Callable[..., PostConnection]]:
    """Begin a POST: path, announced bytes, and bytes of them that are sent."""
    with running_server() as url, contextlib.ExitStack() as stack:

        def begin(path: str, length: int, sent: int | None = None) -> PostConnection:
            phone = PostConnection(url, path, length)
            stack.callback(phone.close)
            phone.send(bytes(length if sent is None else sent))
            return phone

        yield begin


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


JOIN = "/H7KQ4MT/join/"


@pytest.mark.django_db(transaction=True)
def test_only_paths_that_take_files_take_more_than_a_megabyte(post: Callable[..., PostConnection]) -> None:
    requests = [(JOIN, MEGABYTE), (JOIN, MEGABYTE + 1), ("/", MEGABYTE + 1), (PHOTOS, 3 * MEGABYTE)]
    assert [post(*request).status for request in requests] == [200, 413, 413, 200]


@pytest.mark.django_db(transaction=True)
def test_large_bodies_share_a_limit_while_texts_and_parts_of_photos_are_always_taken(
    post: Callable[..., PostConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "SHARED_BYTES", MEGABYTE)
    others = [post(PHOTOS, 2 * MEGABYTE, request_body.FREE_BYTES + MEGABYTE // 2) for _two in range(2)]
    wait_until(lambda: request_body.RequestBody.shared_bytes == MEGABYTE)
    assert post(PHOTOS, request_body.FREE_BYTES + 1).status == 503
    assert post(JOIN, request_body.FREE_BYTES + 1).status == 503
    assert [post(JOIN, 900).status, post(f"{PHOTOS}upload/{'a1' * 12}/", request_body.FREE_BYTES).status] == [200, 200]
    for other in others:
        other.close()
    wait_until(lambda: request_body.RequestBody.shared_bytes == 0)
    assert post(PHOTOS, request_body.FREE_BYTES + 1).status == 200


@pytest.mark.django_db(transaction=True)
def test_unfinished_bodies_leave_open_files_to_pages(
    post: Callable[..., PostConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpConnection, "limits", ConnectionLimits(32))
    others = [post(PHOTOS, 3 * MEGABYTE, 2 * MEGABYTE) for _one in range(2)]
    wait_until(lambda: request_body.RequestBody.on_disk == 2)
    assert [post(PHOTOS, 2 * MEGABYTE).status, post(PHOTOS, MEGABYTE).status] == [503, 200]
    for other in others:
        other.close()
    wait_until(lambda: request_body.RequestBody.on_disk == 0)
    assert post(PHOTOS, 2 * MEGABYTE).status == 200


@pytest.mark.django_db(transaction=True)
def test_a_body_that_stops_arriving_is_refused_and_frees_its_bytes(
    post: Callable[..., PostConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "TIMEOUT_SECONDS", 0.5)
    stopped = [post(JOIN, 1000, 10), post(PHOTOS, 5 * MEGABYTE, 2 * MEGABYTE)]
    wait_until(lambda: request_body.RequestBody.shared_bytes > MEGABYTE)
    assert [phone.status for phone in stopped] == [503, 503]
    wait_until(lambda: request_body.RequestBody.shared_bytes == 0)


@pytest.mark.django_db(transaction=True)
def test_a_text_that_arrives_byte_by_byte_is_refused_in_time(
    post: Callable[..., PostConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "TIMEOUT_SECONDS", 0.5)
    slow = post(JOIN, 1000, 1)
    for _byte in range(50):
        if select.select([slow.socket], [], [], 0.1)[0]:
            break
        slow.send(b"x")
    assert slow.status == 503


@pytest.mark.parametrize(
    ("refusal", "french", "english"),
    [(Refusal.TOO_LONG, "moins d’images", "fewer"), (Refusal.WAITED_TOO_LONG, "revenez en arrière", "Nothing is lost")],
)
def test_a_refused_request_gets_a_reason_in_both_languages(refusal: Refusal, french: str, english: str) -> None:
    page = RequestRefused(refusal).page.decode()
    assert [text in page for text in (french, english)] == [True, True]
