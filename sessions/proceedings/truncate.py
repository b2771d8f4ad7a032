"""Make the texts of any book printable: cut what is longer than people may write, reduce what cannot be laid out."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from forum.text import markup
from forum.text.one_line import one_line
from sessions.proceedings.book import BARE, Book, BookImprint, BookReport, Word

T = TypeVar("T")
Field = tuple[type, str]
"""A dataclass and the name of one of its fields."""

_LONG_FIELDS: set[Field] = {
    (BookImprint, "word"),
    *((BookReport, name) for name in ("findings", "debate", "proposals", "needs", "open_questions", "resources")),
}
_MULTILINE_FIELDS = _LONG_FIELDS | {(BookImprint, "credits"), (Word, "words")}
MAX_LONG_TEXT, MAX_TEXT = 8000, 1000
"""Characters, of long fields and of all others. Forms accept less: only a restored database can hold more."""
MAX_FLAT_TEXT, MAX_BARE_TEXT = 6000, 300
"""Characters, of texts without layout (see `plainness`)."""
_UNUSUAL = re.compile(r"[^\n -~\u00a0-\u024f\u1e00-\u1eff\u2013-\u2022\u2026\u20ac\u2192]")
"""Characters beyond Latin letters, for which text layout does most of its work."""


def map_texts(value: T, change: Callable[[str, Field], str], field: Field = (object, "")) -> T:
    """Return the same data with each text changed; `change` is called with the text and its field."""
    result: Any = value
    if isinstance(result, str):
        result = change(result, field)
    elif isinstance(result, tuple):
        result = tuple(map_texts(item, change, field) for item in result)
    elif dataclasses.is_dataclass(result):
        changed = {
            f.name: map_texts(getattr(result, f.name), change, (type(result), f.name))
            for f in dataclasses.fields(result)
        }
        result = dataclasses.replace(result, **changed)  # type: ignore[type-var]  # checked to be a dataclass
    return result  # type: ignore[no-any-return]  # of the type of `value`


def without_invisible(book: Book) -> Book:
    """Remove what some formats cannot hold: invisible characters, and line breaks in fields of one line.

    Fields of models keep to one line by themselves; a restored database may hold more.
    """
    return map_texts(
        book, lambda text, field: markup.without_invisible(text) if field in _MULTILINE_FIELDS else one_line(text)
    )


def fit_for_pdf(book: Book) -> Book:
    """Cut the texts of a book to what the PDF shows, in the current language."""
    reports = tuple(_bare(report) if report.plainness == BARE else report for report in book.reports)
    if book.plainness == BARE:
        book = _bare(dataclasses.replace(book, reports=()))
    return map_texts(dataclasses.replace(book, reports=reports), _truncate_field)


def _truncate_field(text: str, field: Field) -> str:
    if field in _LONG_FIELDS:
        return truncate(text, MAX_LONG_TEXT)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rstrip() + "…"


def truncate(text: str, length: int) -> str:
    """Cut a text to `length` characters, and say where to find the rest."""
    if len(text) <= length:
        return text
    return f"{text[:length].rstrip()}… {_('The rest of this text is in the other formats.')}"


def _bare(value: T) -> T:
    """Reduce a report or a book to short texts in Latin letters, without images."""
    result: Any = map_texts(
        value, lambda text, _field: truncate(_UNUSUAL.sub("?", markup.without_invisible(text)), MAX_BARE_TEXT)
    )
    if isinstance(result, BookReport):
        return dataclasses.replace(result, photos=())  # type: ignore[return-value]  # of the type of `value`
    if isinstance(result, Book):
        return dataclasses.replace(result, imprint=dataclasses.replace(result.imprint, logos=()))  # type: ignore[return-value]  # of the type of `value`
    return result  # type: ignore[no-any-return]  # of the type of `value`
