"""The app on a small disk of its own: what is refused when it is nearly full, and when it is."""

import http.client
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served_app import App

MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.laptop


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 MB. Skips the test where it cannot be mounted."""
    path = tmp_path / "événement œuvré"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", path], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root mounts a small disk")
    yield path
    subprocess.run(["umount", path], check=True)


def fill(disk: Path, megabytes: int) -> None:
    """Write a file of this size, or to the last byte."""
    with (disk / "fill").open("wb", buffering=0) as file:
        try:
            for _block in range(megabytes * 256):
                file.write(bytes(4096))
        except OSError:
            pass


def photo_status(app: App, code: str) -> int:
    head = {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in app.cookies.items())}
    head |= {"X-CSRFToken": app.cookies["csrftoken"].value, "Content-Type": "application/octet-stream"}
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=20)
    path = f"/{code}/topics/1/report/photos/upload/{'ab' * 12}/?offset=0&size=9000"
    connection.request("POST", path, b"photo", head)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_last_of_a_disk_is_for_texts_and_a_full_one_is_not_ready(small_disk: Path) -> None:
    app = App(small_disk / "data", "--demo", "--no-worker", TMPDIR=str(small_disk)).until_ready()
    try:
        code = app.text.split("Code: ")[1][:7]
        link = next(line for line in app.text.splitlines() if "/facilitator/" in line).rsplit("/", 2)[1]
        app.get(f"/facilitator/{link}/")
        app.get(f"/{code}/desk/")
        assert photo_status(app, code) == 200
        fill(small_disk, 150)
        assert (photo_status(app, code), app.get("/readyz")[0]) == (507, 200)
        assert app.post(f"/{code}/join/", name="Nadia", appearance="full", key="once") == f"/{code}/"
        fill(small_disk, 300)
        app.until(lambda: app.get("/readyz") == (
            503, b'{"ready": false, "reason": "nothing can be written: the disk is full"}'
        ))  # fmt: skip
        assert app.get("/healthz")[0] == 200
        (small_disk / "fill").unlink()
        app.until(lambda: app.get("/readyz")[0] == 200)
        assert app.get(f"/{code}/")[0] == 200
    finally:
        app.end()
    assert "Traceback" not in app.text
