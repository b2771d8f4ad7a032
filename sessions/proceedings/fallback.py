"""Get a PDF out of any book: find the reports that cannot be laid out, and print these as plain text."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from sessions.proceedings import html, open_data
from sessions.proceedings.book import BARE, Book
from sessions.proceedings.pdf_process import Pdf, RenderingFailed

log = logging.getLogger(__name__)

REPORT_SECONDS, SURROUNDINGS_SECONDS = 2, 30
"""Time to print one report alone, and everything but the reports: many times what they need."""
FindPrintable = Callable[[list[tuple[str, int]]], set[int]]
"""Returns the indices of the pages that can be printed alone. Each page is (HTML, seconds that it may take)."""


def print_with_fallback(
    book: Book, print_book: Callable[[Book], Pdf], find_printable: FindPrintable
) -> tuple[Book, Pdf]:
    """Print the book; return it as it was printed, and its PDF.

    Tries the book as it is, then with the reports that cannot be printed alone as plain text, then all of it bare.
    Raises RenderingFailed when system libraries are missing, or when the last attempt fails too.
    """
    reductions: tuple[Callable[[Book], Book] | None, ...] = (
        partial(flatten_unprintable, find_printable=find_printable),
        strip,
        None,
    )
    for reduce in reductions:
        try:
            return book, print_book(book)
        except RenderingFailed as error:
            if error.kind == "libraries" or reduce is None:
                raise
            log.warning("The book could not be laid out: %s", error)
        book = reduce(book)
    raise AssertionError("the last attempt returns or raises")


def flatten_unprintable(book: Book, find_printable: FindPrintable) -> Book:
    """Give each report the best layout in which it can be printed alone; likewise everything but the reports."""
    numbers = [report.meeting.number for report in book.reports]
    surroundings = (html.render_book(replace(book, reports=())), SURROUNDINGS_SECONDS)
    printable = find_printable([surroundings, *_report_pages(book, numbers)])
    unprintable = [number for index, number in enumerate(numbers, 1) if index not in printable]
    book = replace(_plainer(book, unprintable), plainness=book.plainness if 0 in printable else BARE)
    printable = find_printable(_report_pages(book, unprintable)) if unprintable else set()
    return _plainer(book, [number for index, number in enumerate(unprintable) if index not in printable])


def _report_pages(book: Book, numbers: list[int]) -> list[tuple[str, int]]:
    return [(html.render_report(book, number), REPORT_SECONDS) for number in numbers]


def _plainer(book: Book, numbers: list[int]) -> Book:
    """Make the reports of the groups of these numbers one step plainer."""
    reports = (
        replace(report, plainness=min(report.plainness + 1, BARE)) if report.meeting.number in numbers else report
        for report in book.reports
    )
    return replace(book, reports=tuple(reports))


def strip(book: Book) -> Book:
    """Reduce the whole book to short plain texts."""
    return replace(book, reports=tuple(replace(report, plainness=BARE) for report in book.reports), plainness=BARE)


def reuse_plainness(book: Book, last_data: Path) -> Book:
    """Keep plain the reports that were so in the last edition and did not change: each attempt takes time.

    `last_data` is the open data of that edition; the book stays as it is when the file is missing or older.
    """
    try:
        last_book = open_data.parse_book(last_data.read_bytes())
    except (OSError, ValueError):
        return book
    plainness = {replace(report, plainness=0): report.plainness for report in last_book.reports if report.plainness}
    return replace(book, reports=tuple(replace(report, plainness=plainness.get(report, 0)) for report in book.reports))


def plain_numbers(book: Book) -> Iterator[int]:
    """Yield the numbers of the groups whose report lost its layout; 0 when everything but the reports did."""
    if book.plainness:
        yield 0
    yield from (report.meeting.number for report in book.reports if report.plainness)
