"""The action plan as CSV."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from sessions.proceedings import content, spreadsheet
from tests.sessions.proceedings.conftest import ACTOR, SampleDay


@pytest.mark.parametrize("typed", ["=1+1", "+33 6", "-2", "@SUM(A1)", "\tx", "\rx", " =1"])
def test_a_cell_is_never_a_formula(typed: str) -> None:
    assert spreadsheet.escape_formula(typed) == f"'{typed}"


def test_the_action_plan_has_one_row_for_each_action(day: SampleDay) -> None:
    day.forum.topics.get(number=2).group.report.add_action(
        ACTOR, what='=HYPERLINK("x")', due_date=date(2027, 3, 31), due_words="before the elections"
    )
    heading = "How do we cool schoolyards before summer?"
    rows = list(csv.reader(io.StringIO(spreadsheet.action_plan_csv(content.read_book(day.forum)).decode())))
    assert rows == [
        ["No.", "Group", "Action", "Point person", "With", "First step", "Due", "Resources"],
        ["1.1", heading, "Write the charter", "a participant", "", "", "2026-12-05", ""],
        ["1.2", heading, "Ask for prices", "", "Region", "Call three firms", "by spring", ""],
        ["2.1", "Who closes the tap?", '\'=HYPERLINK("x")', "", "", "", "2027-03-31, before the elections", ""],
    ]  # fmt: skip


def test_french_spreadsheets_get_semicolons_and_a_byte_order_mark(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    plan = spreadsheet.action_plan_csv(replace(book, cover=replace(book.cover, language="fr")))
    assert plan.startswith(b"\xef\xbb\xbf")
    assert b"\r\n1.1;How do we cool schoolyards before summer?;Write the charter;" in plan
