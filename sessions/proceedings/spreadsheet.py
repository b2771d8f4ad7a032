"""The action plan as CSV."""

import csv
import io
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from forum.text.markup import without_markup
from sessions.proceedings.book import Book

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: str) -> str:
    """Prefix a cell that a spreadsheet would run as a formula with an apostrophe."""
    is_formula = cell.lstrip(" \n").startswith(_FORMULA_STARTS) or cell.startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell


def action_plan_csv(book: Book) -> bytes:
    """Encode in UTF-8. In French: semicolons and a byte-order mark, as spreadsheets there expect."""
    with override(book.cover.language):
        is_french = book.cover.language == "fr"
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";" if is_french else ",", lineterminator="\r\n")
        writer.writerow([
            _("No."), _("Group"), _("Action"), _("Point person"), _("With"), _("First step"), _("Due"), _("Resources")
        ])  # fmt: skip
        headings = {report.meeting.number: report.meeting.heading for report in book.reports}
        for action in book.actions:
            cells = (
                action.rank, headings[action.number], action.what, action.point_person, action.others,
                action.first_step, action.due(date.isoformat), action.resources,
            )  # fmt: skip
            writer.writerow(escape_formula(without_markup(cell)) for cell in cells)
    return text.getvalue().encode("utf-8-sig" if is_french else "utf-8")
