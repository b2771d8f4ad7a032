"""More phones than open files: pages still answer, websockets are limited, idle connections are closed."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from forum.server import web_server
from forum.server.open_files import IDLE_FILES, ConnectionLimits
from tests.live_server import running_server
from tests.served_app import App, refusal

FILES, PHONES = 256, 130
HEAD = "GET / HTTP/1.1\r\nHost: 127.0.0.1"
HANDSHAKE = (
    "GET /{code}/live/?as=desk HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookies}\r\n\r\n"
)


class ConnectedPhones:
    """Phones that connect to an app that may open few files."""

    def __init__(self, app: App, stack: contextlib.ExitStack) -> None:
        self.app, self.stack = app, stack
        self.code = app.text.split("Code: ")[1][:7]
        link = next(line for line in app.text.splitlines() if "/facilitator/" in line).rsplit("/", 2)[1]
        assert app.get(f"/facilitator/{link}/")[0] == 302

    def connect(self, text: str = "") -> socket.socket:
        """Open a connection, send the text, and keep it open."""
        phone = self.stack.enter_context(socket.create_connection(("127.0.0.1", self.app.port), timeout=10))
        with contextlib.suppress(ConnectionError):  # closed at once
            phone.sendall(text.encode())
        return phone

    def open_websocket(self) -> tuple[int, socket.socket]:
        """Open the websocket of the board; return the status and the connection."""
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in self.app.cookies.items())
        phone = self.connect(HANDSHAKE.format(code=self.code, port=self.app.port, cookies=cookies))
        response = phone.recv(2000)
        assert response.startswith(b"HTTP/1.1 101") or b"\r\nRetry-After: 5\r\n" in response
        return int(response.split()[1]), phone

    def page_statuses(self) -> list[int]:
        return [self.app.get(path)[0] for path in ("/healthz", "/", f"/{self.code}/", f"/{self.code}/desk/") * 3]

    @property
    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.app.process.pid}/fd").iterdir()))


def test_systemd_is_told_when_the_app_serves_and_then_again_and_again(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(60)
        app = App(tmp_path / "data", "--no-worker", NOTIFY_SOCKET=str(address))
        try:
            assert systemd.recv(100) == b"READY=1"
            assert app.until_ready().get("/healthz")[0] == 200
            assert systemd.recv(100) == b"WATCHDOG=1"
        finally:
            app.end()


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[ConnectedPhones]:
    prefix = ["sh", "-c", f'ulimit -Sn 100; ulimit -Hn {FILES}; exec "$@"', "sh"]
    app = App(tmp_path / "data", "--demo", "--no-worker", prefix=prefix)
    with contextlib.ExitStack() as stack:
        stack.callback(app.end)
        yield ConnectedPhones(app.until_ready(), stack)
    assert [error in app.text for error in ("Traceback", "Too many open files", "unable to open")] == [False] * 3


@pytest.mark.laptop
@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
def test_pages_answer_while_more_phones_connect_or_stay_silent_than_there_are_files(
    phones: ConnectedPhones,
) -> None:
    assert "Live updates for 96 phones at once (256 open files)" in phones.app.text
    assert phones.page_statuses() == [200] * 12
    before = phones.open_files
    assert before <= IDLE_FILES + 4  # connections kept alive
    websockets = [phones.open_websocket() for _phone in range(PHONES)]
    assert [status for status, _phone in websockets] == [101] * 96 + [503] * (PHONES - 96)
    assert 0 <= phones.open_files - before - 96 <= 8  # one each, and the database connections of the hub
    assert phones.page_statuses() == [200] * 12

    for text in ("", f"{HEAD}\r\n", f"POST{HEAD[3:]}\r\nContent-Length: 900\r\n\r\na=b"):
        for _phone in range(PHONES):
            phones.connect(text)
        assert phones.page_statuses() == [200] * 12
    assert phones.open_files < FILES

    for _status, phone in websockets:
        phone.close()
    phones.app.until(lambda: phones.open_websocket()[0] == 101)


@pytest.mark.laptop
def test_an_app_that_may_open_hardly_any_file_says_what_to_type(tmp_path: Path) -> None:
    app = App(tmp_path / "data", prefix=["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"])
    assert refusal(app) == (
        "The app may open only 100 files here, and needs 128. Type, then start again: ulimit -n 4096"
    )


def is_closed_within(phone: socket.socket, seconds: float) -> bool:
    """Return whether the app closes this connection within these seconds."""
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
def test_a_connection_without_a_whole_request_is_closed_and_one_whose_form_is_arriving_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web_server, "SILENT_SECONDS", 0.5)
    with running_server() as url, contextlib.ExitStack() as stack:
        silent, half, sending = (
            stack.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))))
            for _phone in range(3)
        )
        sending.sendall(f"POST{HEAD[3:]}\r\nContent-Length: 9\r\n\r\ncode=".encode())
        end = time.monotonic() + 10
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:  # a byte now and then does not keep the connection
                half.sendall(b"G" if end - time.monotonic() > 9.9 else b"x")
                time.sleep(0.1)
        assert time.monotonic() < end
        assert is_closed_within(silent, 3)
        assert not is_closed_within(sending, 1.5)
        sending.sendall(b"ABCD")
        sending.settimeout(5)
        assert sending.recv(100).startswith(b"HTTP/1.1 403 ")  # a form without its key


def test_half_of_the_open_files_are_for_websockets_and_a_quarter_for_pages() -> None:
    limits = [ConnectionLimits(files) for files in (128, 1024, 16_384)]
    assert [(limit.sockets, limit.connections) for limit in limits] == [(32, 64), (480, 736), (8160, 12_256)]
    # Twice the connections that may be accepted at once leave files for the app.
    assert [limit.connections + 2 * limit.backlog < limit.files - IDLE_FILES for limit in limits] == [True] * 3


@pytest.mark.django_db(transaction=True)
def test_uvicorn_still_has_the_undocumented_names_that_bounded_connections_need() -> None:
    """After an upgrade of uvicorn, adapt web_server.py to the names that fail here, then raise the bound."""
    hooks = {"connection_made", "connection_lost", "data_received", "resume_writing"}
    hooks |= {"on_response_complete", "handle_websocket_upgrade"}
    assert hooks <= vars(HttpToolsProtocol).keys()
    assert {"startup", "on_tick"} <= vars(uvicorn.Server).keys()
    with (
        running_server() as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as phone,
    ):
        phone.sendall(f"{HEAD}\r\n\r\n".encode())
        assert phone.recv(100).startswith(b"HTTP/1.1 200")
        (connection,) = web_server.HttpConnection.http_connections
        assert {"connections", "cycle", "flow", "loop", "transport"} <= vars(connection).keys()
        assert connection in connection.connections
        assert {"more_body", "response_complete"} <= vars(connection.cycle).keys()
        assert "write_paused" in vars(connection.flow)
