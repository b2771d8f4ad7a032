"""The formats of the book beside the PDF: their names and labels, and how each is made."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from django.db.models import TextChoices
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions.media import images
from sessions.proceedings import calendars, markdown, odt, open_data, preview, spreadsheet, website
from sessions.proceedings.book import Book

log = logging.getLogger(__name__)

Makers = Mapping[str, Callable[[], bytes]]
"""What makes the content of each file, by file name."""


@dataclass(frozen=True)
class Format:
    name: str
    """File name."""
    label: Promise
    """What it is for."""
    content_type: str
    make: Callable[[Book], bytes]
    is_empty: Callable[[Book], bool] = lambda book: False
    """Whether a book has nothing for this format, which then is not made."""


def _has_no_actions(book: Book) -> bool:
    return not book.actions


def _has_no_due_dates(book: Book) -> bool:
    return not any(action.due_date for action in book.actions)


_ODT = "application/vnd.oasis.opendocument.text"
_ICS = "text/calendar; charset=utf-8"
OPEN_DATA = "data.json"
FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("book.odt", _("To go on writing (OpenDocument)"), _ODT, odt.as_odt),
        Format("book.md", _("To paste elsewhere (Markdown)"), "text/markdown; charset=utf-8", markdown.as_markdown),
        Format("actions.csv", _("The action plan, for a spreadsheet (CSV)"), "text/csv; charset=utf-8",
               spreadsheet.action_plan_csv, _has_no_actions),
        Format("actions.ics", _("The due dates, for your calendar (ICS)"), _ICS, calendars.due_date_calendar,
               _has_no_due_dates),
        Format("agenda.ics", _("The agenda, for your calendar (ICS)"), _ICS, calendars.agenda_calendar),
        Format(OPEN_DATA, _("Open data (JSON)"), "application/json", open_data.as_json),
    )
}  # fmt: skip
PDF = "book.pdf"
PAGE = "page.html"
"""The content of the web page, without what the app puts around it."""
ARCHIVE = "site.zip"
PREVIEW = "preview.png"
IMAGES = "images"
"""The directory of the images of the web page."""
_OTHER_LABELS = {
    PDF: _("The whole report (PDF)"),
    PAGE: _("The web page"),
    PREVIEW: _("The picture that stands for the report where its address is sent"),
    ARCHIVE: _("Everything, to open from a USB key (ZIP)"),
}


class FormatFailure(TextChoices):
    """Why a format could not be made. Editions store the value; readers see the label."""

    MEMORY = "memory", _("there was not enough memory")
    DISK = "disk", _("a file could not be read or written")
    CRASH = "crash", _("the worker’s log says why")

    @classmethod
    def of(cls, error: Exception) -> "FormatFailure":
        return cls.MEMORY if isinstance(error, MemoryError) else cls.DISK if isinstance(error, OSError) else cls.CRASH


def label_of(name: str) -> object:
    """Return the label of a file of an edition."""
    if name in FORMATS:
        return FORMATS[name].label
    return _OTHER_LABELS.get(name, _("An image of the web page"))


def missing_formats(failed_formats: Mapping[str, str]) -> list[tuple[object, object]]:
    """Return the label of each format that could not be made, and the reason; the same label only once."""
    reasons = {label_of(name): FormatFailure(failure).label for name, failure in failed_formats.items()}
    return list(reasons.items())


def make_formats(book: Book, pdf: bytes, maker: "FormatMaker | None" = None) -> dict[str, bytes]:
    """Make every format but the PDF; return the files by name. `maker.failed_formats` then has those that failed."""
    maker = maker or FormatMaker(book)
    files = maker.files_of(book)
    labels = {name: label_of(name) for name in (PDF, *FORMATS) if name == PDF or name in files}
    archived = {PDF: pdf, **{name: content for name, content in files.items() if name not in (PAGE, PREVIEW)}}
    page = files.get(PAGE, b"").decode()
    missing = missing_formats(maker.failed_formats)
    return files | maker.try_all({ARCHIVE: partial(website.zip_site, book, page, archived, labels, missing)})


class FormatMaker:
    """Makes the formats that need no PDF, in a thread: on one core while the child process prints on another.

    The failure of one leaves the others as they are.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.failed_formats: dict[str, str] = {}
        """The value of the FormatFailure of each file that could not be made."""
        self._files: dict[str, bytes] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the thread. No-op if already started."""
        if self._thread.ident is None:
            self._thread.start()

    def files_of(self, book: Book) -> dict[str, bytes]:
        """Return the files of this book, made anew when it is not the one that the thread made them of.

        Tries again what failed in the thread.
        """
        if self._thread.ident is not None:
            self._thread.join()
        if book is not self.book:
            self.book, self._files = book, {}
        self._make()
        return self._files

    def try_all(self, makers: Makers) -> dict[str, bytes]:
        """Return the files that can be made; note the failures in `failed_formats`."""
        files = {}
        for name, make in makers.items():
            try:
                files[name] = make()
            except Exception as error:
                log.exception("%s of the book could not be made", name)
                self.failed_formats[name] = FormatFailure.of(error).value
        return files

    def _run(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # only Linux has a priority for each thread
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # requests for pages go first
        self._make()

    def _make(self) -> None:
        self.failed_formats = {}
        with translation.override(self.book.cover.language):
            makers = _makers(self.book)
            self._files |= self.try_all({name: make for name, make in makers.items() if name not in self._files})


def _makers(book: Book) -> Makers:
    """Return the maker of each file that this book has."""
    image_names = [logo.file for logo in book.imprint.logos]
    image_names += [photo.file for report in book.reports for photo in report.photos]
    return {
        **{name: partial(each.make, book) for name, each in FORMATS.items() if not each.is_empty(book)},
        **{f"{IMAGES}/{name}": images.image_path(name).read_bytes for name in image_names},
        PAGE: lambda: website.page_content(book).encode(),
        PREVIEW: partial(preview.as_png, book),
    }
