"""Makes the PDF in a child process that can hang, crash or swell without harm to anything else."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sessions.proceedings import render

RENDERER = Path(render.__file__)
SECONDS = 120
MEGABYTES = 2048
_KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
"""The child sees nothing else of our environment: no secret key, no database."""


class RenderingFailed(Exception):
    """The child gave no PDF; `kind` says why: "time", "memory", "libraries" or "crash"."""

    def __init__(self, kind: str, details: str) -> None:
        super().__init__(f"{kind}: {details}" if details else kind)
        self.kind = kind


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True)
class Pdf:
    content: bytes
    pages: int


def render_pdf(
    html: str,
    static: Path,
    *,
    attachment: Attachment | None = None,
    progress: Callable[[int], None] = lambda percent: None,
    seconds: int = SECONDS,
    megabytes: int = MEGABYTES,
    renderer: Path = RENDERER,
) -> Pdf:
    """The PDF of a page whose stylesheet and fonts are under `static`.

    `progress` hears the percent as it grows; what it raises ends the rendering. Raises RenderingFailed.
    """
    with tempfile.TemporaryDirectory(prefix="forum-book-") as name:
        workplace = Path(name)
        (workplace / "book.html").write_text(html, encoding="utf-8")
        if attachment:
            (workplace / "actions.csv").write_bytes(attachment.content)
            (workplace / "actions.name").write_text(attachment.name, encoding="utf-8")
        command = [sys.executable, "-I", str(renderer), name, str(static), str(megabytes), str(seconds)]
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"TMPDIR": name}
        pages = _run(command, environment, workplace, progress, seconds)
        try:
            return Pdf((workplace / "book.pdf").read_bytes(), pages)
        except OSError as error:
            raise RenderingFailed("crash", str(error)) from error


def _run(
    command: list[str], environment: dict[str, str], workplace: Path, progress: Callable[[int], None], seconds: int
) -> int:
    """Run the child to its end; the number of pages it made."""
    pages, late = 0, threading.Event()
    with (workplace / "errors").open("wb") as errors:
        child = subprocess.Popen(
            command, env=environment, cwd=workplace, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            text=True, start_new_session=True,  # Ctrl-C in the terminal is for the worker, which lets the child finish
        )  # fmt: skip

    assert child.stdout is not None  # noqa: S101 asked for above

    def stop() -> None:
        late.set()
        child.kill()

    clock = threading.Timer(seconds, stop)
    clock.daemon = True
    clock.start()
    try:
        for line in child.stdout:
            match line.split():
                case ["percent", number]:
                    progress(int(number))
                case ["pages", number]:
                    pages = int(number)
        code = child.wait()
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
    if code == 0 and pages:
        return pages
    said = (workplace / "errors").read_text(encoding="utf-8", errors="replace")[-2000:].strip()
    if late.is_set() or code == -24:  # SIGXCPU
        raise RenderingFailed("time", f"over {seconds} s")
    if code == render.NO_LIBRARIES:
        raise RenderingFailed("libraries", said)
    if code == render.NO_MEMORY or "MemoryError" in said or "Cannot allocate memory" in said:
        raise RenderingFailed("memory", said)
    raise RenderingFailed("crash", said or f"ended with {code}")
