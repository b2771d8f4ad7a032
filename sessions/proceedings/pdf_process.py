"""The parent's side of pdf_child.py: start it, hand it pages, bound its time and disk, say why it failed."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from forum.server import disk
from sessions.proceedings import fonts, pdf_child
from sessions.proceedings.assets import STATIC

SCRIPT = Path(pdf_child.__file__)
MAX_SECONDS = 120
MAX_MEGABYTES = 2048
_IMAGE = re.compile(r'"book:/images/([0-9a-f]{32}\.(?:png|jpg))"')
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "HOME", "LD_LIBRARY_PATH")
"""The variables that the child gets: neither secret key nor database."""


class RenderingFailed(Exception):
    """The child made no PDF; `kind` is "time", "memory", "disk", "libraries" or "crash"."""

    def __init__(self, kind: str, details: str) -> None:
        super().__init__(f"{kind}: {details}" if details else kind)
        self.kind = kind


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True)
class HtmlPage:
    """What to print: HTML, and the directory of the images that it calls `book:/images/NAME`."""

    html: str
    images: Path | None = None
    zoom: float = 1
    """Enlargement of the pages; 1 is the size in the stylesheet, A4."""


@dataclass(frozen=True)
class Pdf:
    content: bytes
    pages: int


class PdfProcess:
    """A child process that prepares as soon as it is started, then waits for its one order."""

    def __init__(self, *, seconds: int = MAX_SECONDS, megabytes: int = MAX_MEGABYTES, script: Path = SCRIPT) -> None:
        self.seconds = seconds
        # A child may still write while its files are deleted.
        self._directory = tempfile.TemporaryDirectory(prefix="forum-book-", ignore_cleanup_errors=True)
        self.workspace = Path(self._directory.name)
        command = [sys.executable, "-I", str(script), str(self.workspace), str(STATIC), str(megabytes), str(seconds)]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        with (self.workspace / "errors").open("wb") as errors:
            self.child = subprocess.Popen(
                command, env=environment | {"TMPDIR": str(self.workspace)}, cwd=self.workspace,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                start_new_session=True,  # Ctrl-C in the terminal is for the worker, which lets the child finish
            )  # fmt: skip

    @property
    def is_waiting(self) -> bool:
        return self.child.poll() is None

    def print(self, page: HtmlPage, attachment: Attachment | None, progress: Callable[[int], None]) -> Pdf:
        """Print a page. `progress` is called with the percent done. Raises RenderingFailed."""
        self._write_page(page, "book.html")
        if page.zoom != 1:
            (self.workspace / "zoom").write_text(f"{page.zoom}")
        if attachment:
            (self.workspace / "actions.csv").write_bytes(attachment.content)
            (self.workspace / "actions.name").write_text(attachment.name, encoding="utf-8")
        pages = 0

        def handle(words: list[str]) -> None:
            nonlocal pages
            match words:
                case ["percent", number]:
                    progress(int(number))
                case ["pages", number]:
                    pages = int(number)

        self._order("print", handle)
        if not pages:
            raise RenderingFailed("crash", "it printed no page")
        try:
            return Pdf((self.workspace / "book.pdf").read_bytes(), pages)
        except OSError as error:
            raise RenderingFailed("crash", str(error)) from error

    def find_printable(self, pages: Sequence[tuple[HtmlPage, int]], megabytes: int) -> set[int]:
        """Return the indices of the pages that can be printed alone, each within its seconds and this memory.

        Pages that the child did not come to are not among them. Raises RenderingFailed when system libraries are
        missing.
        """
        for number, (page, _seconds) in enumerate(pages):
            self._write_page(page, f"{number}.html")
        printable: set[int] = set()

        def handle(words: list[str]) -> None:
            if words[0] == "fine":
                printable.add(int(words[1]))

        try:
            self._order(" ".join(map(str, ("try", megabytes, *(seconds for _page, seconds in pages)))), handle)
        except RenderingFailed as error:
            if error.kind == "libraries":
                raise
        return printable

    def _write_page(self, page: HtmlPage, name: str) -> None:
        """Write a page to the workspace, with links to its images."""
        html = fonts.with_fonts(page.html)
        (self.workspace / name).write_text(html, encoding="utf-8", errors="replace")
        (self.workspace / "images").mkdir(exist_ok=True)
        for image in set(_IMAGE.findall(page.html)) if page.images else ():
            with contextlib.suppress(FileExistsError):  # linked for another page
                (self.workspace / "images" / image).symlink_to((page.images / image).resolve())

    def _order(self, order: str, handle: Callable[[list[str]], None]) -> None:
        """Give the child its order; pass the words of each line it writes to `handle`. Raises RenderingFailed."""
        assert self.child.stdin  # noqa: S101 piped above
        assert self.child.stdout  # noqa: S101 piped above
        timed_out = threading.Event()

        def stop() -> None:
            timed_out.set()
            self.child.kill()

        self._limit_disk()
        timer = threading.Timer(self.seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it died before its order: its errors say why
                self.child.stdin.write(f"{order}\n")
                self.child.stdin.flush()
            for line in self.child.stdout:
                handle(line.split() or [""])
            code = self.child.wait()
        finally:
            timer.cancel()
            self.child.kill()
            self.child.wait()
        if code:
            raise self._failure(code, timed_out=timed_out.is_set())

    def _failure(self, code: int, *, timed_out: bool) -> RenderingFailed:
        """Tell from its exit code and its last words why the child failed."""
        errors = (self.workspace / "errors").read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        if timed_out or code == -signal.SIGXCPU:
            return RenderingFailed("time", f"over {self.seconds} s")
        if code == pdf_child.NO_LIBRARIES:
            return RenderingFailed("libraries", errors)
        if code == pdf_child.NO_MEMORY or "MemoryError" in errors or "Cannot allocate memory" in errors:
            return RenderingFailed("memory", errors)
        if "File too large" in errors or "No space left" in errors:
            return RenderingFailed("disk", errors)
        return RenderingFailed("crash", errors or f"ended with {code}")

    def _limit_disk(self) -> None:
        """Limit the files of the child to what leaves room for texts on the disk. Raises disk.DiskFull."""
        disk.check_space(0, self.workspace)
        room = disk.free_bytes_for_files(self.workspace)
        with contextlib.suppress(AttributeError, OSError):  # a system without such limits; or it has just died
            resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (room, room))

    def close(self) -> None:
        """Kill the child and remove its workspace."""
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._directory.cleanup()
