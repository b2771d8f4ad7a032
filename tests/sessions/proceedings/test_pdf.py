"""The PDF of the book: reading order, names, structure; logos and enlargement."""

import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pypdf
from PIL import Image
from pytest_django import Settings

from forum.models import Slot
from sessions.media import images
from sessions.models import Imprint
from sessions.proceedings import content, html, pdf
from tests.sessions.proceedings.conftest import (
    ACTOR,
    PrintedBook,
    SampleDay,
    hold_group,
    join,
    make_forum,
    print_book,
    write_report,
)
from tests.sessions.proceedings.pdf_structure import embedded_fonts, figures, is_app_font, structure_elements


def read_aloud(reader: pypdf.PdfReader) -> str:
    """Return the text in the order of the structure, as a screen reader reads it."""
    texts: dict[tuple[int, int], list[str]] = {}
    for page in reader.pages:
        page_id = page.indirect_reference.idnum  # type: ignore[union-attr]
        open_marks: list[int] = []

        def visit_operator(operator: Any, operands: Any, *_: Any, open_marks: list[int] = open_marks) -> None:
            if operator in (b"BDC", b"BMC"):
                properties = operands[1] if len(operands) > 1 else {}
                open_marks.append(properties.get("/MCID", -1) if isinstance(properties, dict) else -1)
            elif operator == b"EMC":
                open_marks.pop()

        def visit_text(text: str, *_: Any, page_id: int = page_id, open_marks: list[int] = open_marks) -> None:
            if open_marks:
                texts.setdefault((page_id, open_marks[-1]), []).append(text)

        page.extract_text(visitor_operand_before=visit_operator, visitor_text=visit_text)
    in_order: list[str] = []
    for element in structure_elements(reader):
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            if isinstance(kid, int):
                in_order += texts.get((element.raw_get("/Pg").idnum, kid), [])
    return " ".join("".join(in_order).split())


def bookmark_pages(reader: pypdf.PdfReader) -> dict[str, int]:
    """Return the page number, from 1, of each bookmark."""
    pages: dict[str, int] = {}

    def walk(entries: Any) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
            else:
                pages[entry.title] = (reader.get_destination_page_number(entry) or 0) + 1

    walk(reader.outline)
    return pages


def test_the_book_is_read_aloud_in_order(printed_book: PrintedBook) -> None:
    text = read_aloud(printed_book.reader)
    expected = [
        "How shall we live at +4 °C?",
        "In brief".upper(),
        "A tree planted now shades the next class.",
        "Contents",
        "Opening circle",
        "A topic nobody placed",
        "How do we cool schoolyards before summer?",
        "46 °C in June",
        "a participant wanted sails.",
        "A charter",
        "Write the charter",
        "Who waters in the third year?",
        "Who closes the tap?",
        "Seven decrees",
        "Leave the nests",
        "Silent group",
        "Action plan",
        "Call three firms",
        "I leave with a date.",
        "More silence",
        "Those who came".upper(),
        "Ana Quilleret",
        "and 1 other",
        "contact@network.example",
    ]
    position = 0
    for words in expected:
        assert words in text[position:], words
        position = text.index(words, position)


def test_names_follow_the_consent_of_each_person(printed_book: PrintedBook) -> None:
    assert "Ana Quilleret" in printed_book.text
    assert "Béla" in printed_book.text
    assert "C. X." in printed_book.text
    for hidden in ("Wozniak", "Chloé", "Xanthos", "Dora", "Yverdon", "Water agency", "Emil", "Zbinden", "Nowhere"):
        assert hidden.casefold() not in printed_book.text.casefold()


def test_hidden_names_are_nowhere_in_the_file(printed_book: PrintedBook) -> None:
    reader = printed_book.reader
    everything = [data for files in reader.attachments.values() for data in files]
    for number in range(1, len(reader.xref_objStm) + sum(len(table) for table in reader.xref.values()) + 1):
        try:
            value: Any = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        except Exception:  # noqa: S112 a number without object
            continue
        everything.append(repr(value).encode())
        if hasattr(value, "get_data") and "/Length1" not in value:
            everything.append(value.get_data())
    assert len(everything) > 100
    for name in (b"Dora", b"Yverdon", b"Zbinden", "Dora".encode("utf-16-be")):
        assert [data for data in everything if name in data] == []


def test_page_numbers_of_the_contents_are_right(printed_book: PrintedBook) -> None:
    pages = printed_book.pages
    contents = next(page for page in pages if "Contents" in page)
    bookmarks = bookmark_pages(printed_book.reader)
    for title in ("The agenda as it ran", "What the groups brought back", "Action plan", "Participants"):
        match = re.search(rf"{title}[ .]+(\d+)", contents)
        assert match is not None, contents
        assert int(match[1]) == bookmarks[title]
        assert title in pages[int(match[1]) - 1]
    match = re.search(r"Who closes the tap\?[ .]+(\d+)", contents)
    assert match is not None
    assert int(match[1]) == bookmarks["2. Who closes the tap?"]


def test_footers_have_place_date_and_page(printed_book: PrintedBook) -> None:
    pages = printed_book.pages
    for number, page in enumerate(pages[1:], 2):
        assert "Brévannes, 19 November 2026" in page
        assert f"{number} / {len(pages)}" in page


def test_the_file_has_a_language_a_title_and_bookmarks(printed_book: PrintedBook) -> None:
    reader = printed_book.reader
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Meeting of the valleys: proceedings"
    assert list(bookmark_pages(reader))[:3] == [
        "Meeting of the valleys",
        "The essential on one page",
        "What to remember",
    ]


def test_the_file_is_tagged_and_its_drawings_are_described(printed_book: PrintedBook) -> None:
    reader = printed_book.reader
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    kinds = Counter(element["/S"] for element in structure_elements(reader))
    assert kinds["/H1"] == 1
    assert {"/H2", "/H3", "/H4", "/P", "/L", "/LI", "/Table", "/TH", "/TD", "/Link", "/BlockQuote"} <= set(kinds)
    assert len(figures(reader)) == 4
    assert all(figure["/Alt"] for figure in figures(reader))


def test_the_file_declares_pdf_a_and_pdf_ua(printed_book: PrintedBook) -> None:
    root: Any = printed_book.reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert b'pdfuaid:part="1"' in metadata
    assert metadata.count(b"</rdf:RDF>") == 1
    assert len(root["/OutputIntents"]) == 1


def test_only_fonts_of_the_app_are_embedded(printed_book: PrintedBook) -> None:
    assert [name for name in embedded_fonts(printed_book.reader) if not is_app_font(name)] == []


def test_the_action_plan_is_attached_as_a_table(printed_book: PrintedBook) -> None:
    reader = printed_book.reader
    assert list(reader.attachments) == ["actions.csv"]
    assert reader.attachments["actions.csv"][0].startswith(b"No.,Group,Action")
    root: Any = reader.trailer["/Root"]
    assert [attachment.get_object()["/AFRelationship"] for attachment in root["/AF"]] == ["/Data"]


def test_hostile_and_excessive_texts_are_printed_as_they_are(db: None) -> None:
    forum = make_forum(
        title="<b>T</b>" + "t" * 112, question="<script>alert(1)</script> " + "how far " * 33, language="fr"
    )
    forum.slots.filter(title="").update(minutes=720)
    markup = "<img src=file:///etc/passwd>"
    person = join(forum, "M" * 80, organisation="O" * 120, territory="T" * 120)
    report = write_report(
        hold_group(forum, f"{markup} " + "long title " * 15, person, person, place="Glass hall"),
        title="",
        scribes="S" * 200,
        findings=f"{markup}\n<link rel=stylesheet href=http://192.0.2.1/x.css>",
        debate="w" * 5000,
        proposals="Łódź, Škoda, CO₂, œuvre… " * 230,
        quote="q" * 400,
    )
    report.add_action(ACTOR, what="a" * 300, point_person="p" * 120, others="o" * 300, resources="r" * 300)
    book = print_book(forum)
    assert markup in book.text
    assert "<script>alert(1)</script>" in book.pages[0]
    assert "root:" not in book.text
    without_spaces = book.text.replace(" ", "")
    assert without_spaces.count("w") >= 5000
    assert "CO2" in without_spaces
    assert [name for name in embedded_fonts(book.reader) if not is_app_font(name)] == []


def test_a_forum_where_nothing_happened_still_has_a_book(db: None) -> None:
    forum = make_forum(venue="", organisers="", contact="", is_fictional=True)
    Slot.objects.filter(forum=forum).delete()
    book = print_book(forum)
    assert len(book.pages) == 2
    assert "Invented data" in book.pages[0]
    assert "invented data" in book.pages[1]


def test_the_logos_of_the_organisers_are_on_the_cover_and_described(
    day: SampleDay, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    imprint = Imprint.for_forum(day.forum)
    imprint.word, imprint.accent = "We wanted your day.", "#1d5f8f"
    imprint.write(ACTOR)
    for name, colour in (("Region", "#1d5f8f"), ("Agency", "#b23c16")):
        image = io.BytesIO()
        Image.new("RGB", (300, 100), colour).save(image, "PNG")
        imprint.add_logo(name, image.getvalue(), ACTOR)
    page = html.render_book(content.read_book(day.forum))
    with_bad_url = page.replace("book:/images/", "book:/images/../", 1)
    for html_page, images_shown in ((page, 2), (with_bad_url, 1)):
        printed = pdf.render_pdf(html_page, images=images.directory())
        reader = pypdf.PdfReader(io.BytesIO(printed.content))
        assert len(reader.pages[0].images) == images_shown
        assert "We wanted your day." in reader.pages[1].extract_text()
        alts = {str(figure.get("/Alt")) for figure in figures(reader)}
        assert {"Region", "Agency"} <= alts


def test_a_page_printed_larger_fills_larger_paper(day: SampleDay) -> None:
    page = html.render_report(content.read_book(day.forum), 1)
    sizes = []
    for zoom in (1, 2**0.5):
        (printed_page,) = pypdf.PdfReader(io.BytesIO(pdf.render_pdf(page, zoom=zoom).content)).pages
        sizes.append([round(float(side) / 72 * 25.4) for side in printed_page.mediabox[2:]])
    assert sizes == [[210, 297], [297, 420]]
