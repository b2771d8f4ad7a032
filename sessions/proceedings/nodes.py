"""The kinds of nodes that make up the book without layout, and the texts that several of them share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.text.markup import WORD_BREAK, parse_blocks, printable
from forum.text.typography import spaced
from sessions.proceedings.book import Meeting, Person


@dataclass(frozen=True)
class Heading:
    level: int
    """1 for the book, 2 for a chapter, 3 for a group, 4 for a part of its report."""
    text: str
    meeting: Meeting | None = None
    """The group whose report begins here."""


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class ItemList:
    lines: tuple[str, ...]
    is_ordered: bool = False
    first: int = 1
    """Number of the first item, where they are ordered."""


@dataclass(frozen=True)
class Quote:
    text: str
    author: str
    is_quote: ClassVar = True


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """Widths of the columns, in seventeenths of the page."""


@dataclass(frozen=True)
class Picture:
    file: str
    """Name of the image, see media/images.py."""
    alt: str
    caption: str
    width: int
    height: int


Node = Heading | Paragraph | ItemList | Quote | Table | Picture


def single_line(text: str) -> str:
    """Write a text on one line. Nothing is cut, and long words break where the reader's program likes."""
    return spaced(" ".join(printable(text).replace(WORD_BREAK, "").split()))


def prose(text: str, *, short_lines_are_items: bool = False) -> Iterator[Node]:
    """Yield the paragraphs and lists of a text of several lines."""
    for block in parse_blocks(text, short_lines_are_items=short_lines_are_items):
        lines = tuple(map(single_line, block.lines))
        if block.is_list:
            yield ItemList(lines, block.first > 0, block.first or 1)
        else:
            yield from map(Paragraph, lines)


def place_name(meeting: Meeting) -> str:
    return single_line(meeting.place) or _("Elsewhere")


def names_of(people: Iterable[Person]) -> str:
    return ", ".join(person.name for person in people)


def name_people(people: Iterable[Person], unnamed: int, *, with_territory: bool = True) -> str:
    """List people with their organisation (and territory), and the number of those who are not named."""
    entries = []
    for person in people:
        affiliation = person.affiliation if with_territory else person.organisation
        entries.append(f"{person.name} ({affiliation})" if affiliation else person.name)
    if unnamed and not entries:
        return ngettext("{count} person not named", "{count} people not named", unnamed).format(count=unnamed)
    text = ", ".join(entries)
    if unnamed:
        text += " " + ngettext("and {count} other", "and {count} others", unnamed).format(count=unnamed)
    return text
