"""The HTML of the book: headings, tables, links, and texts that are no markup."""

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext, override
from lxml import html as lxml_html

from forum.models import Place
from sessions.proceedings import content, html
from sessions.proceedings.assets import STYLESHEETS
from sessions.proceedings.book import Book, Origin, Priority
from tests.sessions.proceedings.conftest import ACTOR, SampleDay, hold_group, join, make_forum, write_report


def parsed(book: Book) -> Any:
    return lxml_html.fromstring(html.render_book(book))


def test_headings_never_skip_a_level(day: SampleDay) -> None:
    page = parsed(content.read_book(day.forum))
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []
    assert levels.count(1) == 1


def test_table_headers_have_a_scope_and_drawings_a_title(day: SampleDay) -> None:
    page = parsed(content.read_book(day.forum))
    assert {header.get("scope") for header in page.iter("th")} == {"col", "row"}
    assert all(header.text_content().strip() for header in page.iter("th"))
    drawings = list(page.iter("svg"))
    assert len(drawings) == 4
    assert all(drawing.find("title").text.strip() for drawing in drawings)


def test_every_link_leads_somewhere_in_the_book(day: SampleDay) -> None:
    page = parsed(content.read_book(day.forum))
    ids = {element.get("id") for element in page.iter() if element.get("id")}
    links = {link.get("href") for link in page.iter("a")}
    assert links <= {f"#{name}" for name in ids}
    assert {"#group-1", "#group-2", "#group-3", "#actions", "#people"} <= links


def test_an_empty_field_leaves_no_label(db: None) -> None:
    forum = make_forum()
    write_report(hold_group(forum, "Short", None, place="Barn"), findings="One line")
    page = parsed(content.read_book(forum))
    assert [label.text for label in page.iter("h4")] == ["Findings"]


def test_what_people_typed_is_never_markup(db: None) -> None:
    forum = make_forum(title="<b>Bold</b>", question="<script>alert(1)</script>")
    markup = '"><img src=file:///etc/passwd onerror=x>'
    person = join(forum, markup, organisation=markup, territory=markup)
    report = write_report(
        hold_group(forum, markup, person, person, place=markup[:30]),
        findings=markup,
        quote=markup,
        proposals=f"{markup}: {markup}",
    )
    report.add_action(ACTOR, what=markup, point_person=markup, due_words=markup, resources=markup)
    page = parsed(content.read_book(forum))
    assert list(page.iter("img", "script", "b")) == []
    assert [link.get("href") for link in page.iter("link")] == ["book:/css/proceedings.css"]


def test_the_book_is_in_the_language_of_the_forum(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    french = html.render_book(replace(book, cover=replace(book.cover, language="fr")))
    assert '<html lang="fr">' in french
    with override("fr"):
        assert re.search(rf"<h2[^>]*>{gettext('Action plan')}</h2>", french)
    assert "19 novembre 2026" in french
    assert "Who closes the tap\u00a0?" in french


def test_invented_data_is_announced_on_the_cover_and_in_every_footer(db: None) -> None:
    page = html.render_book(content.read_book(make_forum(is_fictional=True)))
    assert '<p class="fiction">Invented data</p>' in page
    assert 'data-fiction="invented data"' in page
    assert "nvented data" not in html.render_book(content.read_book(make_forum()))


def test_an_agenda_of_many_places_is_cut_into_tables(db: None) -> None:
    forum = make_forum()
    for number in range(20):
        Place.objects.create(forum=forum, name=f"Room {number}", position=10 + number)
        hold_group(forum, f"Topic {number}", None, place=f"Room {number}")
    page = parsed(content.read_book(forum))
    assert [len(table.findall("thead/tr/th")) for table in page.iter("table")] == [7, 7, 6]
    assert len(page.find_class("common")) == 1


def test_the_essential_keeps_to_the_largest_groups_that_its_page_has_room_for(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    meeting = book.essence[0].meeting
    thirty = tuple(
        replace(book.essence[0], meeting=replace(meeting, number=number, head_count=number)) for number in range(1, 31)
    )
    page = parsed(replace(book, essence=thirty))
    badges = page.xpath("//div[@class='essence']//span[contains(@class, 'badge')]")
    shown = [int(badge.text_content()) for badge in badges]
    assert shown == list(range(13, 31))
    assert "those of the 12 others are in their reports" in page.text_content()


def test_an_excerpt_skips_no_level_of_heading_and_has_no_links(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    for page in (lxml_html.fromstring(html.render_essential(book)), lxml_html.fromstring(html.render_report(book, 1))):
        levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4")]
        assert levels[0] == 1
        assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []
        assert list(page.iter("a")) == []


def test_a_chart_of_who_met_whom_has_at_most_thirty_groups(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    assert book.encounters
    meeting = book.encounters.groups[0]
    eighty_groups = replace(
        book.encounters,
        groups=tuple(replace(meeting, number=number) for number in range(1, 81)),
        origins=tuple(Origin(f"Territory {n}", (1,) * 80) for n in range(40)),
    )
    charts = parsed(replace(book, encounters=eighty_groups)).find_class("matrix")
    assert [len(chart.findall("circle")) for chart in charts] == [30 * 25, 30 * 25]
    assert "16 other territories" in charts[0].text_content()


def test_no_two_font_files_have_the_same_family_weight_and_style() -> None:
    """WeasyPrint would print letters of one with the glyphs of the other."""
    faces = re.findall(r"@font-face \{(.*?) src:", (STYLESHEETS / "documents.css").read_text())
    assert len(faces) > 11
    assert [face for face, count in Counter(faces).items() if count > 1] == []


def test_the_bars_of_the_convergence_are_proportional_to_the_dots(day: SampleDay) -> None:
    priorities = (Priority("Shade first", 40), Priority("Water", 10), Priority("Sails", 0), Priority("Nests", None))
    page = parsed(replace(content.read_book(day.forum), priorities=priorities))
    section = page.get_element_by_id("convergence")
    assert [bar.get("style") for bar in section.find_class("bar")] == ["width: 120mm", "width: 30mm"]
    assert [" ".join(line.text_content().split()) for line in section.iter("li")] == [
        "Shade first 40 dots", "Water 10 dots", "Sails", "Nests",
    ]  # fmt: skip
    assert "convergence" not in [section.get("id") for section in parsed(content.read_book(day.forum)).iter("section")]


def test_chapters_of_few_groups_share_pages_and_characters_that_no_font_has_are_explained(day: SampleDay) -> None:
    book = content.read_book(day.forum)
    assert parsed(book).find("body").get("class") == "few"
    assert "▯" not in html.render_book(replace(book, unplaced=("水は命 🌳",)))
    assert "▯" in html.render_book(replace(book, unplaced=("𓀀",)))
