import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from sessions.proceedings import content, spreadsheet
from tests.sessions.proceedings.conftest import BY, Day


@pytest.mark.parametrize("typed", ["=1+1", "+33 6", "-2", "@SUM(A1)", "\tx", "\rx", " =1"])
def test_no_cell_is_a_formula(typed: str) -> None:
    assert spreadsheet.safe(typed) == f"'{typed}"


def test_the_plan_is_a_table_with_one_row_for_each_action(day: Day) -> None:
    day.forum.topics.get(number=2).group.report.add_action(
        BY, what='=HYPERLINK("x")', due_date=date(2027, 3, 31), due_words="before the elections"
    )
    yards = "How do we cool schoolyards before summer?"
    rows = list(csv.reader(io.StringIO(spreadsheet.action_plan(content.read(day.forum)).decode())))
    assert rows == [
        ["No.", "Group", "Action", "Point person", "With", "First step", "Due", "Resources"],
        ["1.1", yards, "Write the charter", "a participant", "", "", "2026-12-05", ""],
        ["1.2", yards, "Ask for prices", "", "Region", "Call three firms", "by spring", ""],
        ["2.1", "Who closes the tap?", '\'=HYPERLINK("x")', "", "", "", "2027-03-31, before the elections", ""],
    ]  # fmt: skip


def test_french_spreadsheets_get_semicolons_and_a_byte_order_mark(day: Day) -> None:
    book = content.read(day.forum)
    plan = spreadsheet.action_plan(replace(book, cover=replace(book.cover, language="fr")))
    assert plan.startswith(b"\xef\xbb\xbf")
    assert b"\r\n1.1;How do we cool schoolyards before summer?;Write the charter;" in plan
