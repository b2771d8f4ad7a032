"""The book as one HTML page, in the forum's language: what is said in which order, and nothing about pages."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.text.markup import clean, shorten
from sessions.proceedings import figures, fonts
from sessions.proceedings.book import Agenda, Book, Column, Essence, Logo, Moment, Priority
from sessions.proceedings.truncate import fitted

T = TypeVar("T")

_UPRIGHT_COLUMNS = 5
_WIDE_COLUMNS = 9
_BARS = 12
_CROWDS = 24
_CARDS, _ROOMY_CARDS = 18, 12
"""As many reports as the essential has room for on its page."""
_ORIGINS = 24
_MET_GROUPS = 60
_MET_ACROSS = 30
_LONGEST_BAR = 120.0
_FEW = 4
"""Groups up to which chapters follow one another on the same page."""


def render(book: Book) -> str:
    return _rendered(book, "sessions/proceedings/book.html", {})


def render_essential(book: Book) -> str:
    """The executive page alone."""
    return _rendered(book, "sessions/proceedings/excerpt.html", {"alone": True})


def render_report(book: Book, number: int) -> str:
    """The report of one group alone. Raises StopIteration when the book has none of it."""
    report = next(report for report in book.reports if report.meeting.number == number)
    book = replace(book, reports=(report,))
    return _rendered(book, "sessions/proceedings/excerpt.html", {"alone": True, "is_report": True})


def _rendered(book: Book, template: str, more: dict[str, Any]) -> str:
    zone = zoneinfo.ZoneInfo(book.cover.time_zone)
    with translation.override(book.cover.language), timezone.override(zone):
        book = fitted(book)
        return render_to_string(template, _context(book) | more)


def _context(book: Book) -> dict[str, Any]:
    columns = len(book.agenda.columns)
    essence = _largest(book)
    return {
        "book": book,
        "cover": book.cover,
        "figures": book.figures,
        "size": _size(book.cover.question),
        "running": shorten(clean(book.cover.title), 70),
        "circle": figures.circle([territory.count for territory in book.territories]),
        "essence_rows": _rows(essence, 3),
        "dense": len(essence) > _ROOMY_CARDS,
        "more_essence": len(book.essence) - len(essence),
        "wide": columns > _UPRIGHT_COLUMNS,
        "has_boxes": fonts.has_boxes(repr(book), settings.ROOT / "static"),
        "few": len(book.reports) + len(book.unreported) <= _FEW and columns <= _UPRIGHT_COLUMNS,
        "grids": _grids(book.agenda, _WIDE_COLUMNS if columns > _UPRIGHT_COLUMNS else _UPRIGHT_COLUMNS),
        "origins": _origins(book),
        "crowds": _crowds(book),
        "met": _met(book),
        "priorities": _priorities(book.priorities),
        "imprint": book.imprint,
        "logos": _plates(book.imprint.logos),
        "words": [word for word in book.words if word.words],
        "keeps": [word for word in book.words if word.keep],
        "changes": [word for word in book.words if word.change],
        "unnamed": sum(territory.others for territory in book.territories),
    }


def _largest(book: Book) -> Sequence[Essence]:
    """What to remember of the largest groups, by number: as many as their page has room for."""
    if len(book.essence) <= _CARDS:
        return book.essence
    largest = sorted(book.essence, key=lambda essence: (-essence.meeting.head_count, essence.meeting.number))
    return sorted(largest[:_CARDS], key=lambda essence: essence.meeting.number)


def _plates(logos: Sequence[Logo]) -> list[dict[str, Any]]:
    """The logos in one row at the foot of the cover, with their sizes in millimetres."""
    if not logos:
        return []
    ratios = [min(5.0, logo.width / logo.height) for logo in logos]
    room = 170.0 - 7 * (len(logos) - 1) - sum(4 for logo in logos if logo.on_dark)
    height = min(12.0, room / sum(ratios))
    plates = []
    for logo, ratio in zip(logos, ratios, strict=True):
        high = min(height, height * ratio * logo.height / logo.width)
        plates.append({"logo": logo, "width": f"{high * logo.width / logo.height:.2f}", "height": f"{high:.2f}"})
    return plates


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


def _priorities(priorities: Sequence[Priority]) -> list[dict[str, Any]]:
    """What the convergence put forward, with the length of its bar in millimetres."""
    most = max((priority.dots or 0 for priority in priorities), default=0)
    return [
        {"words": told.words, "dots": told.dots, "width": round(max(1.0, _LONGEST_BAR * told.dots / most), 1)}
        if told.dots
        else {"words": told.words}
        for told in priorities
    ]


def _met(book: Book) -> dict[str, Any] | None:
    """Who met whom, in drawings of at most thirty groups, and the same in words."""
    found = book.encounters
    if found is None:
        return None
    named = [origin for origin in found.origins if origin.territory]
    silent = [origin for origin in found.origins if not origin.territory]
    crowds = [sum(origin.counts[at] for origin in found.origins) for at in range(len(found.groups))]
    largest = sorted(range(len(crowds)), key=lambda at: (-crowds[at], at))[:_MET_GROUPS]
    rows = [(shorten(clean(origin.territory), 34), origin.counts) for origin in named[:_ORIGINS]]
    if others := named[_ORIGINS:]:
        counts = tuple(map(sum, zip(*(origin.counts for origin in others), strict=True)))
        label = ngettext("{count} other territory", "{count} other territories", len(others))
        rows.append((label.format(count=len(others)), counts))
    rows += [(_("No territory given"), origin.counts) for origin in silent]
    most = max(max(origin.counts) for origin in named)
    panels = _rows(sorted(largest), -(-len(largest) // -(-len(largest) // _MET_ACROSS)))
    return {
        "charts": [
            figures.matrix(
                [
                    (found.groups[at].number, found.groups[at].colour, sum(bool(origin.counts[at]) for origin in named))
                    for at in panel
                ],
                [(label, [counts[at] for at in panel]) for label, counts in rows],
                most=most,
            )
            for panel in panels
        ],
        "words": "; ".join(
            f"{label}: "
            + ", ".join(f"{group.number} ({count})" for group, count in zip(found.groups, counts, strict=True) if count)
            for label, counts in rows
        ),
        "mixed": found.mixed,
        "groups": len(found.groups),
        "left_out": len(found.groups) - len(largest),
    }
