"""The forms of the book beside the PDF: what each is called, and how it is made of the same content."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db.models import TextChoices
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions.media import images
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
LABELS = {
    PDF: _("The whole report (PDF)"),
    PAGE: _("The web page"),
    PREVIEW: _("The picture that stands for the report where its address is sent"),
    ARCHIVE: _("Everything, to open from a USB key (ZIP)"),
}


class Failure(TextChoices):
    """Why one of them could not be made; editions keep the value, and readers see the label."""

    MEMORY = "memory", _("there was not enough memory")
    DISK = "disk", _("a file could not be read or written")
    CRASH = "crash", _("the worker’s log says why")

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        return cls.MEMORY if isinstance(error, MemoryError) else cls.DISK if isinstance(error, OSError) else cls.CRASH


def label_of(name: str) -> object:
    """What this form is called, to those who choose."""
    if name in VARIANTS:
        return VARIANTS[name].label
    return LABELS.get(name, _("An image of the web page"))


def lacks(unmade: Mapping[str, str]) -> list[tuple[object, object]]:
    """The forms that could not be made, as people call them, each with why: for who reads."""
    told = {label_of(name): Failure(why).label for name, why in unmade.items()}
    return list(told.items())


def make_all(book: Book, pdf: bytes, static: Path, beside: "Beside | None" = None) -> dict[str, bytes]:
    """Every form but the PDF, by the name of its file; `beside` says which could not be made, and why."""
    beside = beside or Beside(book, static)
    files = beside.made_of(book)
    told = {name: label_of(name) for name in (PDF, *VARIANTS) if name == PDF or name in files}
    held = {PDF: pdf, **{name: content for name, content in files.items() if name not in (PAGE, PREVIEW)}}
    page = files.get(PAGE, b"").decode()
    return files | beside.tried(
        {ARCHIVE: partial(website.archive, book, page, held, told, lacks(beside.unmade), static)}
    )


Makers = Mapping[str, Callable[[], bytes]]


class Beside:
    """The forms that need no PDF, made by a thread of their own: while a child prints one, on the other core.

    Each is made alone: when one fails, the others are there all the same.
    """

    def __init__(self, book: Book, static: Path) -> None:
        self.book, self.static = book, static
        self.unmade: dict[str, str] = {}
        """The forms that could not be made, by the name of their file, each with its Failure."""
        self._files: dict[str, bytes] = {}
        self._thread = threading.Thread(target=self._work, daemon=True)

    def begin(self) -> None:
        """Let it work, once; a phone that asks for a page goes first."""
        if self._thread.ident is None:
            self._thread.start()

    def made_of(self, book: Book) -> dict[str, bytes]:
        """Those of this book, which may have become another one since. What failed beside the PDF is tried again."""
        if self._thread.ident is not None:
            self._thread.join()
        if book is not self.book:
            self.book, self._files = book, {}
        self._make()
        return self._files

    def tried(self, makers: Makers) -> dict[str, bytes]:
        """What these make; of those that fail, why is kept."""
        made = {}
        for name, make in makers.items():
            try:
                made[name] = make()
            except Exception as error:
                log.exception("%s of the book could not be made", name)
                self.unmade[name] = Failure.of(error).value
        return made

    def _work(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # Linux has priorities for each thread, others have not
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        self._make()

    def _make(self) -> None:
        self.unmade = {}
        with translation.override(self.book.cover.language):
            makers = _makers(self.book, self.static)
            self._files |= self.tried({name: make for name, make in makers.items() if name not in self._files})


def _makers(book: Book, static: Path) -> Makers:
    """How each form of this book is made that it has."""
    shown = [logo.file for logo in book.imprint.logos]
    shown += [photo.file for report in book.reports for photo in report.photos]
    return {
        **{name: partial(variant.make, book) for name, variant in VARIANTS.items() if not variant.is_empty(book)},
        **{f"{IMAGES}/{name}": images.path_of(name).read_bytes for name in shown},
        PAGE: lambda: website.fragment(book).encode(),
        PREVIEW: partial(preview.as_png, book, static),
    }
