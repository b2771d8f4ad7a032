"""Turn HTML into PDF in a process of its own: no database, no settings, no network, and limits on all resources.

Run as a script: `python -I pdf_child.py WORKSPACE STATIC MEGABYTES SECONDS`. It prepares, then waits for a line on
standard input.

- `print`: WORKSPACE holds `book.html`, and may hold the images of the page in `images/`, an attachment in
  `actions.csv` with its name in `actions.name`, and the enlargement of the pages in `zoom`. Writes `book.pdf` beside
  them, and to standard output a line per step: `percent 42`, at last `pages 17`.
- `try 1024 30 4`: WORKSPACE holds `0.html` and `1.html`. Prints each in a fork, within 1024 megabytes and 30 or 4
  seconds, keeps nothing, and writes `fine 1` for each that succeeded.

Exits with 0, NO_LIBRARIES when system libraries are missing, NO_MEMORY when memory ran out.
"""

import gc
import io
import logging
import os
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

if "sessions" not in sys.modules:  # run as a script by an isolated interpreter, whose path lacks this directory
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sessions.media.sandbox import (
    apply_limits,
    deny_network,
    limits_available,
    refuse_network,
    run_when_idle,
    write_line,
)
from sessions.proceedings import weasyprint_internals

NO_LIBRARIES = 3
NO_MEMORY = 4
DEFAULT_FONT = "fonts/source-sans-3-latin-400-normal.woff2"
PDF_VARIANT = "pdf/a-3a"


@cache
def uncompressed(font: Path) -> bytes:
    """Return a font as WeasyPrint uses it. Uncompressing it for each page that asks would take a second a book."""
    from fontTools.ttLib import TTFont

    file = io.BytesIO()
    with TTFont(font) as woff:
        woff.flavor = None
        woff.save(file)
    return file.getvalue()


def hide_machine_fonts(workspace: Path, static: Path) -> None:
    """Configure fontconfig to find one font of the app, without which it fails, and those that a page declares."""
    (workspace / "fonts").mkdir()
    (workspace / "fonts" / "default.ttf").write_bytes(uncompressed(static / DEFAULT_FONT))
    directory = escape(f"{workspace}/fonts")
    configuration = f"<fontconfig><dir>{directory}</dir><cachedir>{directory}</cachedir></fontconfig>"
    (workspace / "fonts.conf").write_text(configuration)
    os.environ["FONTCONFIG_FILE"] = str(workspace / "fonts.conf")


def warm_up(weasyprint: Any, fetcher: object) -> None:
    """Load the libraries, the fonts and the stylesheet, so that the next page is printed sooner."""
    page = '<html lang="fr"><title>x</title><link rel="stylesheet" href="book:/css/proceedings.css"><p>x</p></html>'
    weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_variant=PDF_VARIANT)
    # Nearly all objects of a book live until its end: frequent collections find nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def succeeds_in_fork(work: Callable[[], object], seconds: int, megabytes: int) -> bool:
    """Say whether a fork of this process does the work within these limits."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1] == 0
    try:
        apply_limits(megabytes, seconds)
        work()
        os._exit(0)
    finally:
        os._exit(1)


def try_page(weasyprint: Any, page: Path, fetcher: object) -> None:
    """Make the PDF of a page, and drop it."""
    html = page.read_text(encoding="utf-8")
    weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
        finisher=weasyprint_internals.finish, pdf_variant=PDF_VARIANT
    )


def print_book(weasyprint: Any, workspace: Path, fetcher: object) -> None:
    logging.getLogger("weasyprint").addHandler(logging.StreamHandler(sys.stderr))
    progress = logging.getLogger(weasyprint_internals.PROGRESS_LOGGER)
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.addHandler(weasyprint_internals.ProgressHandler(lambda percent: write_line(f"percent {percent}")))

    html = (workspace / "book.html").read_text(encoding="utf-8")
    attachments = []
    if (attachment := workspace / "actions.csv").exists():
        name = (workspace / "actions.name").read_text(encoding="utf-8")
        attachments.append(
            weasyprint.Attachment(
                file_obj=attachment.open("rb"), name=name, description=name, relationship="Data", url_fetcher=fetcher
            )
        )
    document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(pdf_variant=PDF_VARIANT)
    zoom = float((workspace / "zoom").read_text()) if (workspace / "zoom").exists() else 1
    document.write_pdf(
        workspace / "book.pdf", zoom=zoom, finisher=weasyprint_internals.finish, pdf_variant=PDF_VARIANT,
        attachments=attachments,
    )  # fmt: skip
    write_line(f"pages {len(document.pages)}")


def main(workspace: Path, static: Path) -> int:
    hide_machine_fonts(workspace, static)
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return NO_LIBRARIES

    class AppFileFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        """Serves, under `book:/`, the stylesheets and fonts of the app and the images of the document; nothing else."""

        STATIC_FILE = re.compile(r"book:/(css/(?:documents|proceedings|printing)\.css|fonts/[a-z0-9-]+\.woff2?)")
        IMAGE = re.compile(r"book:/(images/[0-9a-f]{32}\.(png|jpg))")

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if image := self.IMAGE.fullmatch(url):
                content_type = {"png": "image/png", "jpg": "image/jpeg"}[image[2]]
                return URLFetcherResponse(url, (workspace / image[1]).read_bytes(), {"Content-Type": content_type})
            if not (match := self.STATIC_FILE.fullmatch(url)):
                raise ValueError(f"refused: {url[:200]}")
            if url.endswith(".css"):
                return URLFetcherResponse(url, (static / match[1]).read_bytes(), {"Content-Type": "text/css"})
            return URLFetcherResponse(url, uncompressed(static / match[1]), {"Content-Type": "font/ttf"})

    weasyprint_internals.patch()
    fetcher = AppFileFetcher()
    warm_up(weasyprint, fetcher)
    order = sys.stdin.readline().split()
    sys.addaudithook(refuse_network)
    match order:
        case ["print"]:
            print_book(weasyprint, workspace, fetcher)
        case ["try", megabytes, *limits] if limits_available():
            for number, seconds in enumerate(limits):
                page = workspace / f"{number}.html"
                if succeeds_in_fork(partial(try_page, weasyprint, page, fetcher), int(seconds), int(megabytes)):
                    write_line(f"fine {number}")
    return 0  # also without an order, when the parent has gone


if __name__ == "__main__":
    deny_network()
    apply_limits(int(sys.argv[3]), int(sys.argv[4]))
    run_when_idle()
    try:
        code = main(Path(sys.argv[1]), Path(sys.argv[2]))
    except MemoryError:
        code = NO_MEMORY
    sys.stdout.flush()
    os._exit(code)  # without cleaning up: the parent removes the workspace
