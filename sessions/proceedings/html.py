"""The book as one HTML page, in the forum's language: what is said in which order, and nothing about pages."""

import zoneinfo
from collections.abc import Sequence
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from sessions.proceedings import figures
from sessions.proceedings.book import Agenda, Book, Column, Moment
from sessions.proceedings.prose import clean, shorten

T = TypeVar("T")

_UPRIGHT_COLUMNS = 5
_WIDE_COLUMNS = 9
_BARS = 12
_CROWDS = 24


def render(book: Book) -> str:
    zone = zoneinfo.ZoneInfo(book.cover.time_zone)
    with translation.override(book.cover.language), timezone.override(zone):
        return render_to_string("sessions/proceedings/book.html", _context(book))


def _context(book: Book) -> dict[str, Any]:
    columns = len(book.agenda.columns)
    return {
        "book": book,
        "cover": book.cover,
        "figures": book.figures,
        "size": _size(book.cover.question),
        "running": shorten(clean(book.cover.title), 70),
        "circle": figures.circle([territory.count for territory in book.territories]),
        "essence_rows": _rows(book.essence, 3),
        "wide": columns > _UPRIGHT_COLUMNS,
        "grids": _grids(book.agenda, _WIDE_COLUMNS if columns > _UPRIGHT_COLUMNS else _UPRIGHT_COLUMNS),
        "origins": _origins(book),
        "crowds": _crowds(book),
        "words": [word for word in book.words if word.words],
        "keeps": [word for word in book.words if word.keep],
        "changes": [word for word in book.words if word.change],
        "unnamed": sum(territory.others for territory in book.territories),
    }


def _size(question: str) -> str:
    """How large the question is set on the cover."""
    return next(
        (name for limit, name in ((55, "huge"), (105, "large"), (180, "medium")) if len(question) <= limit), "small"
    )


def _rows(things: Sequence[T], length: int) -> list[Sequence[T]]:
    return [things[start : start + length] for start in range(0, len(things), length)]


def _grids(agenda: Agenda, most: int) -> list[dict[str, Any]]:
    """The agenda as tables of at most `most` places; moments in common are only in the first."""
    count = max(1, -(-len(agenda.columns) // most))
    each = -(-len(agenda.columns) // count)
    grids = []
    for start in range(0, max(1, len(agenda.columns)), max(1, each)):
        columns: Sequence[Column] = agenda.columns[start : start + each]
        rows: list[tuple[Moment, Any]] = [
            (moment, moment.cells[start : start + each])
            for moment in agenda.moments
            if (moment.title and not start) or any(moment.cells[start : start + each])
        ]
        if rows:
            grids.append({"columns": columns, "rows": rows})
    return grids


def _origins(book: Book) -> dict[str, Any] | None:
    """How many people came from where, as bars, and the same in words."""
    named = [(territory.name, territory.count) for territory in book.territories if territory.name]
    if not named:
        return None
    shown, rest = named[:_BARS], named[_BARS:]
    counts = [(shorten(clean(name), 33), count) for name, count in shown]
    return {
        "chart": figures.bars(counts),
        "words": "; ".join(f"{name}: {count}" for name, count in counts),
        "others": len(rest),
        "others_people": sum(count for _name, count in rest),
        "silent": sum(territory.count for territory in book.territories if not territory.name),
    }


def _crowds(book: Book) -> dict[str, Any] | None:
    meetings = sorted(
        [report.meeting for report in book.reports] + list(book.unreported), key=lambda meeting: meeting.number
    )
    groups = [(meeting.number, meeting.colour, meeting.head_count) for meeting in meetings if meeting.head_count]
    if not groups or len(groups) > _CROWDS:
        return None
    return {
        "chart": figures.crowds(groups),
        "words": "; ".join(_("group %(number)s: %(count)s") % {"number": n, "count": count} for n, _c, count in groups),
    }
