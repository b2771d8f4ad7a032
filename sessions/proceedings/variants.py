"""The forms of the book beside the PDF: what each is called, and how it is made of the same content."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions import images
from sessions.proceedings import calendars, markdown, odt, open_data, preview, spreadsheet, website
from sessions.proceedings.book import Book

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Variant:
    name: str
    """Of the file, such as `actions.csv`."""
    label: Promise
    """What it is for, to those who choose."""
    content_type: str
    make: Callable[[Book], bytes]
    is_empty: Callable[[Book], bool] = lambda book: False


def _without_actions(book: Book) -> bool:
    return not book.actions


def _without_dates(book: Book) -> bool:
    return not any(action.due_date for action in book.actions)


ODT = "application/vnd.oasis.opendocument.text"
CALENDAR = "text/calendar; charset=utf-8"
VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("book.odt", _("To go on writing (OpenDocument)"), ODT, odt.as_odt),
        Variant("book.md", _("To paste elsewhere (Markdown)"), "text/markdown; charset=utf-8", markdown.as_markdown),
        Variant("actions.csv", _("The action plan, for a spreadsheet (CSV)"), "text/csv; charset=utf-8",
                spreadsheet.action_plan, _without_actions),
        Variant("actions.ics", _("The due dates, for your calendar (ICS)"), CALENDAR, calendars.due_dates,
                _without_dates),
        Variant("agenda.ics", _("The agenda, for your calendar (ICS)"), CALENDAR, calendars.agenda),
        Variant("data.json", _("Open data (JSON)"), "application/json", open_data.as_json),
    )
}  # fmt: skip
PDF = "book.pdf"
PAGE = "page.html"
"""The content of the web page, which the app surrounds with its own."""
ARCHIVE = "site.zip"
PREVIEW = "preview.png"
"""What stands for the book where somebody sends its address."""
IMAGES = "images"
"""The directory of those that the web page shows."""


def make_all(book: Book, pdf: bytes, static: Path, beside: "Beside | None" = None) -> dict[str, bytes]:
    """Every form but the PDF, by the name of its file."""
    files = (beside or Beside(book, static)).made_of(book)
    told = {name: variant.label for name, variant in VARIANTS.items() if name in files}
    labels = {PDF: _("The whole report (PDF)"), **told}
    held = {PDF: pdf, **{name: content for name, content in files.items() if name not in (PAGE, PREVIEW)}}
    return {**files, ARCHIVE: website.archive(book, files[PAGE].decode(), held, labels, static)}


class Beside:
    """The forms that need no PDF, made by a thread of their own: while a child prints one, on the other core."""

    def __init__(self, book: Book, static: Path) -> None:
        self.book, self.static = book, static
        self._files: dict[str, bytes] = {}
        self._thread = threading.Thread(target=self._work, daemon=True)

    def begin(self) -> None:
        """Let it work, once; a phone that asks for a page goes first."""
        if self._thread.ident is None:
            self._thread.start()

    def made_of(self, book: Book) -> dict[str, bytes]:
        """Those of this book, which may have become another one since."""
        if self._thread.ident is None or book is not self.book:
            return _make(book, self.static)
        self._thread.join()
        return self._files or _make(book, self.static)

    def _work(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # Linux has priorities for each thread, others have not
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        try:
            self._files = _make(self.book, self.static)
        except Exception:
            log.exception("The other forms could not be made beside the PDF")  # they are tried again after it


def _make(book: Book, static: Path) -> dict[str, bytes]:
    with translation.override(book.cover.language):
        files = {name: variant.make(book) for name, variant in VARIANTS.items() if not variant.is_empty(book)}
        logos = [logo.file for logo in book.imprint.logos]
        photos = [photo.file for report in book.reports for photo in report.photos]
        shown = {f"{IMAGES}/{name}": images.path_of(name).read_bytes() for name in logos + photos}
        return {**files, **shown, PAGE: website.fragment(book).encode(), PREVIEW: preview.as_png(book, static)}
