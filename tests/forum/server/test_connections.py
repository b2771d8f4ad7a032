"""A hall that opens more connections than the system lets the app open files: pages still answer."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.server import connections as server_connections
from forum.server.connections import AT_REST, Room
from tests.forum.management.test_serve import App, refusal
from tests.served import serving

FILES, CROWD = 256, 130
HEAD = "GET / HTTP/1.1\r\nHost: 127.0.0.1"
HANDSHAKE = (
    "GET /{code}/live/?as=desk HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookies}\r\n\r\n"
)


class Hall:
    """Phones before an app that may open few files."""

    def __init__(self, app: App, stack: contextlib.ExitStack) -> None:
        self.app, self.stack = app, stack
        self.code = app.text.split("Code: ")[1][:7]
        link = next(line for line in app.text.splitlines() if "/facilitator/" in line).rsplit("/", 2)[1]
        assert app.get(f"/facilitator/{link}/")[0] == 302

    def connect(self, words: str = "") -> socket.socket:
        """Open a connection, say this, and stay."""
        phone = self.stack.enter_context(socket.create_connection(("127.0.0.1", self.app.port), timeout=10))
        with contextlib.suppress(ConnectionError):  # it has just been let go
            phone.sendall(words.encode())
        return phone

    def follow(self) -> tuple[int, socket.socket]:
        """Open the socket of the board: the status, and the connection."""
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in self.app.cookies.items())
        phone = self.connect(HANDSHAKE.format(code=self.code, port=self.app.port, cookies=cookies))
        answer = phone.recv(2000)
        assert answer.startswith(b"HTTP/1.1 101") or b"\r\nRetry-After: 5\r\n" in answer
        return int(answer.split()[1]), phone

    def pages(self) -> list[int]:
        return [self.app.get(path)[0] for path in ("/healthz", "/", f"/{self.code}/", f"/{self.code}/desk/") * 3]

    @property
    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.app.process.pid}/fd").iterdir()))


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    few = ["sh", "-c", f'ulimit -Sn 100; ulimit -Hn {FILES}; exec "$@"', "sh"]
    app = App(tmp_path / "data", "--demo", "--no-worker", prefix=few)
    with contextlib.ExitStack() as stack:
        stack.callback(app.end)
        yield Hall(app.until_ready(), stack)
    assert [words in app.text for words in ("Traceback", "Too many open files", "unable to open")] == [False] * 3


@pytest.mark.laptop
@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
def test_pages_answer_while_more_phones_follow_and_more_are_silent_than_there_are_files(hall: Hall) -> None:
    assert "Live updates for 96 phones at once (256 open files)" in hall.app.text
    assert hall.pages() == [200] * 12
    before = hall.open_files
    assert before <= AT_REST + 4  # kept alive a moment longer
    followed = [hall.follow() for _phone in range(CROWD)]
    assert [status for status, _phone in followed] == [101] * 96 + [503] * (CROWD - 96)
    assert 0 <= hall.open_files - before - 96 <= 8  # one each, and those that read the database for all of them
    assert hall.pages() == [200] * 12

    for words in ("", f"{HEAD}\r\n", f"POST{HEAD[3:]}\r\nContent-Length: 900\r\n\r\na=b"):
        for _phone in range(CROWD):
            hall.connect(words)
        assert hall.pages() == [200] * 12
    assert hall.open_files < FILES

    for _status, phone in followed:
        phone.close()
    hall.app.until(lambda: hall.follow()[0] == 101)


@pytest.mark.laptop
def test_an_app_that_may_open_hardly_any_file_says_what_to_type(tmp_path: Path) -> None:
    app = App(tmp_path / "data", prefix=["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"])
    assert refusal(app) == (
        "The app may open only 100 files here, and needs 128. Type, then start again: ulimit -n 4096"
    )


def ends_within(phone: socket.socket, seconds: float) -> bool:
    """Whether the app ends this connection."""
    phone.settimeout(seconds)
    with contextlib.suppress(TimeoutError):
        try:
            while phone.recv(2000):
                pass
        except ConnectionError:
            pass
        return True
    return False


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_never_ends_its_request_is_let_go_and_one_whose_form_is_on_its_way_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_connections, "SILENT_SECONDS", 0.5)
    with serving() as url, contextlib.ExitStack() as stack:
        silent, half, sending = (
            stack.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))))
            for _phone in range(3)
        )
        sending.sendall(f"POST{HEAD[3:]}\r\nContent-Length: 9\r\n\r\ncode=".encode())
        end = time.monotonic() + 10
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:  # a byte at a time keeps nobody's place
                half.sendall(b"G" if end - time.monotonic() > 9.9 else b"x")
                time.sleep(0.1)
        assert time.monotonic() < end
        assert ends_within(silent, 3)
        assert not ends_within(sending, 1.5)
        sending.sendall(b"ABCD")
        sending.settimeout(5)
        assert sending.recv(100).startswith(b"HTTP/1.1 403 ")  # a form without its key


def test_half_of_the_open_files_are_for_phones_and_a_quarter_for_pages() -> None:
    rooms = [Room(files) for files in (128, 1024, 16_384)]
    assert [(room.phones, room.connections) for room in rooms] == [(32, 64), (480, 736), (8160, 12_256)]
    # Those who come while the first are let go: twice as many still leave files for the app.
    assert [room.connections + 2 * room.backlog < room.files - AT_REST for room in rooms] == [True] * 3
