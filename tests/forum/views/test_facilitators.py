"""Facilitators: their links, their forums, and nobody else's."""

import re
from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.auth.identity import FACILITATOR_COOKIE
from forum.models import Facilitator, Forum, OneTimeCode, Participant, Place, Slot, Topic
from tests.conftest import ClientFor, early_in_the_minute
from tests.words import text_of


@pytest.fixture
def browser(camille: Facilitator, client_for: ClientFor) -> Client:
    """The facilitator's, in English."""
    return in_english(client_for(camille))


def in_english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


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


def test_a_facilitator_sees_only_their_forums(
    browser: Client, forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    other = Forum.objects.create(title="La journée des autres", question="?")
    page = browser.get("/facilitator/").content.decode()

    assert ("Rencontre annuelle" in page, "La journée des autres" in page) == (True, False)
    assert ("H7KQ4MT" in page, "1 person" in page) == (True, True)
    # Of another's forum they are a stranger, who is sent to its entrance.
    assert browser.get(reverse("desk", args=[other.code])).headers["Location"] == f"/{other.code}/"
    assert browser.get(reverse("desk", args=[forum.code])).status_code == 200


def test_a_stranger_is_told_to_open_their_link(db: None, client_for: ClientFor) -> None:
    stranger = in_english(client_for(None))
    answers = [stranger.get("/facilitator/"), stranger.get("/facilitator/new/"), stranger.post("/facilitator/link/")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "Open your personal link" in answers[0].content.decode()


def test_a_whole_day_is_created_by_one_form(browser: Client, camille: Facilitator) -> None:
    answer = browser.post("/facilitator/new/", DAY)

    forum = Forum.objects.get()
    assert answer.headers["Location"] == reverse("desk", args=[forum.code])
    assert (forum.title, forum.date, forum.territories) == ("Journée climat", date(2026, 3, 14), "Arras\nLens")
    assert list(forum.facilitators.all()) == [camille]
    assert list(Slot.objects.values_list("starts_at", "minutes", "title")) == [
        (time(9), 45, "Plénière d’ouverture"), (time(10, 15), 75, ""), (time(13, 30), 60, "")
    ]  # fmt: skip
    assert list(Place.objects.values_list("name", "seats", "equipment", "position")) == [
        ("Salle des Fêtes", 40, "écran", 0),
        ("Le Préau", None, "", 1),
    ]


def test_what_a_forum_begins_as_is_asked_first(browser: Client, forum: Forum) -> None:
    Forum.objects.create(title="La journée des autres", question="?", code="ZZZZZZ2")
    page = browser.get("/facilitator/new/").content.decode()

    assert re.findall(r'href="\?from=([^"]+)"', page) == ["half-day", "one-day", "two-days", "own", forum.code]
    # What is unknown, or another's, is nothing to begin with.
    for asked in ("fortnight", "ZZZZZZ2"):
        assert 'href="?from=half-day"' in browser.get("/facilitator/new/", {"from": asked}).content.decode()


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
    Forum.objects.update(hides_totals=True, pitch_seconds=60, is_rehearsal=True)
    offered = browser.get("/facilitator/new/", {"from": forum.code}).context["form"]
    sent = {name: offered[name].value() for name in offered.fields}
    assert (sent["date"], browser.post("/facilitator/new/", {**sent, "date": ""}).status_code) == (None, 422)
    browser.post("/facilitator/new/", {**{name: value for name, value in sent.items() if value}, "date": "2027-03-14"})

    copy = Forum.objects.exclude(pk=forum.pk).get()
    settings = ("title", "question", "venue", "territories", "hides_totals", "pitch_seconds")
    assert [getattr(copy, name) for name in settings] == [getattr(forum, name) for name in settings[:4]] + [True, 60]
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
    answer = browser.post(
        "/facilitator/new/", {**DAY, "slots": "9:00 30 Accueil\nmidi\n9:00 60", "places": "Salle\nsalle"}
    )
    page = answer.content.decode()

    assert (answer.status_code, Forum.objects.count(), Slot.objects.count()) == (422, 0, 0)
    assert re.findall(r"<li>(.*?)</li>", page) == [
        "Line 2, “midi”: begin with the hour, such as 9:30, then the minutes or the hour at which it ends.",
        "Line 3, “9:00 60”: starts at the same time as line 1.",
        "Line 2, “salle”: has the same name as line 1.",
    ]
    assert 'value="Journée climat"' in page
    assert "9:00 30 Accueil\nmidi\n9:00 60" in page


def test_what_is_understood_of_an_agenda_is_shown_while_it_is_typed(browser: Client, client_for: ClientFor) -> None:
    typed = {"slots": "9h-10h Accueil\nJour 2\n9h30 60", "places": "Salle (40, écran)\n(12)"}
    page = text_of(browser.post("/facilitator/new/preview/", typed))

    shown = ("Day 2", "9:30 – 10:30", "Groups meet", "Accueil", "Line 2, “(12)”: a place needs a name.")
    assert [words for words in shown if words not in page] == []
    assert (Forum.objects.count(), client_for(None).post("/facilitator/new/preview/", typed).status_code) == (0, 403)


def test_the_link_to_begin_works_once(db: None, client_for: ClientFor) -> None:
    path = reverse("begin", args=[OneTimeCode.for_facilitator()])
    first, second = in_english(client_for(None)), in_english(client_for(None))
    assert first.get(path).status_code == 200

    page = first.post(path, {"name": "  Camille  Dufour "}).content.decode()
    assert [f.name for f in Facilitator.objects.all()] == ["Camille Dufour"]
    assert first.get("/facilitator/").status_code == 200
    answer = second.post(path, {"name": "Voleuse"})
    assert (answer.status_code, Facilitator.objects.count()) == (404, 1)
    assert "This link opens nothing" in answer.content.decode()
    # The personal link, shown on that page only, lets the same person in from elsewhere.
    (personal,) = re.findall(r'id="personal-link">https?://[^/]+(/facilitator/[^<]+)<', page)
    assert second.get(personal).headers["Location"] == "/facilitator/"
    assert second.get("/facilitator/").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_name_that_does_not_do_leaves_the_link_intact(db: None, client_for: ClientFor, name: str) -> None:
    path = reverse("begin", args=[OneTimeCode.for_facilitator()])
    answer = in_english(client_for(None)).post(path, {"name": name})

    assert (answer.status_code, Facilitator.objects.count(), OneTimeCode.objects.count()) == (422, 0, 1)
    assert "Your name is needed" in answer.content.decode()


def test_an_old_link_and_a_participants_code_make_no_facilitator(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    old = OneTimeCode.for_facilitator(forum)
    OneTimeCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    code = OneTimeCode.for_second_device(nadia)

    answers = [
        client_for(None).post(reverse("begin", args=[secret]), {"name": "x"}) for secret in (old, code, "nothing")
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Facilitator.objects.count() == 1


def test_an_invitation_adds_a_forum_to_someone_who_is_a_facilitator_already(
    browser: Client, camille: Facilitator
) -> None:
    other = Forum.objects.create(title="Autre journée", question="?")
    path = reverse("begin", args=[OneTimeCode.for_facilitator(other)])
    assert "Go in as Camille Dufour" in browser.get(path).content.decode()

    answer = browser.post(path)
    assert answer.headers["Location"] == reverse("desk", args=[other.code])
    assert (list(other.facilitators.all()), Facilitator.objects.count()) == ([camille], 1)


def test_the_personal_link_leads_to_the_only_forum_and_to_the_list_of_several(db: None, client_for: ClientFor) -> None:
    me, secret = Facilitator.create("Camille")
    path = reverse("enter", args=[secret])
    forums = [Forum.objects.create(title=title, question="?") for title in ("Un", "Deux")]
    forums[0].facilitators.add(me)

    answer = client_for(None).get(path)
    assert answer.headers["Location"] == reverse("desk", args=[forums[0].code])
    assert (answer.cookies[FACILITATOR_COOKIE]["httponly"], answer.cookies[FACILITATOR_COOKIE]["samesite"]) == (
        True,
        "Lax",
    )
    forums[1].facilitators.add(me)
    assert client_for(None).get(path).headers["Location"] == "/facilitator/"


def test_a_wrong_personal_link_opens_nothing_and_guessing_is_slowed_down(db: None, client_for: ClientFor) -> None:
    guesser = in_english(client_for(None))
    early_in_the_minute()
    answers = [guesser.get(reverse("enter", args=[f"guess-{n}"])) for n in range(61)]

    assert [answer.status_code for answer in answers] == [404] * 60 + [429]
    assert FACILITATOR_COOKIE not in guesser.cookies


def test_a_changed_link_shuts_the_old_one_and_the_other_devices(
    browser: Client, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    old, laptop = camille.replace_link(), client_for(camille)
    page = browser.post("/facilitator/link/").content.decode()
    (new,) = re.findall(r'id="personal-link">https?://[^/]+(/facilitator/[^<]+)<', page)

    assert (browser.get("/facilitator/").status_code, laptop.get("/facilitator/").status_code) == (200, 403)
    assert client_for(None).get(reverse("enter", args=[old])).status_code == 404
    assert client_for(None).get(new).status_code == 302
    # Open pages of the other devices are shut by their sockets, which read the journal.
    assert forum.journal.latest("revision").invalidated == [f"rights-facilitator-{camille.pk}"]
