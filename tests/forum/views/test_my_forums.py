"""A facilitator’s forums, and a new one."""

import re
from datetime import date, time

import pytest
from django.test import Client
from django.urls import reverse

from forum.models import Facilitator, Forum, Participant, Place, Slot, Topic
from tests.conftest import ClientFor
from tests.page_texts import text_of

DAY = {
    "title": "Journée climat",
    "question": "Comment vivre à +4 °C ?",
    "date": "2026-03-14",
    "venue": "Arras",
    "organisers": "",
    "contact": "",
    "language": "fr",
    "time_zone": "Europe/Paris",
    "territories": "Arras\n\n Lens \nArras",
    "slots": "9h 45 Plénière d’ouverture\n10:15 75\n\n 13 h 30 60 ",
    "places": "Salle des Fêtes (40, écran)\nLe Préau",
}


@pytest.fixture
def browser(camille: Facilitator, client_for: ClientFor) -> Client:
    """The facilitator’s browser, in English."""
    return in_english(client_for(camille))


def in_english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def test_a_facilitator_sees_only_their_forums(
    browser: Client, forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    other = Forum.objects.create(title="La journée des autres", question="?")
    page = browser.get("/facilitator/").content.decode()

    assert ("Rencontre annuelle" in page, "La journée des autres" in page) == (True, False)
    assert ("H7KQ4MT" in page, "1 person" in page) == (True, True)
    # In another facilitator's forum they are a stranger, who is redirected to its entrance.
    assert browser.get(reverse("desk", args=[other.code])).headers["Location"] == f"/{other.code}/"
    assert browser.get(reverse("desk", args=[forum.code])).status_code == 200


def test_a_stranger_is_told_to_open_their_link(db: None, client_for: ClientFor) -> None:
    stranger = in_english(client_for(None))
    responses = [stranger.get("/facilitator/"), stranger.get("/facilitator/new/"), stranger.post("/facilitator/link/")]

    assert [response.status_code for response in responses] == [403, 403, 403]
    assert "Open your personal link" in responses[0].content.decode()


def test_a_whole_day_is_created_by_one_form(browser: Client, camille: Facilitator) -> None:
    response = browser.post("/facilitator/new/", DAY)

    forum = Forum.objects.get()
    assert response.headers["Location"] == reverse("desk", args=[forum.code])
    assert (forum.title, forum.date, forum.territories) == ("Journée climat", date(2026, 3, 14), "Arras\nLens")
    assert list(forum.facilitators.all()) == [camille]
    assert list(Slot.objects.values_list("starts_at", "minutes", "title")) == [
        (time(9), 45, "Plénière d’ouverture"), (time(10, 15), 75, ""), (time(13, 30), 60, "")
    ]  # fmt: skip
    assert list(Place.objects.values_list("name", "seats", "equipment", "position")) == [
        ("Salle des Fêtes", 40, "écran", 0),
        ("Le Préau", None, "", 1),
    ]


def test_a_new_forum_begins_with_a_choice_of_templates_and_earlier_forums(browser: Client, forum: Forum) -> None:
    Forum.objects.create(title="La journée des autres", question="?", code="ZZZZZZ2")
    page = browser.get("/facilitator/new/").content.decode()

    assert re.findall(r'href="\?from=([^"]+)"', page) == ["half-day", "one-day", "two-days", "own", forum.code]
    # An unknown template, or another facilitator's forum, is not used.
    for origin in ("fortnight", "ZZZZZZ2"):
        assert 'href="?from=half-day"' in browser.get("/facilitator/new/", {"from": origin}).content.decode()


@pytest.mark.parametrize(("template", "rounds", "days"), [("half-day", 2, 1), ("one-day", 3, 1), ("two-days", 5, 2)])
def test_each_template_can_be_created_as_it_is(browser: Client, template: str, rounds: int, days: int) -> None:
    offered = browser.get("/facilitator/new/", {"from": template}).context["form"]
    browser.post("/facilitator/new/", {**DAY, **{name: offered[name].value() for name in ("slots", "places")}})

    slots = Slot.objects.all()
    assert (slots.for_groups().count(), slots.last().day, Place.objects.count()) == (rounds, days, 5)  # type: ignore[union-attr]


def test_an_earlier_forum_is_copied_without_its_people_its_topics_and_its_date(
    browser: Client, forum: Forum, topic: Topic, hall: Place
) -> None:
    Place.objects.filter(pk=hall.pk).update(equipment="écran")
    Forum.objects.update(hides_totals=True, pitch_seconds=60, is_rehearsal=True, approves_first=True)
    offered = browser.get("/facilitator/new/", {"from": forum.code}).context["form"]
    sent = {name: offered[name].value() for name in offered.fields}
    assert (sent["date"], browser.post("/facilitator/new/", {**sent, "date": ""}).status_code) == (None, 422)
    browser.post("/facilitator/new/", {**{name: value for name, value in sent.items() if value}, "date": "2027-03-14"})

    copy = Forum.objects.exclude(pk=forum.pk).get()
    settings = ("title", "question", "venue", "territories", "hides_totals", "pitch_seconds")
    assert [getattr(copy, name) for name in settings] == [getattr(forum, name) for name in settings[:4]] + [True, 60]
    assert not copy.approves_first
    assert (copy.date, copy.is_rehearsal, copy.participants.count(), copy.topics.count()) == (
        date(2027, 3, 14),
        False,
        0,
        0,
    )
    for rows, fields in (
        ("slots", ("day", "starts_at", "minutes", "title")),
        ("places", ("name", "seats", "equipment")),
    ):
        assert list(getattr(copy, rows).values_list(*fields)) == list(getattr(forum, rows).values_list(*fields))


def test_a_line_that_cannot_be_read_is_named_and_all_that_was_typed_stays(browser: Client) -> None:
    response = browser.post(
        "/facilitator/new/", {**DAY, "slots": "9:00 30 Accueil\nmidi\n9:00 60", "places": "Salle\nsalle"}
    )
    page = response.content.decode()

    assert (response.status_code, Forum.objects.count(), Slot.objects.count()) == (422, 0, 0)
    assert re.findall(r"<li>(.*?)</li>", page) == [
        "Line 2, “midi”: begin with the hour, such as 9:30, then the minutes or the hour at which it ends.",
        "Line 3, “9:00 60”: starts at the same time as line 1.",
        "Line 2, “salle”: has the same name as line 1.",
    ]
    assert 'value="Journée climat"' in page
    assert "9:00 30 Accueil\nmidi\n9:00 60" in page


def test_an_agenda_is_previewed_while_it_is_typed(browser: Client, client_for: ClientFor) -> None:
    typed = {"slots": "9h-10h Accueil\nJour 2\n9h30 60", "places": "Salle (40, écran)\n(12)"}
    page = text_of(browser.post("/facilitator/new/preview/", typed))

    sentences = ("Day 2", "9:30 – 10:30", "Groups meet", "Accueil", "Line 2, “(12)”: a place needs a name.")
    assert [words for words in sentences if words not in page] == []
    assert (Forum.objects.count(), client_for(None).post("/facilitator/new/preview/", typed).status_code) == (0, 403)
