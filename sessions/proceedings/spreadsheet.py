"""The action plan as a table for spreadsheets, joined to the PDF."""

import csv
import io
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from forum.text.markup import unmarked
from sessions.proceedings.book import Book

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" \n").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def action_plan(book: Book) -> bytes:
    """CSV in UTF-8. In French: semicolons and a byte-order mark, as spreadsheets there expect."""
    with override(book.cover.language):
        french = book.cover.language == "fr"
        text = io.StringIO()
        rows = csv.writer(text, delimiter=";" if french else ",", lineterminator="\r\n")
        rows.writerow([
            _("No."), _("Group"), _("Action"), _("Point person"), _("With"), _("First step"), _("Due"), _("Resources")
        ])  # fmt: skip
        headings = {report.meeting.number: report.meeting.heading for report in book.reports}
        for action in book.actions:
            cells = (
                action.rank, headings[action.number], action.what, action.point_person, action.others,
                action.first_step, action.due(date.isoformat), action.resources,
            )  # fmt: skip
            rows.writerow(safe(unmarked(cell)) for cell in cells)
    return text.getvalue().encode("utf-8-sig" if french else "utf-8")
