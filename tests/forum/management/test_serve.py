"""`manage.py serve`: the real command, in a process of its own."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from tests.served_app import MANAGE, App, Start, children, data, is_alive, migrate, migrated, refusal, start

__all__ = ["data", "start"]

ACCENTS = ["événement œuvré, re\u0301union", os.fsdecode(b"r\xe9union")]
"""Names of directories: accents composed and decomposed (as on a Mac), and bytes that are not UTF-8."""


def test_an_empty_directory_starts_with_a_link_for_the_first_facilitator(start: Start, data: Path) -> None:
    app = start(is_first_start=True).until_ready()
    assert (app.get("/healthz"), app.get("/readyz")) == ((200, b'{"alive": true}'), (200, b'{"ready": true}'))
    link = next(line.split("/facilitator/")[1] for line in app.text.splitlines() if "/facilitator/" in line)
    assert app.text.count(f"http://127.0.0.1:{app.port}/") == 3  # as address, under the QR code, and in the link
    assert app.get(f"/facilitator/{link}")[0] == 200
    assert {path.stat().st_mode & 0o077 for path in data.glob("*") if path.is_file()} == {0}


def test_ctrl_c_stops_everything_that_was_started(start: Start) -> None:
    app = start().until_ready()
    worker = app.worker_pid()
    assert app.end(signal.SIGINT) == 0
    assert not is_alive(worker)
    assert app.text.endswith("Stopped.\n")
    assert "Traceback" not in app.text


def test_sigterm_stops_everything_too(start: Start) -> None:
    app = start().until_ready()
    worker = app.worker_pid()
    assert app.end(signal.SIGTERM) == 0
    assert not is_alive(worker)


def test_a_killed_app_takes_its_worker_along(start: Start) -> None:
    app = start().until_ready()
    worker = app.worker_pid()
    time.sleep(2)  # by then the worker has asked the system to end with its parent; later, it checks its parent itself
    app.process.kill()
    app.process.wait(10)
    end = time.monotonic() + 30
    while is_alive(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(worker)


def test_a_worker_that_dies_is_started_again(start: Start) -> None:
    app = start().until_ready()
    first = app.worker_pid()
    os.kill(first, signal.SIGKILL)
    app.until(lambda: children(app.process.pid) not in ([], [str(first)]))
    assert app.get("/readyz")[0] == 200
    assert app.end() == 0


def test_the_first_link_of_an_earlier_start_is_revoked_by_the_next_start(start: Start) -> None:
    links = []
    for _start in range(2):
        app = start().until_ready()
        links.append(next(line for line in app.text.splitlines() if "/facilitator/begin/" in line).rsplit("/", 2)[1])
        statuses = [app.get(f"/facilitator/begin/{link}/")[0] for link in links]
        app.end()
    assert statuses == [404, 200]


def test_the_demonstration_is_made_once_and_its_book_in_the_background(start: Start) -> None:
    links, codes = [], []
    for _start in range(2):
        app = start("--demo").until_ready()
        codes.append(app.text.split("Code: ")[1][:7])
        links.append(next(line for line in app.text.splitlines() if "/facilitator/" in line).rsplit("/", 2)[1])
        statuses = [app.get(f"/facilitator/{link}/")[0] for link in links]
        book = f"/{codes[0]}/book/1.pdf"
        app.until(partial(app.has, book))
        assert app.get(book)[1].startswith(b"%PDF-")
        assert app.end() == 0
    assert statuses == [404, 302]
    assert codes[0] == codes[1]


@pytest.mark.parametrize("name", ACCENTS)
def test_files_come_whole_out_of_a_directory_with_accents(tmp_path: Path, name: str) -> None:
    app = App(tmp_path / name, "--demo").until_ready()
    try:
        link = next(line for line in app.text.splitlines() if "/facilitator/" in line).rsplit("/", 2)[1]
        assert app.get(f"/facilitator/{link}/")[0] == 302
        code = app.text.split("Code: ")[1][:7]
        app.get(f"/{code}/desk/print/")
        kit = app.post(f"/{code}/desk/print/", posters=["question"], paper="A4", language="fr", key="asked once")
        files = {
            f"/{code}/book/1.pdf": "editions/1/1.pdf",
            f"{kit.rstrip('/')}.pdf": f"printing/1/{kit.split('/')[-2]}.pdf",
            **photos(app, code),
        }
        for path, file in files.items():
            app.until(partial(app.has, path))
            assert app.get(path) == (200, (app.data / "media" / file).read_bytes())
    finally:
        app.end()
    assert "Traceback" not in app.text


def photos(app: App, code: str) -> dict[str, str]:
    """Map the paths of a photo, large and small, to its files in the media directory."""
    key = min(app.data.glob("media/photos/1/*-small.jpg")).name[:32]
    paths = (f"/{code}/topics/{topic}/photos/{key}" for topic in range(1, 60))
    path = next(path for path in paths if app.get(f"{path}.jpg")[0] != 404)
    return {f"{path}{size}.jpg": f"photos/1/{key}{size}.jpg" for size in ("", "-small")}


@pytest.mark.laptop
def test_static_files_are_built_once_and_kept_by_browsers(start: Start, data: Path) -> None:
    environment = {"STATIC_ROOT": str(data / "static")}
    app = start(**environment).until_ready()
    names = json.loads((data / "static" / "staticfiles.json").read_text())["paths"]
    with urllib.request.urlopen(
        f"http://127.0.0.1:{app.port}/static/{names['vendor/htmx.min.js']}", timeout=10
    ) as file:
        assert file.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    app.end()
    stamp = (data / "static" / "built-from.txt").stat().st_mtime_ns
    start(**environment).until_ready().end()
    assert (data / "static" / "built-from.txt").stat().st_mtime_ns == stamp


@pytest.mark.laptop
def test_a_port_in_use_is_reported(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = refusal(start(port=port))
    example = port + 1 if port < 65535 else 8000
    assert message == (
        f"Port {port} is taken by another program. Choose another one, for example: make run PORT={example}"
    )


@pytest.mark.laptop
@pytest.mark.parametrize("port", ["abc", "70000", "-1", "8 0"])
def test_an_invalid_port_is_reported(start: Start, port: str) -> None:
    assert refusal(start(f"--port={port}")) == f"“{port}” is not a port: it is a number from 1 to 65535."


@pytest.mark.laptop
def test_an_invalid_port_in_the_environment_is_reported_too(data: Path) -> None:
    process = subprocess.run(
        [*MANAGE, "serve"],
        env=os.environ | {"FORUM_DATA": str(data), "PORT": "abc", "LANG": "C.UTF-8", "LC_ALL": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == "“abc” is not a port: it is a number from 1 to 65535.\n"


@pytest.mark.laptop
def test_an_address_of_another_computer_is_reported(start: Start) -> None:
    assert refusal(start("--host=203.0.113.7")) == "This computer does not have the address 203.0.113.7."


@pytest.mark.laptop
def test_a_data_directory_that_cannot_be_written_is_reported(start: Start, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the directory should be")
    message = refusal(start())
    assert message.startswith(f"The data directory cannot be written: {tmp_path / 'data'} (File exists).")
    assert "make run DATA=" in message


@pytest.mark.laptop
def test_a_temporary_directory_in_which_no_document_can_be_made_is_reported(start: Start, tmp_path: Path) -> None:
    directory = tmp_path / ACCENTS[1]
    directory.mkdir()
    assert refusal(start(TMPDIR=str(directory))) == (
        f"The name of the temporary directory is not UTF-8: {tmp_path}/r\\udce9union "
        "Choose another one, for example: TMPDIR=/tmp make run"
    )


@pytest.mark.laptop
def test_a_database_that_belongs_to_somebody_else_is_reported(start: Start, data: Path) -> None:
    database = migrated(data)
    database.chmod(0o400)
    # Root can write everywhere, unless without this capability.
    prefix = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    message = refusal(start(prefix=prefix))
    assert message.startswith(f"The data directory cannot be written: {database} (Permission denied).")


@pytest.mark.laptop
def test_two_apps_never_serve_the_same_data(start: Start, data: Path) -> None:
    start().until_ready()
    assert refusal(start()) == f"The app already runs with these data: {data}"


@pytest.mark.laptop
def test_a_database_of_a_newer_version_is_refused_untouched(start: Start, data: Path) -> None:
    database = migrated(data)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('reports', '9999_from_tomorrow', '2030-01-01')"
        )
    message = refusal(start())
    assert message == (
        "The database is newer than this version of the app (it has reports.9999_from_tomorrow). "
        f"Install the newer version, or go back to a copy from {data / 'backups'}"
    )
    assert not (data / "backups").exists()


@pytest.mark.laptop
def test_a_database_is_copied_before_it_is_updated_and_ten_copies_are_kept(start: Start, data: Path) -> None:
    database = migrated(data)
    migrate(data, "reports", "zero")
    backups = data / "backups"
    backups.mkdir()
    for number in range(12):
        (backups / f"forum-2020010{number // 10}-00000{number % 10}-000000.sqlite3").touch()
    app = start().until_ready()
    assert app.get("/readyz")[0] == 200
    app.end()

    kept = sorted(backups.iterdir())
    assert len(kept) == 10
    assert applied(kept[-1]) < applied(database)
    assert {name for app_label, name in applied(database) - applied(kept[-1]) if app_label != "reports"} == set()
    assert str(kept[-1]) in app.text


def applied(database: Path) -> set[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return set(connection.execute("SELECT app, name FROM django_migrations"))


@pytest.mark.laptop
def test_a_database_that_is_up_to_date_is_not_copied(start: Start, data: Path) -> None:
    migrated(data)
    start().until_ready().end()
    assert not (data / "backups").exists()


@pytest.mark.laptop
def test_a_damaged_database_is_reported(start: Start, data: Path) -> None:
    data.mkdir()
    (data / "forum.sqlite3").write_bytes(b"this is no database at all" * 100)
    assert refusal(start()) == "The database does not answer: file is not a database"


def test_a_refused_form_leaves_no_link_in_the_log(start: Start) -> None:
    app = start().until_ready()
    (link,) = re.findall(r"/facilitator/begin/(\S+?)/", app.text)
    for path in (f"/facilitator/begin/{link}/", f"/facilitator/{link}/"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=10)) as connection:
            connection.request("POST", path, body="name=Voleuse")
            assert connection.getresponse().status in (403, 405)
    assert app.end() == 0
    assert (app.text.count("Forbidden (CSRF"), app.text.count(link)) == (2, 1)  # once, where it was printed
