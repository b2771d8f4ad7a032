"""The book as one HTML page in the forum's language: content and order, without the layout of pages."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.text.markup import printable, shorten
from sessions.proceedings import charts, fonts
from sessions.proceedings.book import Book, BookAgenda, BookLogo, BookMoment, Essence, Priority
from sessions.proceedings.truncate import fit_for_pdf

T = TypeVar("T")

_PORTRAIT_COLUMNS, _LANDSCAPE_COLUMNS = 5, 9
"""Number of places in one table of the agenda."""
_MAX_BARS = 12
_MAX_DOT_ROWS = 24
_MAX_CARDS, _MAX_ROOMY_CARDS = 18, 12
"""Number of reports for which the page of the essential has room, and has room for cards of full size."""
_MAX_MATRIX_TERRITORIES = 24
_MAX_MATRIX_GROUPS = 60
_MAX_MATRIX_COLUMNS = 30
_MAX_BAR = 120.0
"""Millimetres."""
_FEW_GROUPS = 4
"""Number of groups up to which chapters share pages."""


def render_book(book: Book) -> str:
    return _render(book, "sessions/proceedings/book.html", {})


def render_essential(book: Book) -> str:
    """Render the executive page alone."""
    return _render(book, "sessions/proceedings/excerpt.html", {"is_excerpt": True})


def render_report(book: Book, number: int) -> str:
    """Render the report of one group alone. Raises StopIteration when the book has none."""
    report = next(report for report in book.reports if report.meeting.number == number)
    book = replace(book, reports=(report,))
    return _render(book, "sessions/proceedings/excerpt.html", {"is_excerpt": True, "is_report": True})


def _render(book: Book, template: str, extra: dict[str, Any]) -> str:
    zone = zoneinfo.ZoneInfo(book.cover.time_zone)
    with translation.override(book.cover.language), timezone.override(zone):
        book = fit_for_pdf(book)
        return render_to_string(template, _context(book) | extra)


def _context(book: Book) -> dict[str, Any]:
    is_wide = len(book.agenda.columns) > _PORTRAIT_COLUMNS
    cards = _essence_cards(book)
    return {
        "book": book,
        "cover": book.cover,
        "figures": book.figures,
        "question_size": _question_size(book.cover.question),
        "running_title": shorten(printable(book.cover.title), 70),
        "circle": charts.chair_circle([territory.count for territory in book.territories]),
        "card_rows": _rows(cards, 3),
        "has_small_cards": len(cards) > _MAX_ROOMY_CARDS,
        "essence_left_out": len(book.essence) - len(cards),
        "is_wide": is_wide,
        "has_boxes": fonts.has_boxes(repr(book)),
        "has_few_groups": len(book.reports) + len(book.unreported) <= _FEW_GROUPS and not is_wide,
        "agenda_tables": _agenda_tables(book.agenda, _LANDSCAPE_COLUMNS if is_wide else _PORTRAIT_COLUMNS),
        "origins": _origins(book),
        "group_sizes": _group_sizes(book),
        "encounters": _encounters(book),
        "priorities": _priorities(book.priorities),
        "imprint": book.imprint,
        "logos": _sized_logos(book.imprint.logos),
        "words": [word for word in book.words if word.words],
        "keeps": [word for word in book.words if word.keep],
        "changes": [word for word in book.words if word.change],
    }


def _essence_cards(book: Book) -> Sequence[Essence]:
    """Choose what to remember: of the largest groups, as many as the page has room for, by number."""
    if len(book.essence) <= _MAX_CARDS:
        return book.essence
    largest = sorted(book.essence, key=lambda essence: (-essence.meeting.head_count, essence.meeting.number))
    return sorted(largest[:_MAX_CARDS], key=lambda essence: essence.meeting.number)


def _sized_logos(logos: Sequence[BookLogo]) -> list[dict[str, Any]]:
    """Size the logos to fit one row at the foot of the cover, in millimetres."""
    if not logos:
        return []
    ratios = [min(5.0, logo.width / logo.height) for logo in logos]
    room = 170.0 - 7 * (len(logos) - 1) - sum(4 for logo in logos if logo.on_dark)
    row_height = min(12.0, room / sum(ratios))
    sized = []
    for logo, ratio in zip(logos, ratios, strict=True):
        height = min(row_height, row_height * ratio * logo.height / logo.width)
        sized.append({"logo": logo, "width": f"{height * logo.width / logo.height:.2f}", "height": f"{height:.2f}"})
    return sized


def _question_size(question: str) -> str:
    """Return the CSS class of the question on the cover."""
    sizes = ((55, "huge"), (105, "large"), (180, "medium"))
    return next((size for length, size in sizes if len(question) <= length), "small")


def _rows(items: Sequence[T], length: int) -> list[Sequence[T]]:
    return [items[start : start + length] for start in range(0, len(items), length)]


def _agenda_tables(agenda: BookAgenda, max_columns: int) -> list[dict[str, Any]]:
    """Cut the agenda into tables of at most `max_columns` places; moments in common are only in the first."""
    tables = max(1, -(-len(agenda.columns) // max_columns))
    width = -(-len(agenda.columns) // tables)
    grids = []
    for start in range(0, max(1, len(agenda.columns)), max(1, width)):
        rows: list[tuple[BookMoment, Any]] = [
            (moment, moment.cells[start : start + width])
            for moment in agenda.moments
            if (moment.title and not start) or any(moment.cells[start : start + width])
        ]
        if rows:
            grids.append({"columns": agenda.columns[start : start + width], "rows": rows})
    return grids


def _origins(book: Book) -> dict[str, Any] | None:
    """Chart the number of people by territory; the same in words."""
    named = [(territory.name, territory.count) for territory in book.territories if territory.name]
    if not named:
        return None
    shown, others = named[:_MAX_BARS], named[_MAX_BARS:]
    counts = [(shorten(printable(name), 33), count) for name, count in shown]
    return {
        "chart": charts.bar_chart(counts),
        "words": "; ".join(f"{name}: {count}" for name, count in counts),
        "others": len(others),
        "others_people": sum(count for _name, count in others),
        "without_territory": sum(territory.count for territory in book.territories if not territory.name),
    }


def _group_sizes(book: Book) -> dict[str, Any] | None:
    """Chart the number of people by group; the same in words."""
    meetings = sorted(
        [report.meeting for report in book.reports] + list(book.unreported), key=lambda meeting: meeting.number
    )
    groups = [(meeting.number, meeting.colour, meeting.head_count) for meeting in meetings if meeting.head_count]
    if not groups or len(groups) > _MAX_DOT_ROWS:
        return None
    return {
        "chart": charts.dot_chart(groups),
        "words": "; ".join(_("group %(number)s: %(count)s") % {"number": n, "count": count} for n, _c, count in groups),
    }


def _priorities(priorities: Sequence[Priority]) -> list[dict[str, Any]]:
    """List the results of the convergence with the width of their bars in millimetres."""
    largest = max((priority.dots or 0 for priority in priorities), default=0)
    return [
        {
            "words": priority.words,
            "dots": priority.dots,
            "width": round(max(1.0, _MAX_BAR * priority.dots / largest), 1),
        }
        if priority.dots
        else {"words": priority.words}
        for priority in priorities
    ]


def _encounters(book: Book) -> dict[str, Any] | None:
    """Chart the territories that met in each group, in matrices of at most thirty groups; the same in words."""
    encounters = book.encounters
    if encounters is None:
        return None
    named = [origin for origin in encounters.origins if origin.territory]
    without_territory = [origin for origin in encounters.origins if not origin.territory]
    groups = encounters.groups
    sizes = [sum(origin.counts[index] for origin in encounters.origins) for index in range(len(groups))]
    largest = sorted(range(len(sizes)), key=lambda index: (-sizes[index], index))[:_MAX_MATRIX_GROUPS]
    rows = [(shorten(printable(origin.territory), 34), origin.counts) for origin in named[:_MAX_MATRIX_TERRITORIES]]
    if others := named[_MAX_MATRIX_TERRITORIES:]:
        counts = tuple(map(sum, zip(*(origin.counts for origin in others), strict=True)))
        label = ngettext("{count} other territory", "{count} other territories", len(others))
        rows.append((label.format(count=len(others)), counts))
    rows += [(_("No territory given"), origin.counts) for origin in without_territory]
    panels = _rows(sorted(largest), -(-len(largest) // -(-len(largest) // _MAX_MATRIX_COLUMNS)))
    return {
        "charts": [
            charts.matrix(
                [
                    (groups[index].number, groups[index].colour, sum(bool(origin.counts[index]) for origin in named))
                    for index in panel
                ],
                [(label, [counts[index] for index in panel]) for label, counts in rows],
                largest_count=max(max(origin.counts) for origin in named),
            )
            for panel in panels
        ],
        "words": "; ".join(
            f"{label}: "
            + ", ".join(f"{group.number} ({count})" for group, count in zip(groups, counts, strict=True) if count)
            for label, counts in rows
        ),
        "mixed_groups": encounters.mixed_groups,
        "groups": len(groups),
        "left_out": len(groups) - len(largest),
    }
