"""The content and the HTML of the printing kit: sheets, languages, URLs, font sizes."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from lxml import html as lxml_html
from lxml.html import HtmlElement
from pytest_django import Settings

from forum import qr
from forum.models import Actor, Forum, Group, Participant, Place, Topic
from sessions.printing import content, html
from sessions.printing.kit import POSTERS, Kit, KitOrder, PlaceSign, TopicSheet
from tests.page_texts import with_plain_spaces


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://192.168.1.23:8000"


def kit(**facts: Any) -> Kit:
    defaults: dict[str, Any] = {
        "title": "Rencontre annuelle", "question": "Comment mieux coopérer ?", "date": date(2026, 11, 14),
        "venue": "Arras", "organisers": "Région", "language": "fr", "time_zone": "Europe/Paris",
        "is_fictional": False, "is_rehearsal": False, "url": "http://192.168.1.23:8000/H7KQ4MT/",
        "address": "192.168.1.23:8000", "code": "H7KQ4MT", "paper": "A4",
    }  # fmt: skip
    return Kit(**defaults | facts)


def page(**facts: Any) -> HtmlElement:
    return lxml_html.document_fromstring(html.render_kit(kit(**facts)))


def text_of(element: HtmlElement) -> str:
    return with_plain_spaces(" ".join(element.text_content().split()))


def of_class(page: HtmlElement, name: str) -> list[HtmlElement]:
    return list(page.find_class(name))


# Content


def test_there_is_a_sheet_for_each_topic_then_empty_ones_with_the_next_numbers(
    forum: Forum, group: Group, nadia: Participant, as_camille: Actor
) -> None:
    Topic.propose(forum, "Retiré", "", nadia, as_camille).withdraw(as_camille)
    Topic.propose(forum, "Sans personne", "", None, as_camille)
    sheets = content.read_kit(forum, KitOrder(topics=True, blank_topics=2)).topics
    assert [(sheet.number, sheet.title, sheet.conveners, sheet.place) for sheet in sheets] == [
        (1, "Rafraîchir nos cours d’école", "Nadia Ferrand", "Salle des Fêtes"),
        (3, "Sans personne", "", ""),
        (4, "", "", ""),
        (5, "", "", ""),
    ]
    assert with_plain_spaces(sheets[0].slot) == "10 h 15"
    assert [sheet.url for sheet in sheets] == [
        f"http://192.168.1.23:8000/H7KQ4MT/topics/{number}/?door" for number in (1, 3, 4, 5)
    ]


def test_empty_sheets_without_numbers_have_no_url(forum: Forum) -> None:
    sheets = content.read_kit(forum, KitOrder(blank_reports=2, numbered=False)).reports
    assert [(sheet.number, sheet.url) for sheet in sheets] == [(None, ""), (None, "")]


def test_a_place_sign_leads_to_the_page_of_the_place(forum: Forum, hall: Place) -> None:
    first = content.read_kit(forum, KitOrder(places=True)).signs[0]
    url = f"http://192.168.1.23:8000{reverse('place_page', args=[forum.code, hall.pk])}"
    assert first == PlaceSign("Salle des Fêtes", 40, "", url)


def test_the_sign_in_sheet_lists_only_expected_participants(forum: Forum, nadia: Participant) -> None:
    Participant.objects.create(forum=forum, name="Zoé", organisation="DREAL", is_expected=True)
    Participant.objects.create(forum=forum, name="Abel", territory="Arras", is_expected=True)
    kit = content.read_kit(forum, KitOrder(guests=True, blank_rows=3))
    assert [guest.name for guest in kit.guests] == ["Abel", "Zoé"]
    assert kit.blank_rows == 3


def test_an_order_that_names_nothing_is_empty(forum: Forum) -> None:
    assert content.read_kit(forum, KitOrder(posters=(), topics=True, guests=True)).is_empty
    assert not content.read_kit(forum, KitOrder(posters=("law",))).is_empty


def test_an_order_is_the_same_after_the_task_queue(forum: Forum) -> None:
    order = KitOrder(posters=("law", "join"), paper="A3", topics=True, blank_rows=4, language="en")
    assert KitOrder.from_data(order.as_data()) == order


# HTML


def test_posters_have_the_question_the_principles_the_law_and_how_to_join() -> None:
    posters = [text_of(poster) for poster in of_class(page(posters=POSTERS), "poster")]
    for words, poster in zip(
        ("Comment mieux coopérer ?", "Les personnes qui se présentent sont les bonnes.", "pieds", "Votre nom suffit"),
        posters,
        strict=True,
    ):
        assert words in poster
    assert "192.168.1.23:8000" in posters[3]
    assert "H7KQ4MT" in posters[3]


def test_posters_can_be_in_another_language_than_the_forum(forum: Forum) -> None:
    english = lxml_html.document_fromstring(html.render_kit(content.read_kit(forum, KitOrder(language="en"))))
    assert english.get("lang") == "en"
    assert "Whoever comes are the right people." in text_of(english)


def test_the_qr_codes_are_those_of_the_urls() -> None:
    sheet = TopicSheet(7, 2, "Vélo", "Nadia", "10 h 15", "Préau", "http://192.168.1.23:8000/H7KQ4MT/topics/7/")
    sign = PlaceSign("Préau", None, "", "http://192.168.1.23:8000/H7KQ4MT/places/3/")
    printed = html.render_kit(kit(posters=("join",), topics=(sheet,), reports=(sheet,), signs=(sign,), language="en"))
    for url, count in ((kit().url, 1), (sheet.url, 2), (sign.url, 1)):
        path = qr.print_svg(url).split(' d="')[1].split('"')[0]
        assert printed.count(path) == count, url


def test_a_report_sheet_has_the_fields_of_a_report_in_order() -> None:
    sheet = page(reports=(TopicSheet(7, 2, "Vélo", "Nadia", "10 h 15", "Préau", "http://x/"),), language="en")
    text = " ".join(text_of(part) for part in of_class(sheet, "report-sheet"))
    position = 0
    for label in (
        "Vélo", "Convener(s)", "Scribe(s)", "Slot", "Place", "How many of us", "Participants", "Findings",
        "What was debated", "Proposals", "Needs and requests", "What stays open", "Resources and links", "One quote",
        "Photos", "Actions", "What", "Point person", "Others to involve", "First step", "By when", "Resources",
        "Contact for the follow-up", "draft", "finished",
    ):  # fmt: skip
        assert label in text[position:], label
        position = text.index(label, position)


def test_the_sign_in_sheet_asks_each_person_how_they_may_be_named() -> None:
    sheet = page(blank_rows=2, language="en")
    heads = [text_of(head) for head in sheet.iter("th")]
    assert heads[3:7] == ["Full name", "First name", "Initials", "Not named"]
    assert [len(row.find_class("box")) for row in sheet.iter("tr")] == [0, 4, 4]


def test_invented_data_and_rehearsals_are_announced_on_each_poster() -> None:
    for facts, words in (({"is_fictional": True}, "données fictives"), ({"is_rehearsal": True}, "Répétition")):
        assert [words in text_of(poster) for poster in of_class(page(posters=POSTERS, **facts), "poster")] == [True] * 4


def test_texts_are_never_markup() -> None:
    sheet = TopicSheet(1, 1, "<script>alert(1)</script>", "<b>Nadia</b>", "", "", "http://x/")
    printed = html.render_kit(kit(question="<img src=x>", title="<i>", topics=(sheet,), posters=POSTERS))
    assert not any(tag in printed for tag in ("<script", "<img", "<b>Nadia", "<i>"))


# Font sizes


def test_the_font_is_as_large_as_the_box_allows() -> None:
    assert html.fit_font_size("Vélo", 265, 84, 40, 8) == "40.00"
    sizes = [float(html.fit_font_size("mot " * words, 265, 84, 40, 8)) for words in (1, 10, 30, 50)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4
    assert html.fit_font_size("x" * 39, 100, 84, 40, 8) == "8.00"


@pytest.mark.parametrize("length", [1, 12, 80, 300])
def test_a_text_of_any_length_stays_in_its_box(length: int) -> None:
    text = ("Anticonstitutionnellement, " * 12)[:length]
    size = float(html.fit_font_size(text, 49.5, 41, 7.6, 2.0))
    assert html._lines(text, 49.5 / size) * size * 1.1 <= 41
