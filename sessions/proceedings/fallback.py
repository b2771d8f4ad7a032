"""Brings the book out whatever people wrote: what cannot be laid out is found, and told as plain text."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from sessions.proceedings import html, open_data, pdf
from sessions.proceedings.book import Book
from sessions.proceedings.truncate import BARE

log = logging.getLogger(__name__)

EASILY, AROUND = 2, 30
"""Seconds in which a report, and all that surrounds the reports, are printed alone: many times what they need."""
Judge = Callable[[list[tuple[str, int]]], set[int]]
"""Tries pages alone: which of them, counted from 0, can be printed within so many seconds."""


def printed(book: Book, press: Callable[[Book], pdf.Pdf], judge: Judge) -> tuple[Book, pdf.Pdf]:
    """The PDF, and the book as it was printed: with its guilty passages as plain text where it could not be otherwise.

    The book is tried as it is, then without the layout of the reports that cannot be printed alone, then without any.
    Raises RenderingFailed when there are no libraries to print with, or when nothing helps.
    """
    lessenings: tuple[Callable[[Book], Book] | None, ...] = (partial(judged, judge=judge), stripped, None)
    for lessen in lessenings:
        try:
            return book, press(book)
        except pdf.RenderingFailed as failed:
            if failed.kind == "libraries" or lessen is None:
                raise
            log.warning("The book could not be laid out: %s", failed)
        book = lessen(book)
    raise AssertionError("the last of them returns or raises")


def judged(book: Book, judge: Judge) -> Book:
    """Each report in the best layout in which it can be printed alone; so too what surrounds them."""
    numbers = [report.meeting.number for report in book.reports]
    fine = judge([(html.render(replace(book, reports=())), AROUND), *_alone(book, numbers)])
    guilty = [number for at, number in enumerate(numbers, 1) if at not in fine]
    book = replace(_plainer(book, guilty), plainness=book.plainness if 0 in fine else BARE)
    fine = judge(_alone(book, guilty)) if guilty else set()
    return _plainer(book, [number for at, number in enumerate(guilty) if at not in fine])


def _alone(book: Book, numbers: list[int]) -> list[tuple[str, int]]:
    return [(html.render_report(book, number), EASILY) for number in numbers]


def _plainer(book: Book, numbers: list[int]) -> Book:
    reports = (
        replace(report, plainness=min(report.plainness + 1, BARE)) if report.meeting.number in numbers else report
        for report in book.reports
    )
    return replace(book, reports=tuple(reports))


def stripped(book: Book) -> Book:
    """Nothing but short plain texts."""
    return replace(book, reports=tuple(replace(report, plainness=BARE) for report in book.reports), plainness=BARE)


def remembered(book: Book, last: Path) -> Book:
    """With the reports plain that were so in the last edition and have not moved: they are not tried again and again.

    `last` is the open data of that edition, if there was one.
    """
    try:
        before = open_data.read(last.read_bytes())
    except (OSError, ValueError):
        return book
    known = {replace(report, plainness=0): report.plainness for report in before.reports if report.plainness}
    return replace(book, reports=tuple(replace(report, plainness=known.get(report, 0)) for report in book.reports))


def plain(book: Book) -> Iterator[int]:
    """The numbers of the groups whose report lost its layout; 0: what surrounds the reports did."""
    if book.plainness:
        yield 0
    yield from (report.meeting.number for report in book.reports if report.plainness)
