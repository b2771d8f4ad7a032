import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext, override
from lxml import html as lxml_html

from sessions.models import Place
from sessions.proceedings import content, html
from sessions.proceedings.book import Book
from tests.sessions.proceedings.conftest import BY, Day, arrive, begin, meet, write


def parsed(book: Book) -> Any:
    return lxml_html.fromstring(html.render(book))


def test_headings_never_skip_a_level(day: Day) -> None:
    page = parsed(content.read(day.forum))
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []
    assert levels.count(1) == 1


def test_tables_say_what_their_headers_are_for_and_drawings_what_they_show(day: Day) -> None:
    page = parsed(content.read(day.forum))
    assert {header.get("scope") for header in page.iter("th")} == {"col", "row"}
    assert all(header.text_content().strip() for header in page.iter("th"))
    drawings = list(page.iter("svg"))
    assert len(drawings) == 3
    assert all(drawing.find("title").text.strip() for drawing in drawings)


def test_every_link_leads_somewhere_in_the_book(day: Day) -> None:
    page = parsed(content.read(day.forum))
    there = {element.get("id") for element in page.iter() if element.get("id")}
    links = {link.get("href") for link in page.iter("a")}
    assert links <= {f"#{name}" for name in there}
    assert {"#group-1", "#group-2", "#group-3", "#actions", "#people"} <= links


def test_an_empty_field_leaves_no_label(db: None) -> None:
    forum = begin()
    write(meet(forum, "Short", None, place="Barn"), findings="One line")
    page = parsed(content.read(forum))
    assert [label.text for label in page.iter("h4")] == ["Findings"]


def test_what_people_typed_is_never_markup(db: None) -> None:
    forum = begin(title="<b>Bold</b>", question="<script>alert(1)</script>")
    bad = '"><img src=file:///etc/passwd onerror=x>'
    person = arrive(forum, bad, organisation=bad, territory=bad)
    report = write(meet(forum, bad, person, person, place=bad[:30]), findings=bad, quote=bad, proposals=f"{bad}: {bad}")
    report.add_action(BY, what=bad, point_person=bad, due_words=bad, resources=bad)
    page = parsed(content.read(forum))
    assert list(page.iter("img", "script", "b")) == []
    assert [link.get("href") for link in page.iter("link")] == ["book:/css/proceedings.css"]


def test_the_book_is_in_the_language_of_the_forum(day: Day) -> None:
    book = content.read(day.forum)
    french = html.render(replace(book, cover=replace(book.cover, language="fr")))
    assert '<html lang="fr">' in french
    with override("fr"):
        assert re.search(rf"<h2[^>]*>{gettext('Action plan')}</h2>", french)
    assert "19 novembre 2026" in french
    assert "Who closes the tap\u00a0?" in french


def test_invented_data_is_said_on_the_cover_and_for_every_footer(db: None) -> None:
    page = html.render(content.read(begin(is_fictional=True)))
    assert '<p class="fiction">Invented data</p>' in page
    assert 'data-fiction="invented data"' in page
    assert "nvented data" not in html.render(content.read(begin()))


def test_an_agenda_of_many_places_is_cut_into_tables(db: None) -> None:
    forum = begin()
    for number in range(20):
        Place.objects.create(forum=forum, name=f"Room {number}", position=10 + number)
        meet(forum, f"Topic {number}", None, place=f"Room {number}")
    page = parsed(content.read(forum))
    assert [len(table.findall("thead/tr/th")) for table in page.iter("table")] == [7, 7, 6]
    assert len(page.find_class("common")) == 1
