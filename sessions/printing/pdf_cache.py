"""PDFs that somebody waits for: requested by a page, printed by the worker, downloaded a moment later.

Each is two files in the media directory, the PDF and a JSON file with its state, named after all that the PDF depends
on. The same request is therefore answered at once, on every machine.
"""

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.utils import translation

from forum.server import disk
from sessions.proceedings.failures import explain_failure
from sessions.proceedings.pdf_process import Pdf

log = logging.getLogger(__name__)

LOST_SECONDS = 3 * 60
"""Age from which a request without a result has lost its task, and may be repeated."""


@dataclass(frozen=True)
class CachedPdf:
    """The state of one requested PDF."""

    file: Path
    state: Literal["asked", "ready", "failed"]
    reason: str = ""
    """Why it failed."""
    pages: int = 0
    asked_at: float = 0
    """Seconds since 1970."""

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def age(self) -> int:
        """Seconds since it was requested."""
        return int(time.time() - self.asked_at)

    @property
    def is_lost(self) -> bool:
        return self.state == "asked" and self.age > LOST_SECONDS

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.stat().st_size


class NothingToPrint(Exception):
    """The PDF would be empty, or must not be made; the message says why, in the language of the document."""


def request_pdf(file: Path, start: Callable[[], object], *, retry: bool = True) -> None:
    """Call `start` to start the task that makes this PDF, unless it is there or being made.

    A PDF that failed or was lost is requested again with `retry`.
    """
    cached = find_pdf(file)
    if cached is None or (retry and (cached.state == "failed" or cached.is_lost)):
        _write_state(file, state="asked")
        start()


def find_pdf(file: Path) -> CachedPdf | None:
    """Return the state of this PDF; None when it was never requested or is deleted."""
    try:
        state = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    cached = CachedPdf(file, **state)
    return cached if cached.state != "ready" or cached.file.exists() else None


def make_pdf(file: Path, language: str, print_pdf: Callable[[], Pdf]) -> None:
    """Print a PDF and store it. Never raises: the state has the reason of a failure, in this language."""
    with translation.override(language):
        try:
            store_pdf(file, print_pdf())
        except NothingToPrint as error:
            _store_failure(file, str(error))
        except Exception as error:
            log.exception("%s", file)
            _store_failure(file, explain_failure(error))


def store_pdf(file: Path, pdf: Pdf) -> None:
    disk.write_file(file, pdf.content)
    _write_state(file, state="ready", pages=pdf.pages)


def _store_failure(file: Path, reason: str) -> None:
    with suppress(OSError):  # without a state, the page that waits will say that the request was lost
        _write_state(file, state="failed", reason=reason)


def _write_state(file: Path, **state: Any) -> None:
    content = json.dumps({"asked_at": time.time(), **state}).encode()
    disk.write_file(file.with_suffix(".json"), content, is_text=True)
