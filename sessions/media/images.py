"""Images that people send: re-encoded by a child process (image_processing.py), saved under names of their content."""

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
"""Formats of saved images. Those that are accepted are in image_processing.py."""
MAX_PIXELS = 40_000_000
MAX_BYTES = 12 * 1024 * 1024
MAX_SIDE = 2000
MEMORY_MEGABYTES, CPU_SECONDS, TIMEOUT_SECONDS = 256, 10, 40
"""Limits of the child process: private memory, processor time of an image, elapsed time of an image."""
WAIT_SECONDS = 5
"""Time that a form waits for the child process to be free, in a thread for requests with files (asgi.py)."""
IMAGE_NAME = re.compile(r"[0-9a-f]{32}\.(?:png|jpg)")
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg"}

_child_slot = threading.BoundedSemaphore(1)
"""Held while a child process runs: one at a time in each web process."""


class ReadableFile(Protocol):
    """An open file, or an UploadedFile of Django."""

    def read(self, size: int, /) -> bytes: ...


class InvalidImage(ValueError):
    """The image is not accepted. The message is a translated sentence for its sender."""


class ImageProcessBusy(Exception):
    """Another image is being processed. The sender may try again in a moment."""


@dataclass(frozen=True)
class ProcessedImage:
    """A re-encoded image (JPEG, or PNG if transparent), and smaller JPEGs of it for books and for lists."""

    picture: bytes
    printed: bytes
    small: bytes
    width: int
    height: int

    @property
    def size(self) -> int:
        """Bytes of the three files."""
        return len(self.picture) + len(self.printed) + len(self.small)


def process_images(
    files: Sequence[ReadableFile],
    *,
    max_side: int = MAX_SIDE,
    max_pixels: int = MAX_PIXELS,
    keeps_transparency: bool = False,
    wait: float = WAIT_SECONDS,
) -> "list[ProcessedImage | InvalidImage]":
    """Re-encode images in a child process. Return for each the result, or the reason why it is not accepted.

    Raises ImageProcessBusy after `wait` seconds. Not to be called in a transaction, which would block all writers.
    """
    if not _child_slot.acquire(timeout=wait):
        raise ImageProcessBusy
    try:
        with tempfile.TemporaryDirectory(prefix="forum-images-") as name:
            directory = Path(name)
            fits = [_write_source(file, directory / str(number)) for number, file in enumerate(files)]
            results: dict[int, dict[str, Any]] = {}
            waiting = [number for number, is_small_enough in enumerate(fits) if is_small_enough]
            while waiting:
                results |= _run_child(directory, waiting, (max_side, max_pixels, int(keeps_transparency)))
                waiting = [number for number in waiting if number not in results]
            too_large = {"refused": "large"}
            return [_read_result(directory / str(n), results.get(n, too_large)) for n in range(len(fits))]
    finally:
        _child_slot.release()


def _write_source(file: ReadableFile, path: Path) -> bool:
    """Write a file for the child. Return whether it has at most MAX_BYTES. Raises OSError."""
    content = file.read(MAX_BYTES + 1)
    disk.check_space(len(content), path.parent)
    path.write_bytes(content)
    return len(content) <= MAX_BYTES


ENDED_BY_SYSTEM = (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)
"""Exit codes that say nothing about the image."""
_CHILD_CODE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from sessions.media import image_processing; image_processing.main(*sys.argv[1:])"
)


def _run_child(directory: Path, numbers: Sequence[int], options: tuple[int, int, int]) -> dict[int, dict[str, Any]]:
    """Return the results of one child process, which ends after the image that kills it."""
    arguments = map(str, (directory, MEMORY_MEGABYTES, CPU_SECONDS * len(numbers), *options))
    environment = {key: os.environ[key] for key in ("PATH", "LANG", "LD_LIBRARY_PATH") if key in os.environ}
    with subprocess.Popen(
        [sys.executable, "-I", "-c", _CHILD_CODE, str(settings.ROOT), *arguments],
        env=environment, cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdin  # noqa: S101 asked for above
        assert child.stdout  # noqa: S101 asked for above
        assert child.stderr  # noqa: S101 asked for above
        results: dict[int, dict[str, Any]] = {}
        for number in numbers:
            timer = threading.Timer(TIMEOUT_SECONDS, child.kill)
            timer.start()
            line = ""
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(f"{number}\n")
                child.stdin.flush()
                line = child.stdout.readline()
            timer.cancel()
            if line:
                results[number] = json.loads(line)
                continue
            child.kill()
            if child.wait() in ENDED_BY_SYSTEM:  # as all processes of a service that stops
                raise ImageProcessBusy
            results[number] = {"refused": _exit_reason(child.returncode, child.stderr.read()[-2000:])}
            break
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        return results


def _exit_reason(code: int, errors: str) -> str:
    """Return the reason why a child ended before its result, from its exit code and its standard error."""
    if code in (-signal.SIGKILL, -signal.SIGXCPU):
        return "time"
    if "MemoryError" not in errors and "allocat" not in errors:
        log.warning("drawing an image ended with %s: %s", code, errors.strip())
        return "damaged"
    return "memory"


def _read_result(path: Path, result: dict[str, Any]) -> "ProcessedImage | InvalidImage":
    if reason := result.get("refused"):
        return InvalidImage(refusal_text(reason))
    picture, printed, small = (path.with_suffix(suffix).read_bytes() for suffix in (".picture", ".printed", ".small"))
    return ProcessedImage(picture, printed, small, result["width"], result["height"])


def refusal_text(reason: str) -> str:
    """Return a sentence that explains a refusal and says what to do."""
    match reason:
        case "large":
            return _("This file is over %(size)s MB: send a smaller one.") % {"size": MAX_BYTES // 1024 // 1024}
        case "pixels":
            return _("This image has over %(count)s million pixels: make it smaller.") % {"count": MAX_PIXELS // 10**6}
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


def disk_full_text() -> str:
    return _("The disk of the computer that runs the forum is full: photos wait. Texts are still saved.")


def save_image(content: bytes) -> str:
    """Save a re-encoded image, and return its name, which is a hash: the same image is saved once."""
    extension = "jpg" if content.startswith(b"\xff\xd8") else "png"
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{extension}"
    path = image_path(name)
    if not path.exists():
        disk.write_file(path, content)
    return name


def directory() -> Path:
    return Path(settings.MEDIA_ROOT) / "images"


def image_path(name: str) -> Path:
    return directory() / name


def image_exists(name: str) -> bool:
    """Say whether a saved image has this name. A restored database could name any file of this machine."""
    return bool(IMAGE_NAME.fullmatch(name)) and image_path(name).exists()


def image_size(name: str) -> tuple[int, int] | None:
    """Return width and height in pixels; None if the file is missing or damaged, as after an incomplete backup."""
    try:
        with Image.open(image_path(name), formats=FORMATS) as image:
            return image.size
    except OSError:
        return None


def data_url(name: str) -> str:
    """Return the image as a data: URL, for a page that shows one or two; empty if the file is missing."""
    try:
        content = image_path(name).read_bytes()
    except FileNotFoundError:
        return ""
    return f"data:{CONTENT_TYPES[name.rpartition('.')[2]]};base64,{base64.b64encode(content).decode()}"
