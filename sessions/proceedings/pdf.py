"""Print HTML as PDF in a child process, which may hang, crash or grow without harm to anything else."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sessions.proceedings.pdf_process import Attachment, HtmlPage, Pdf, PdfProcess

MAX_TRYING_SECONDS = 100
"""For all pages that are tried alone."""
MAX_TRYING_MEGABYTES = 1024

_spare: PdfProcess | None = None
"""The child process for the next PDF, in a process that prepares for books."""


def prepare() -> None:
    """Start a child process for the next PDF, which is then printed a second and a half sooner."""
    global _spare
    if _spare is None or not _spare.is_waiting:
        if _spare:
            _spare.close()
        _spare = PdfProcess()


@contextlib.contextmanager
def _spare_process() -> Iterator[PdfProcess]:
    """Use the waiting child process. Start another one afterwards, when that costs the PDF nothing."""
    global _spare
    prepare()  # anew, if it died
    assert _spare  # noqa: S101 prepared above
    process, _spare = _spare, None
    try:
        with contextlib.closing(process):
            yield process
    finally:
        prepare()


def render_pdf(
    html: str,
    *,
    images: Path | None = None,
    zoom: float = 1,
    attachment: Attachment | None = None,
    progress: Callable[[int], None] = lambda percent: None,
    **limits: Any,
) -> Pdf:
    """Print a page. Raises RenderingFailed.

    `images` is the directory of the images that the page calls `book:/images/NAME`; `zoom` enlarges all of it, paper
    included; `progress` is called with the percent done, and may raise to stop; `limits` are those of a PdfProcess.
    """
    has_spare = _spare is not None and not limits
    with _spare_process() if has_spare else contextlib.closing(PdfProcess(**limits)) as process:
        return process.print(HtmlPage(html, images, zoom), attachment, progress)


def find_printable(pages: Sequence[tuple[str, int]], *, images: Path | None = None, **limits: Any) -> set[int]:
    """Return the indices of the pages, given as (HTML, seconds), that can be printed alone within these seconds."""
    sources = [(HtmlPage(html, images), seconds) for html, seconds in pages]
    with contextlib.closing(PdfProcess(**{"seconds": MAX_TRYING_SECONDS, **limits})) as process:
        return process.find_printable(sources, MAX_TRYING_MEGABYTES)
