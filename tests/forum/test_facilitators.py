"""Facilitators: their links, their forums, and nobody else's."""

import re
from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.access import FACILITATOR_COOKIE
from forum.forms.forum import NewForumForm, read_place, read_slot
from forum.models import Facilitator, Forum, Participant, Pass
from sessions.models import Place, Slot
from tests.conftest import ClientFor


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
    "places": "Salle des Fêtes (40)\nLe Préau",
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
    assert list(Place.objects.values_list("name", "seats", "position")) == [
        ("Salle des Fêtes", 40, 0),
        ("Le Préau", None, 1),
    ]


def test_the_usual_day_that_the_form_offers_can_be_created_as_it_is(browser: Client) -> None:
    browser.get("/facilitator/new/")
    offered = NewForumForm()
    browser.post("/facilitator/new/", {**DAY, "slots": offered["slots"].value(), "places": offered["places"].value()})

    assert (Slot.objects.for_groups().count(), Place.objects.count()) == (3, 5)


def test_a_line_that_cannot_be_read_is_named_and_all_that_was_typed_stays(browser: Client) -> None:
    answer = browser.post(
        "/facilitator/new/", {**DAY, "slots": "9:00 30 Accueil\nmidi\n9:00 60", "places": "Salle\nsalle"}
    )
    page = answer.content.decode()

    assert (answer.status_code, Forum.objects.count(), Slot.objects.count()) == (422, 0, 0)
    assert re.findall(r"<li>(.*?)</li>", page) == [
        "Line 2, “midi”: write the hour, the minutes, then a title if everyone is together.",
        "Line 3, “9:00 60”: starts at the same time as line 1.",
        "Line 2, “salle”: has the same name as line 1.",
    ]
    assert 'value="Journée climat"' in page
    assert "9:00 30 Accueil\nmidi\n9:00 60" in page


@pytest.mark.parametrize(
    ("line", "starts_at", "minutes", "title"),
    [
        ("9:15 45 Plénière", time(9, 15), 45, "Plénière"),
        ("9h15 45", time(9, 15), 45, ""),
        ("14 h 75 min", time(14), 75, ""),
        ("23:59 5", time(23, 59), 5, ""),
    ],
)
def test_an_hour_is_read_as_people_write_it(line: str, starts_at: time, minutes: int, title: str) -> None:
    assert read_slot(line) == {"starts_at": starts_at, "minutes": minutes, "title": title}


def test_seats_are_read_in_brackets() -> None:
    assert read_place("Salle B (annexe) (12 places)") == {"name": "Salle B (annexe)", "seats": 12}
    assert read_place("Le Préau") == {"name": "Le Préau", "seats": None}


def test_the_link_to_begin_works_once(db: None, client_for: ClientFor) -> None:
    path = reverse("begin", args=[Pass.for_facilitator()])
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
    path = reverse("begin", args=[Pass.for_facilitator()])
    answer = in_english(client_for(None)).post(path, {"name": name})

    assert (answer.status_code, Facilitator.objects.count(), Pass.objects.count()) == (422, 0, 1)
    assert "Your name is needed" in answer.content.decode()


def test_an_old_link_and_a_participants_code_make_no_facilitator(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    old = Pass.for_facilitator(forum)
    Pass.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    code = Pass.for_second_device(nadia)

    answers = [
        client_for(None).post(reverse("begin", args=[secret]), {"name": "x"}) for secret in (old, code, "nothing")
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Facilitator.objects.count() == 1


def test_an_invitation_adds_a_forum_to_someone_who_is_a_facilitator_already(
    browser: Client, camille: Facilitator
) -> None:
    other = Forum.objects.create(title="Autre journée", question="?")
    path = reverse("begin", args=[Pass.for_facilitator(other)])
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
    answers = [guesser.get(reverse("enter", args=[f"guess-{n}"])) for n in range(61)]

    assert [answer.status_code for answer in answers] == [404] * 60 + [429]
    assert FACILITATOR_COOKIE not in guesser.cookies


def test_a_changed_link_shuts_the_old_one_and_the_other_devices(
    browser: Client, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    old, laptop = camille.change_link(), client_for(camille)
    page = browser.post("/facilitator/link/").content.decode()
    (new,) = re.findall(r'id="personal-link">https?://[^/]+(/facilitator/[^<]+)<', page)

    assert (browser.get("/facilitator/").status_code, laptop.get("/facilitator/").status_code) == (200, 403)
    assert client_for(None).get(reverse("enter", args=[old])).status_code == 404
    assert client_for(None).get(new).status_code == 302
    # Open pages of the other devices are shut by their sockets, which read the journal.
    assert forum.journal.latest("revision").touched == [f"rights-facilitator-{camille.pk}"]
