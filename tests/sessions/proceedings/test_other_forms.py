"""The other forms of the book: Markdown, OpenDocument, calendars, open data. One content feeds them all."""

import io
import itertools
import json
import zipfile
from dataclasses import replace
from datetime import date

import jsonschema
import pytest
import time_machine
from django.conf import settings
from icalendar import Calendar
from lxml import etree

from sessions.proceedings import calendars, content, markdown, odt, open_data, variants
from sessions.proceedings.book import Book, Licence, Priority
from sessions.proceedings.jobs import STATIC
from sessions.proceedings.outline import Heading, Items, outline
from tests.sessions.proceedings.conftest import Day

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(day: Day) -> Book:
    return content.read(day.forum, 1)


SECRETS = ("Dora", "Yverdon", "Wozniak", "Zbinden", "Xanthos")
"""Names that their bearers did not agree to see in full."""


def written(book: Book) -> dict[str, str]:
    """Each form as text."""
    with zipfile.ZipFile(io.BytesIO(odt.as_odt(book))) as parts:
        text = etree.tostring(etree.fromstring(parts.read("content.xml")), method="text", encoding="unicode")
    return {
        "odt": text,
        "markdown": markdown.as_markdown(book).decode(),
        "json": open_data.as_json(book).decode(),
        "agenda": calendars.agenda(book).decode().replace("\r\n ", ""),
        "due dates": calendars.due_dates(book).decode().replace("\r\n ", ""),
    }


def test_nobody_is_named_otherwise_than_they_agreed_in_any_form(book: Book) -> None:
    found = {
        form: [name for name in SECRETS if name.casefold() in text.casefold()] for form, text in written(book).items()
    }
    assert found == {key: [] for key in found}


def test_every_word_of_a_report_is_in_the_forms_that_hold_reports(book: Book) -> None:
    report = book.reports[0]
    texts = (report.findings, report.debate, report.proposals, report.needs, report.open_questions, report.quote)
    words = {word for text in texts for word in text.replace("-", " ").replace("1.", "").replace("2.", "").split()}
    forms = written(book)
    assert {form: [word for word in words if word not in forms[form]] for form in ("odt", "markdown", "json")} == {
        "odt": [], "markdown": [], "json": [],
    }  # fmt: skip


def test_open_data_keep_to_the_schema_that_is_published(book: Book) -> None:
    jsonschema.validate(
        json.loads(open_data.as_json(book)), open_data.schema(), format_checker=jsonschema.FormatChecker()
    )


def test_the_schema_in_the_documentation_is_current() -> None:
    path = settings.ROOT / "docs" / "proceedings.schema.json"
    assert path.read_text(encoding="utf-8") == json.dumps(open_data.schema(), ensure_ascii=False, indent=1) + "\n"


def test_a_book_is_read_back_from_its_open_data(book: Book) -> None:
    assert open_data.read(open_data.as_json(book)) == book


def test_a_book_from_before_a_field_is_not_taken_for_a_whole_one(book: Book) -> None:
    data = json.loads(open_data.as_json(book))
    del data["imprint"]
    with pytest.raises(ValueError, match="older"):
        open_data.read(json.dumps(data).encode())


def test_what_the_organisers_add_and_who_met_whom_are_in_every_form(book: Book) -> None:
    imprint = replace(
        book.imprint, word="We wanted your day.", signed_by="Vice-president Ortega", next_dates=("12 June, at Lourve",),
        credits="Photos by all", licence=Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    )  # fmt: skip
    forms = written(replace(book, imprint=imprint))
    said = ("We wanted your day.", "Ortega", "12 June, at Lourve", "Photos by all", "Lourve")
    assert {form: [words for words in said if words not in forms[form]] for form in ("odt", "markdown", "json")} == {
        "odt": [], "markdown": [], "json": [],
    }  # fmt: skip
    assert "| Armance | 1 (2), 2 |" in forms["markdown"]


def test_what_the_convergence_put_forward_is_in_every_form(book: Book) -> None:
    forms = written(replace(book, priorities=(Priority("Shade first", 34), Priority("A common purchase", None))))
    assert "Shade first (34 dots)" in forms["odt"]
    assert "- Shade first (34 dots)\n- A common purchase\n" in forms["markdown"]
    assert json.loads(forms["json"])["priorities"] == [
        {"words": "Shade first", "dots": 34}, {"words": "A common purchase", "dots": None},
    ]  # fmt: skip


@time_machine.travel("2019-11-14 17:00", tick=False)  # a file says to the second when it was made
def test_forms_made_while_the_pdf_is_printed_are_those_that_are_made_after_it(book: Book) -> None:
    beside = variants.Beside(book, STATIC)
    beside.begin()
    beside.begin()  # as each further percent does
    assert variants.make_all(book, b"%PDF", STATIC, beside) == variants.make_all(book, b"%PDF", STATIC)
    plainer = replace(book, priorities=(Priority("Noted since", None),))
    assert "Noted since" in variants.make_all(plainer, b"%PDF", STATIC, beside)["book.md"].decode()


def test_the_outline_skips_no_level_of_heading(book: Book) -> None:
    levels = [node.level for node in outline(book) if isinstance(node, Heading)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_signs_of_markdown_in_a_text_stay_text(book: Book) -> None:
    hostile = replace(book.words[0], words="1. *not* a [list](http://x) | # `nor` <b>code</b>")
    told = markdown.as_markdown(replace(book, words=(hostile,))).decode()
    assert r"> 1\. \*not\* a \[list\](http://x) \| \# \`nor\` \<b\>code\</b\>" in told


def test_the_calendar_of_the_agenda_has_each_group_at_its_hour(book: Book) -> None:
    events = Calendar.from_ical(calendars.agenda(book)).events
    groups = sorted(
        (str(event["summary"]), event.start.isoformat(), event.end.isoformat())
        for event in events
        if str(event["summary"])[0].isdigit()
    )
    meetings = [meeting for moment in book.agenda.moments for cell in moment.cells for meeting in cell]
    assert [summary for summary, _begin, _end in groups] == sorted(f"{m.number}. {m.heading}" for m in meetings)
    assert {begin[:10] for _summary, begin, _end in groups} == {book.cover.date.isoformat()}


def test_an_edition_that_is_imported_after_another_one_doubles_no_event(day: Day, book: Book) -> None:
    later = content.read(day.forum, 2)
    identities = [
        {str(event["uid"]) for event in Calendar.from_ical(calendars.agenda(each)).events} for each in (book, later)
    ]
    assert identities[0] == identities[1]


def test_due_dates_hold_the_actions_that_have_a_date(book: Book) -> None:
    events = Calendar.from_ical(calendars.due_dates(book)).events
    assert [(str(event["summary"]), event.start) for event in events] == [("1.1 Write the charter", date(2026, 12, 5))]


def test_the_open_document_has_headings_lists_and_tables_that_a_writer_finds(book: Book) -> None:
    with zipfile.ZipFile(io.BytesIO(odt.as_odt(book))) as parts:
        root = etree.fromstring(parts.read("content.xml"))
    names = {
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    }
    headings = [
        (node.get(f"{{{names['text']}}}outline-level"), str(node.xpath("string()")))
        for node in root.iterfind(".//text:h", names)
    ]
    assert headings == [(str(node.level), node.text) for node in outline(book) if isinstance(node, Heading)]
    assert len(root.findall(".//text:list", names)) == sum(isinstance(node, Items) for node in outline(book))
    assert len(root.findall(".//table:table-header-rows", names)) == 3
