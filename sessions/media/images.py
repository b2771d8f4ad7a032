"""Images that people send: looked at before they are opened, drawn anew by a child process, kept under new names."""

import base64
import contextlib
import hashlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image

from forum.server import disk

log = logging.getLogger(__name__)

FORMATS = ("PNG", "JPEG")
"""Of what is kept; what is taken is written in drawing.py."""
MOST_PIXELS = 40_000_000
MOST_BYTES = 12 * 1024 * 1024
LONGEST_SIDE = 2000
MEGABYTES, SECONDS, PATIENCE = 256, 10, 40
"""What drawing may take: memory beside the shared libraries, processor time, and time by the clock for one image."""
WAIT = 5
"""Seconds that a form waits for its turn, in a thread that takes files (see asgi.py): no page waits for it."""
NAME = re.compile(r"[0-9a-f]{32}\.(?:png|jpg)")
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg"}

_turn = threading.BoundedSemaphore(1)


class Upload(Protocol):
    """An open file, or what Django makes of one that a form sent."""

    def read(self, size: int, /) -> bytes: ...


class Unusable(ValueError):
    """An image that is not taken; says why, in the reader's language."""


class Busy(Exception):
    """Another image is being drawn: it is for the sender to try again in a moment."""


@dataclass(frozen=True)
class Drawn:
    """An image drawn anew (JPEG, or PNG where it has holes), and the same as a smaller JPEG for books and for lists."""

    picture: bytes
    printed: bytes
    small: bytes
    width: int
    height: int

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return len(self.picture) + len(self.printed) + len(self.small)


def redraw(
    uploads: Sequence[Upload],
    *,
    longest_side: int = LONGEST_SIDE,
    most_pixels: int = MOST_PIXELS,
    keeps_holes: bool = False,
    wait: float = WAIT,
) -> "list[Drawn | Unusable]":
    """Each of these images drawn anew in a child process, or why it is not taken. Raises Busy.

    With `keeps_holes`, what is seen through stays so. Never within a transaction: nobody else would write meanwhile.
    """
    if not _turn.acquire(timeout=wait):
        raise Busy
    try:
        with tempfile.TemporaryDirectory(prefix="forum-images-") as home:
            place = Path(home)
            whole = [_receive(upload, place / str(number)) for number, upload in enumerate(uploads)]
            told: dict[int, dict[str, Any]] = {}
            waiting = [number for number, fits in enumerate(whole) if fits]
            while waiting:
                told |= _draw(place, waiting, (longest_side, most_pixels, int(keeps_holes)))
                waiting = [number for number in waiting if number not in told]
            too_large = {"refused": "large"}
            return [_outcome(place / str(number), told.get(number, too_large)) for number in range(len(whole))]
    finally:
        _turn.release()


def _receive(upload: Upload, path: Path) -> bool:
    """Write it where the child reads it, unless it is too large."""
    content = upload.read(MOST_BYTES + 1)
    path.write_bytes(content)
    return len(content) <= MOST_BYTES


_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from sessions.media import image_worker; image_worker.main(*sys.argv[1:])"
)


def _draw(place: Path, numbers: Sequence[int], how: tuple[int, int, int]) -> dict[int, dict[str, Any]]:
    """What one child says of these images, until one of them is its end."""
    limits = map(str, (place, MEGABYTES, SECONDS * len(numbers), *how))
    environment = {key: os.environ[key] for key in ("PATH", "LANG", "LD_LIBRARY_PATH") if key in os.environ}
    with subprocess.Popen(
        [sys.executable, "-I", "-c", _START, str(settings.ROOT), *limits],
        env=environment, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdin  # noqa: S101 asked for above
        assert child.stdout  # noqa: S101 asked for above
        assert child.stderr  # noqa: S101 asked for above
        told: dict[int, dict[str, Any]] = {}
        for number in numbers:
            late = threading.Timer(PATIENCE, child.kill)
            late.start()
            line = ""
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(f"{number}\n")
                child.stdin.flush()
                line = child.stdout.readline()
            late.cancel()
            if line:
                told[number] = json.loads(line)
                continue
            child.kill()
            told[number] = {"refused": _end(child.wait(), child.stderr.read()[-2000:])}
            break
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        return told


def _end(code: int, said: str) -> str:
    """Why a child ended before its answer."""
    if code in (-signal.SIGKILL, -signal.SIGXCPU):
        return "time"
    if "MemoryError" not in said and "allocat" not in said:
        log.warning("drawing an image ended with %s: %s", code, said.strip())
        return "damaged"
    return "memory"


def _outcome(path: Path, told: dict[str, Any]) -> "Drawn | Unusable":
    if reason := told.get("refused"):
        return Unusable(why(reason))
    picture, printed, small = (path.with_suffix(suffix).read_bytes() for suffix in (".picture", ".printed", ".small"))
    return Drawn(picture, printed, small, told["width"], told["height"])


def why(reason: str) -> str:
    """Why an image is not taken, in a sentence that says what to do."""
    match reason:
        case "large":
            said = _("This file is over %(size)s MB: send a smaller one.")
            return said % {"size": MOST_BYTES // 1024 // 1024}
        case "pixels":
            return _("This image has over %(count)s million pixels: make it smaller.") % {"count": MOST_PIXELS // 10**6}
        case "empty":
            return _("This file is empty: choose the picture again.")
        case "svg":
            return _("SVG drawings are not taken, since they may hold programs: export yours as a PNG first.")
        case "pdf":
            return _("This is a PDF: take a picture of the page, or export it as an image.")
        case "video":
            return _("This is a video: take a picture instead.")
        case "heic":
            return _(
                "This HEIC photo cannot be read here: in the camera’s settings choose “Most compatible” (JPEG),"
                " or send a screenshot of it."
            )
        case "memory" | "time":
            return _("This image is too heavy to be opened here: send a smaller one, or a JPEG.")
        case "damaged":
            return _("This image is damaged: it cannot be read to its end.")
        case _:
            return _("This is not an image that can be used: choose a JPEG, PNG, WebP, HEIC or GIF.")


def full() -> str:
    return _("The disk of the computer that runs the forum is full: photos wait. Texts are still saved.")


def keep(content: bytes) -> str:
    """Keep a re-encoded image; its name. The same image is kept once."""
    ending = "jpg" if content.startswith(b"\xff\xd8") else "png"
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
    path = path_of(name)
    if not path.exists():
        put(path, content)
    return name


def put(path: Path, content: bytes) -> None:
    """Write a whole file or nothing: a page never meets half of it. Raises OSError, as where texts need the room."""
    disk.check_space(len(content), path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.write_bytes(content)
    fresh.replace(path)


def directory() -> Path:
    return Path(settings.MEDIA_ROOT) / "images"


def path_of(name: str) -> Path:
    return directory() / name


def holds(name: str) -> bool:
    """Whether an image is kept under this name; a database from elsewhere may name any file of this machine."""
    return bool(NAME.fullmatch(name)) and path_of(name).exists()


def size_of(name: str) -> tuple[int, int] | None:
    """Width and height in pixels; none when its file is damaged, as in a backup that was not whole."""
    try:
        with Image.open(path_of(name), formats=FORMATS) as image:
            return image.size
    except OSError:
        return None


def data_url(name: str) -> str:
    """The image itself as an address, for a page that shows one or two; empty when it is gone."""
    try:
        content = path_of(name).read_bytes()
    except FileNotFoundError:
        return ""
    return f"data:{CONTENT_TYPES[name.rpartition('.')[2]]};base64,{base64.b64encode(content).decode()}"
