"""Makes any book printable: what is longer than people may write is cut, what could not be laid out gets plainer."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from forum.text import markup
from forum.text.one_line import one_line
from sessions.proceedings.book import Book, Imprint, Report, Word

T = TypeVar("T")

PLAIN, BARE = 1, 2
"""See Report.plainness."""
_LONG = {(Report, name) for name in ("findings", "debate", "proposals", "needs", "open_questions", "resources")} | {
    (Imprint, "word")
}
"""The texts of several paragraphs."""
_LINES = _LONG | {(Imprint, "credits"), (Word, "words")}
"""Those and the others that may hold several lines."""
LONGEST, LONGEST_LINE = 8000, 1000
"""Characters: of these texts, and of all others. Forms take less: only a database from elsewhere holds more."""
LONGEST_FLAT, LONGEST_BARE = 6000, 300
"""Of what is told in plain text, and of that which is bare."""
_FOREIGN = re.compile(r"[^\n -~\u00a0-\u024f\u1e00-\u1eff\u2013-\u2022\u2026\u20ac\u2192]")
"""What our fonts may lack, which is what the libraries below us have most to do with."""


def mapped(thing: T, change: Callable[[str, tuple[type, str]], str], place: tuple[type, str] = (object, "")) -> T:
    """The same data with each text changed; `change` is given the text, and which field of what it stands in."""
    whole: Any = thing
    if isinstance(whole, str):
        whole = change(whole, place)
    elif isinstance(whole, tuple):
        whole = tuple(mapped(each, change, place) for each in whole)
    elif dataclasses.is_dataclass(whole):
        told = {
            f.name: mapped(getattr(whole, f.name), change, (type(whole), f.name)) for f in dataclasses.fields(whole)
        }
        whole = dataclasses.replace(whole, **told)  # type: ignore[type-var]  # seen to be a dataclass
    return whole  # type: ignore[no-any-return]  # of the type that came


def seen(book: Book) -> Book:
    """Without what some forms cannot hold: signs that nobody sees, and several lines where there is room for one.

    Fields take only one line by themselves; a database from elsewhere may hold more.
    """
    return mapped(book, lambda text, place: markup.seen(text) if place in _LINES else one_line(text))


def fitted(book: Book) -> Book:
    """What the PDF shows of a book, in the reader's language."""
    reports = tuple(_bare(report) if report.plainness == BARE else report for report in book.reports)
    if book.plainness == BARE:
        book = _bare(dataclasses.replace(book, reports=()))
    return mapped(dataclasses.replace(book, reports=reports), _cut)


def _cut(text: str, place: tuple[type, str]) -> str:
    if place in _LONG:
        return cut(text, LONGEST)
    return text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE].rstrip() + "…"


def cut(text: str, most: int) -> str:
    """At most so many characters, with a sentence that says where the others are."""
    return text if len(text) <= most else f"{text[:most].rstrip()}… {_('The rest of this text is in the other forms.')}"


def _bare(thing: T) -> T:
    """Short texts in the signs that our fonts hold, and no image."""
    made: Any = mapped(thing, lambda text, _place: cut(_FOREIGN.sub("?", markup.seen(text)), LONGEST_BARE))
    if isinstance(made, Report):
        return dataclasses.replace(made, photos=())  # type: ignore[return-value]  # the type that came
    if isinstance(made, Book):
        return dataclasses.replace(made, imprint=dataclasses.replace(made.imprint, logos=()))  # type: ignore[return-value]  # the type that came
    return made  # type: ignore[no-any-return]  # the type that came
