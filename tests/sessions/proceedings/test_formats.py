"""The formats beside the PDF: Markdown, OpenDocument, calendars, open data."""

import io
import itertools
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time

import jsonschema
import pytest
import time_machine
from django.conf import settings
from icalendar import Calendar
from lxml import etree

from sessions.proceedings import calendars, content, formats, markdown, odt, open_data
from sessions.proceedings.book import Book, BookLicence, Priority
from sessions.proceedings.nodes import Heading, ItemList
from sessions.proceedings.outline import outline
from tests.sessions.proceedings.conftest import SampleDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(day: SampleDay) -> Book:
    return content.read_book(day.forum, 1)


SECRETS = ("Dora", "Yverdon", "Wozniak", "Zbinden", "Xanthos")
"""Names whose bearers did not agree to be named."""
WITH_REPORTS = ("odt", "markdown", "json")


def texts_by_format(book: Book) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(odt.as_odt(book))) as parts:
        text = etree.tostring(etree.fromstring(parts.read("content.xml")), method="text", encoding="unicode")
    return {
        "odt": text,
        "markdown": markdown.as_markdown(book).decode(),
        "json": open_data.as_json(book).decode(),
        "agenda": calendars.agenda_calendar(book).decode().replace("\r\n ", ""),
        "due dates": calendars.due_date_calendar(book).decode().replace("\r\n ", ""),
    }


def test_people_are_named_only_as_they_agreed_in_every_format(book: Book) -> None:
    leaks = {
        file_format: [name for name in SECRETS if name.casefold() in text.casefold()]
        for file_format, text in texts_by_format(book).items()
    }
    assert leaks == {file_format: [] for file_format in leaks}


def test_every_word_of_a_report_is_in_the_formats_with_reports(book: Book) -> None:
    report = book.reports[0]
    texts = (report.findings, report.debate, report.proposals, report.needs, report.open_questions, report.quote)
    words = {word for text in texts for word in text.replace("-", " ").replace("1.", "").replace("2.", "").split()}
    contents = texts_by_format(book)
    assert [
        (file_format, word) for file_format in WITH_REPORTS for word in words if word not in contents[file_format]
    ] == []


def test_open_data_validate_against_the_schema(book: Book) -> None:
    jsonschema.validate(
        json.loads(open_data.as_json(book)), open_data.schema(), format_checker=jsonschema.FormatChecker()
    )


def test_the_schema_in_the_documentation_is_current() -> None:
    path = settings.ROOT / "docs" / "proceedings.schema.json"
    assert path.read_text(encoding="utf-8") == json.dumps(open_data.schema(), ensure_ascii=False, indent=1) + "\n"


def test_a_book_is_parsed_from_its_open_data(book: Book) -> None:
    assert open_data.parse_book(open_data.as_json(book)) == book


def test_open_data_without_a_newer_field_are_refused(book: Book) -> None:
    data = json.loads(open_data.as_json(book))
    del data["imprint"]
    with pytest.raises(ValueError, match="older"):
        open_data.parse_book(json.dumps(data).encode())


def test_the_imprint_and_who_met_whom_are_in_every_format(book: Book) -> None:
    imprint = replace(
        book.imprint, word="We wanted your day.", signed_by="Vice-president Ortega", next_dates=("12 June, at Lourve",),
        credits="Photos by all", licence=BookLicence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    )  # fmt: skip
    contents = texts_by_format(replace(book, imprint=imprint))
    expected = ("We wanted your day.", "Ortega", "12 June, at Lourve", "Photos by all", "Lourve")
    assert [
        (file_format, text) for file_format in WITH_REPORTS for text in expected if text not in contents[file_format]
    ] == []
    assert "| Armance | 1 (2), 2 |" in contents["markdown"]


def test_the_results_of_the_convergence_are_in_every_format(book: Book) -> None:
    contents = texts_by_format(
        replace(book, priorities=(Priority("Shade first", 34), Priority("A common purchase", None)))
    )
    assert "Shade first (34 dots)" in contents["odt"]
    assert "- Shade first (34 dots)\n- A common purchase\n" in contents["markdown"]
    assert json.loads(contents["json"])["priorities"] == [
        {"words": "Shade first", "dots": 34}, {"words": "A common purchase", "dots": None},
    ]  # fmt: skip


@time_machine.travel("2019-11-14 17:00", tick=False)  # ODT files have their date
def test_formats_made_while_the_pdf_is_printed_equal_those_made_after_it(book: Book) -> None:
    maker = formats.FormatMaker(book)
    maker.start()
    maker.start()  # as for each percentage
    assert formats.make_formats(book, b"%PDF", maker) == formats.make_formats(book, b"%PDF")
    changed = replace(book, priorities=(Priority("Noted since", None),))
    assert "Noted since" in formats.make_formats(changed, b"%PDF", maker)["book.md"].decode()


def test_the_outline_skips_no_level_of_heading(book: Book) -> None:
    levels = [node.level for node in outline(book) if isinstance(node, Heading)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_markdown_syntax_in_a_text_is_escaped(book: Book) -> None:
    word = replace(book.words[0], words="1. *not* a [list](http://x) | # `nor` <b>code</b>")
    text = markdown.as_markdown(replace(book, words=(word,))).decode()
    assert r"> 1\. \*not\* a \[list\](http://x) \| \# \`nor\` \<b\>code\</b\>" in text


def test_the_agenda_calendar_is_exact_in_the_night_in_which_summer_time_ends(book: Book) -> None:
    cover = replace(book.cover, date=date(2025, 10, 26), time_zone="Europe/Paris")
    meeting = replace(book.reports[0].meeting, day=1, starts_at=time(1, 30), ends_at=time(2, 30))
    moment = replace(book.agenda.moments[0], day=1, title="", starts_at=time(1, 30), cells=((meeting,),))
    night = replace(book, cover=cover, agenda=replace(book.agenda, moments=(moment,)))
    (event,) = Calendar.from_ical(calendars.agenda_calendar(night)).events
    times = [time.astimezone(UTC) for time in (event.start, event.end) if isinstance(time, datetime)]
    assert times == [datetime(2025, 10, 25, 23, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)]


def test_the_agenda_calendar_has_each_group_at_its_hour(book: Book) -> None:
    events = Calendar.from_ical(calendars.agenda_calendar(book)).events
    groups = sorted(
        (str(event["summary"]), event.start.isoformat(), event.end.isoformat())
        for event in events
        if str(event["summary"])[0].isdigit()
    )
    meetings = [meeting for moment in book.agenda.moments for cell in moment.cells for meeting in cell]
    assert [summary for summary, _begin, _end in groups] == sorted(f"{m.number}. {m.heading}" for m in meetings)
    assert {begin[:10] for _summary, begin, _end in groups} == {book.cover.date.isoformat()}


def test_importing_the_calendar_of_a_second_edition_duplicates_no_event(day: SampleDay, book: Book) -> None:
    later = content.read_book(day.forum, 2)
    uids = [
        {str(event["uid"]) for event in Calendar.from_ical(calendars.agenda_calendar(edition)).events}
        for edition in (book, later)
    ]
    assert uids[0] == uids[1]


def test_the_due_date_calendar_has_the_actions_with_a_date(book: Book) -> None:
    events = Calendar.from_ical(calendars.due_date_calendar(book)).events
    assert [(str(event["summary"]), event.start) for event in events] == [("1.1 Write the charter", date(2026, 12, 5))]


def test_the_open_document_has_real_headings_lists_and_tables(book: Book) -> None:
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
    assert len(root.findall(".//text:list", names)) == sum(isinstance(node, ItemList) for node in outline(book))
    assert len(root.findall(".//table:table-header-rows", names)) == 3
