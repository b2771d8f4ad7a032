"""Makes the PDF in a child process that can hang, crash or swell without harm to anything else."""

import contextlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forum.server import disk
from sessions.proceedings import fonts, render

RENDERER = Path(render.__file__)
SECONDS = 120
MEGABYTES = 2048
_IMAGE = re.compile(r'"book:/images/([0-9a-f]{32}\.(?:png|jpg))"')
_KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "LD_LIBRARY_PATH")
"""The child sees nothing else of our environment: no secret key, no database."""


class RenderingFailed(Exception):
    """The child gave no PDF; `kind` says why: "time", "memory", "disk", "libraries" or "crash"."""

    def __init__(self, kind: str, details: str) -> None:
        super().__init__(f"{kind}: {details}" if details else kind)
        self.kind = kind


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True)
class Page:
    """What is printed: HTML, where the images are that it calls `book:/images/NAME`, and how much larger than A4."""

    html: str
    images: Path | None = None
    zoom: float = 1


@dataclass(frozen=True)
class Pdf:
    content: bytes
    pages: int


class Renderer:
    """A child that gets ready by itself, then waits for the one page that it prints."""

    def __init__(
        self, static: Path, *, seconds: int = SECONDS, megabytes: int = MEGABYTES, script: Path = RENDERER
    ) -> None:
        self.seconds = seconds
        self._home = tempfile.TemporaryDirectory(prefix="forum-book-")
        self.place, self._static = Path(self._home.name), static
        command = [sys.executable, "-I", str(script), str(self.place), str(static), str(megabytes), str(seconds)]
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"TMPDIR": str(self.place)}
        with (self.place / "errors").open("wb") as errors:
            self.child = subprocess.Popen(
                command, env=environment, cwd=self.place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                text=True, start_new_session=True,  # Ctrl-C in the terminal is for the worker, which lets it finish
            )  # fmt: skip

    @property
    def waits(self) -> bool:
        return self.child.poll() is None

    def print(self, page: Page, attachment: Attachment | None, progress: Callable[[int], None]) -> Pdf:
        self._lay(page, "book.html")
        if page.zoom != 1:
            (self.place / "zoom").write_text(f"{page.zoom}")
        if attachment:
            (self.place / "actions.csv").write_bytes(attachment.content)
            (self.place / "actions.name").write_text(attachment.name, encoding="utf-8")
        pages = self._run(progress)
        try:
            return Pdf((self.place / "book.pdf").read_bytes(), pages)
        except OSError as error:
            raise RenderingFailed("crash", str(error)) from error

    def judge(self, pages: Sequence[tuple[Page, int]], megabytes: int) -> set[int]:
        """Which of these pages, counted from 0, can be printed alone within so many seconds, each.

        Raises RenderingFailed when there are no libraries.
        """
        for number, (page, _seconds) in enumerate(pages):
            self._lay(page, f"{number}.html")
        fine: set[int] = set()

        def hear(said: list[str]) -> None:
            if said[0] == "fine":
                fine.add(int(said[1]))

        try:
            self._work(" ".join(map(str, ("try", megabytes, *(seconds for _page, seconds in pages)))), hear)
        except RenderingFailed as failed:
            if failed.kind == "libraries":
                raise
        return fine

    def _lay(self, page: Page, name: str) -> None:
        """Put a page where the child finds it, with the images that it shows."""
        text = fonts.dressed(page.html, self._static)
        (self.place / name).write_text(text, encoding="utf-8", errors="replace")
        (self.place / "images").mkdir(exist_ok=True)
        for image in set(_IMAGE.findall(page.html)) if page.images else ():
            with contextlib.suppress(FileExistsError):  # of another page that is tried
                (self.place / "images" / image).symlink_to((page.images / image).resolve())

    def _run(self, progress: Callable[[int], None]) -> int:
        """Let the child print to the end; the number of pages it made."""
        pages = 0

        def hear(said: list[str]) -> None:
            nonlocal pages
            match said:
                case ["percent", number]:
                    progress(int(number))
                case ["pages", number]:
                    pages = int(number)

        self._work("print", hear)
        if not pages:
            raise RenderingFailed("crash", "it printed no page")
        return pages

    def _work(self, order: str, hear: Callable[[list[str]], None]) -> None:
        """Let the child do as it is told to the end. Raises RenderingFailed."""
        assert self.child.stdin  # noqa: S101 asked for above
        assert self.child.stdout  # noqa: S101 asked for above
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.child.kill()

        self._leave_room()
        clock = threading.Timer(self.seconds, stop)
        clock.daemon = True
        clock.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it died before it was asked: its last words say why
                self.child.stdin.write(f"{order}\n")
                self.child.stdin.flush()
            for line in self.child.stdout:
                hear(line.split() or [""])
            code = self.child.wait()
        finally:
            clock.cancel()
            self.child.kill()
            self.child.wait()
        said = (self.place / "errors").read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        if code == 0:
            return
        if late.is_set() or code == -24:  # SIGXCPU
            raise RenderingFailed("time", f"over {self.seconds} s")
        if code == render.NO_LIBRARIES:
            raise RenderingFailed("libraries", said)
        if code == render.NO_MEMORY or "MemoryError" in said or "Cannot allocate memory" in said:
            raise RenderingFailed("memory", said)
        if "File too large" in said or "No space left" in said:
            raise RenderingFailed("disk", said)
        raise RenderingFailed("crash", said or f"ended with {code}")

    def _leave_room(self) -> None:
        """See that a file of the child leaves to texts the room that they need. Raises disk.Full."""
        disk.must_hold(0, self.place)
        room = disk.room_for_files(self.place)
        with contextlib.suppress(AttributeError, OSError):  # where there is no such thing; it has just died
            resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (room, room))

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._home.cleanup()


_spare: Renderer | None = None
"""The next child, in a process that prepares for books."""


def prepare(static: Path) -> None:
    """Have a child ready for the next page, which then comes out a second and a half sooner."""
    global _spare
    if _spare is None or not _spare.waits:
        if _spare:
            _spare.close()
        _spare = Renderer(static)


def dismiss() -> None:
    """Let the child go that waits for a page."""
    global _spare
    if _spare:
        _spare.close()
    _spare = None


@contextlib.contextmanager
def _spare_child(static: Path) -> Iterator[Renderer]:
    """The child that waits. Another one gets ready in its stead afterwards, when that takes nothing from the book."""
    global _spare
    prepare(static)  # anew, if the one we had died
    assert _spare  # noqa: S101 prepared above
    taken, _spare = _spare, None
    try:
        with contextlib.closing(taken):
            yield taken
    finally:
        prepare(static)


def render_pdf(
    html: str,
    static: Path,
    *,
    images: Path | None = None,
    zoom: float = 1,
    attachment: Attachment | None = None,
    progress: Callable[[int], None] = lambda percent: None,
    **limits: Any,
) -> Pdf:
    """The PDF of a page whose stylesheet and fonts are under `static`; `limits` are those of a Renderer.

    `images` holds those that it calls `book:/images/NAME`; `zoom` enlarges all of it, paper included.
    `progress` hears the percent as it grows; what it raises ends the rendering. Raises RenderingFailed.
    """
    has_spare = _spare is not None and not limits
    with _spare_child(static) if has_spare else contextlib.closing(Renderer(static, **limits)) as renderer:
        return renderer.print(Page(html, images, zoom), attachment, progress)


JUDGING_SECONDS = 100
"""For all pages that are tried alone, of which none may take more than a small part of the limits."""
ALONE_MEGABYTES = 1024


def judge(pages: Sequence[tuple[str, int]], static: Path, *, images: Path | None = None, **limits: Any) -> set[int]:
    """Which of these pages, counted from 0, can be printed alone within so many seconds; as far as there is time."""
    renderer = Renderer(static, **{"seconds": JUDGING_SECONDS, **limits})
    with contextlib.closing(renderer):
        return renderer.judge([(Page(page, images), seconds) for page, seconds in pages], ALONE_MEGABYTES)
