"""The facilitator’s page: its content, for facilitators alone."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from sessions.models import Edition
from tests.conftest import ClientFor, move


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


def url(name: str, forum: Forum, *args: int) -> str:
    return reverse(name, args=[forum.code, *args])


def text_of(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).split())


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_desk_costs_no_more_queries_with_thirty_topics_than_with_one(
    desk: Client, forum: Forum, group: Group, nadia: Participant
) -> None:
    before = queries(desk, url("desk", forum))
    for number in range(30):
        person = Participant.join(forum, name=f"Personne {number}")
        topic = Topic.propose(forum, f"Sujet {number}", "", person, Actor(person))
        topic.set_interest(nadia, True, Actor(nadia))

    assert queries(desk, url("desk", forum)) <= before


def test_the_desk_shows_each_topic_in_its_cell_and_the_others_as_waiting(
    desk: Client, forum: Forum, group: Group, slot: Slot, hall: Place
) -> None:
    waiting = Topic.propose(forum, "L’eau en août", "", None, Actor())
    html = desk.get(url("desk", forum)).content.decode()

    list_of_card = dict(re.findall(r'<article id="(topic-\d+)" data-in="([^"]*)"', html))
    assert list_of_card == {f"topic-{group.topic_id}": f"cell-{slot.pk}-{hall.pk}", f"topic-{waiting.pk}": "unplaced"}
    lists = set(re.findall(r'id="list-([^"]*)"', html))
    assert set(list_of_card.values()) <= lists


def test_every_cell_of_the_agenda_has_its_list(desk: Client, forum: Forum) -> None:
    html = desk.get(url("desk", forum)).content.decode()
    rounds = Slot.objects.filter(forum=forum).for_groups()
    places = [*Place.objects.filter(forum=forum).values_list("pk", flat=True), "elsewhere"]

    cells = re.findall(r'id="list-(cell-[^"]*)"', html)
    assert cells == [f"cell-{slot.pk}-{place}" for slot in rounds for place in places]


def test_one_button_moves_everyone_to_the_next_phase(desk: Client, forum: Forum) -> None:
    response = desk.post(url("move", forum), {"phase": "groups"}, follow=True)

    forum.refresh_from_db()
    assert forum.current_phase == Phase.GROUPS
    assert "Everyone is now at “Working groups”." in text_of(response.content)


def test_a_button_of_the_live_page_answers_with_a_sentence(desk: Client, forum: Forum) -> None:
    response = desk.post(url("move", forum), {"phase": "opening"}, headers={"hx-request": "true"})

    assert response.status_code == 204
    assert response.headers["HX-Trigger"] == r'{"say": {"text": "Everyone is now at \u201cOpening plenary\u201d."}}'


def test_an_unknown_phase_moves_nobody_and_says_so(desk: Client, forum: Forum) -> None:
    response = desk.post(url("move", forum), {"phase": "lunch"})

    forum.refresh_from_db()
    assert (response.status_code, forum.current_phase) == (422, Phase.MARKETPLACE)
    assert "There is no such phase." in text_of(response.content)


@pytest.mark.parametrize(("phase", "editions"), [(Phase.GROUPS, 0), (Phase.CLOSING, 1), (Phase.PUBLISHED, 1)])
def test_the_end_of_the_day_asks_for_the_book(desk: Client, forum: Forum, phase: Phase, editions: int) -> None:
    move(forum, phase)

    assert Edition.objects.filter(forum=forum).count() == editions


def test_a_facilitator_enters_someone_without_a_phone(desk: Client, forum: Forum, camille: Facilitator) -> None:
    entry = {"name": " Yann  Lebrun ", "organisation": "Ferme du Haut", "territory": "Arras", "appearance": "first"}
    response = desk.post(url("enter_person", forum), entry)

    person = Participant.objects.get(forum=forum)
    assert response.headers["Location"] == url("desk", forum)
    assert (person.name, person.organisation, person.appearance) == ("Yann Lebrun", "Ferme du Haut", "first")
    last = forum.journal.latest("revision")
    assert (last.verb, last.facilitator) == ("let someone in", camille)


def test_the_same_name_is_entered_only_when_the_button_is_pressed_again(
    desk: Client, forum: Forum, nadia: Participant
) -> None:
    entry = {"name": "nadia ferrand", "appearance": "full"}
    response = desk.post(url("enter_person", forum), entry)

    assert response.status_code == 422
    assert "If this is another person, press the button again." in text_of(response.content)
    desk.post(url("enter_person", forum), {**entry, "same_name": entry["name"]})
    assert Participant.objects.filter(forum=forum).count() == 2


def test_an_entry_without_a_name_keeps_what_was_typed(desk: Client, forum: Forum) -> None:
    entry = {"name": "", "organisation": "Ferme du Haut", "appearance": "full"}
    whole = desk.post(url("enter_person", forum), entry)
    part = desk.post(url("enter_person", forum), entry, headers={"hx-request": "true"})

    assert (whole.status_code, part.status_code) == (422, 422)
    assert 'value="Ferme du Haut"' in whole.content.decode()
    assert part.content.decode().lstrip().startswith('<form id="enter-form"')
    assert 'value="Ferme du Haut"' in part.content.decode()


def test_nobody_is_entered_once_the_report_is_published_and_nothing_typed_is_lost(desk: Client, forum: Forum) -> None:
    move(forum, Phase.PUBLISHED)
    response = desk.post(url("enter_person", forum), {"name": "Yann Lebrun", "appearance": "full"})

    assert (response.status_code, Participant.objects.count()) == (403, 0)
    assert 'value="Yann Lebrun"' in response.content.decode()
    assert "This is not the moment for entering someone" in text_of(response.content)


def test_participants_and_strangers_find_no_desk(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    entry = {"name": "Intrus", "appearance": "full"}
    responses = [client_for(nadia).get(url("desk", forum)), client_for(nadia).post(url("enter_person", forum), entry)]
    responses.append(client_for(None).post(url("enter_person", forum), entry))

    assert [response.status_code for response in responses] == [404, 404, 404]
    assert client_for(None).get(url("desk", forum)).headers["Location"] == url("board", forum)
    assert Participant.objects.filter(name="Intrus").count() == 0


def test_an_invitation_opens_this_forum_to_one_colleague(desk: Client, forum: Forum, client_for: ClientFor) -> None:
    page = desk.post(url("invite", forum), {"role": "facilitator"}).content.decode()
    (path,) = re.findall(r'id="invitation-link">https?://[^/]+(/[^<]+)<', page)
    colleague = client_for(None)

    colleague.post(path, {"name": "Louise"})
    assert colleague.get(url("desk", forum)).status_code == 200
    assert client_for(None).post(path, {"name": "Trop tard"}).status_code == 404
    assert list(forum.facilitators.values_list("name", flat=True)) == ["Camille Dufour", "Louise"]


def test_a_topic_typed_on_the_desk_needs_no_convener(desk: Client, forum: Forum, nadia: Participant) -> None:
    path = url("propose", forum)
    for title, convener in (("L’eau en août", ""), ("Nos forêts", nadia.pk)):
        desk.post(path, {"title": title, "description": "", "convener": convener}, headers={"hx-request": "true"})

    topics = Topic.objects.filter(forum=forum).values_list("number", "title", "convener")
    assert list(topics) == [(1, "L’eau en août", None), (2, "Nos forêts", nadia.pk)]
