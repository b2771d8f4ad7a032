"""The operator’s lines: each is saved once, with the right convener, or refused with a reason."""

import json
from typing import Any

import pytest
from django.test import Client

from forum.models import Actor, Facilitator, Forum, Participant, Topic
from forum.phases import Phase
from tests.conftest import move
from tests.page_texts import text_of, translated, with_plain_spaces

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])


def type_line(desk: Client, forum: Forum, title: str, name: str = "", **more: Any) -> Any:
    """Send a line as the page’s script does."""
    line = {"title": title, "name": name, "convener": "", **more}
    return desk.post(f"/{forum.code}/desk/operator/", line, headers={"hx-request": "true"})


@pytest.mark.parametrize("name", ["Nadia Ferrand", "  nadia   ferrand ", "FERRAND Nadia", "Nadia Férrand"])
def test_a_person_who_is_here_is_found_whatever_the_case_the_accents_and_the_order(
    forum: Forum, nadia: Participant, desk: Client, name: str
) -> None:
    response = type_line(desk, forum, "L’eau en août", name)
    assert (response.status_code, response.json()["number"], response.json()["convener"]) == (201, 1, nadia.pk)
    assert (forum.topics.get().convener, forum.participants.count()) == (nadia, 1)


def test_an_unknown_name_becomes_a_participant_entered_by_the_facilitator(
    forum: Forum, desk: Client, camille: Facilitator
) -> None:
    type_line(desk, forum, "L’eau en août", "Karim Benali")
    assert forum.topics.get().convener == forum.participants.present().get(name="Karim Benali")
    assert forum.journal.get(verb="let someone in").facilitator == camille


def test_no_name_makes_a_request(forum: Forum, desk: Client) -> None:
    assert type_line(desk, forum, "L’eau en août").json()["convener"] is None
    assert forum.topics.get().conveners == []


@pytest.mark.parametrize("chosen", [True, False])
def test_an_expected_convener_counts_as_arrived(forum: Forum, desk: Client, chosen: bool) -> None:
    expected = Participant.objects.create(forum=forum, name="Élodie Carpentier", is_expected=True)
    type_line(desk, forum, "L’eau en août", "elodie carpentier", convener=expected.pk if chosen else "")
    expected.refresh_from_db()
    assert (forum.topics.get().convener, expected.is_expected) == (expected, False)


@LANGUAGES
def test_of_several_people_of_one_name_the_operator_chooses(
    forum: Forum, nadia: Participant, desk: Client, language: str
) -> None:
    desk.cookies["django_language"] = language
    twin = Participant.join(forum, name="Nadia Ferrand")
    response = type_line(desk, forum, "L’eau en août", "Nadia Ferrand")
    reason = translated("Several people are called {name}: choose one in the list.", language, name="Nadia Ferrand")
    assert (response.status_code, forum.topics.count()) == (409, 0)
    assert with_plain_spaces(json.loads(response.headers["HX-Trigger"])["say"]["text"]) == reason
    assert type_line(desk, forum, "L’eau en août", "Nadia Ferrand", convener=twin.pk).status_code == 201
    assert forum.topics.get().convener == twin


def test_a_line_sent_twice_is_kept_once_and_answered_twice(forum: Forum, nadia: Participant, desk: Client) -> None:
    first = type_line(desk, forum, "L’eau en août", "Nadia Ferrand", key="k1")
    again = type_line(desk, forum, "L’eau en août", "Nadia Ferrand", key="k1")
    where = again.headers["Location"]
    assert (forum.topics.count(), again.status_code) == (1, 302)
    assert desk.get(where, headers={"hx-request": "true"}).json() == first.json()


def test_topics_that_look_alike_are_pointed_out_and_nothing_is_blocked(
    forum: Forum, topic: Topic, desk: Client
) -> None:
    response = type_line(desk, forum, "Cours d’école à rafraîchir")
    assert (response.status_code, [other["number"] for other in response.json()["alike"]]) == (201, [1])


@LANGUAGES
@pytest.mark.parametrize(
    ("title", "msgid"),
    [
        ("  ", "A topic needs a title."),
        ("rafraîchir nos COURS d’école", "This very topic is already on the board, as number {number}."),
    ],
)
def test_a_refused_line_says_why(
    forum: Forum, topic: Topic, desk: Client, title: str, msgid: str, language: str
) -> None:
    desk.cookies["django_language"] = language
    response = desk.post(f"/{forum.code}/desk/operator/", {"title": title})
    assert (response.status_code, translated(msgid, language, number=1) in text_of(response)) == (422, True)
    assert type_line(desk, forum, title).status_code == 409
    assert forum.topics.count() == 1


def test_a_line_is_corrected_without_touching_the_rest_of_the_topic(
    forum: Forum, topic: Topic, theo: Participant, desk: Client
) -> None:
    where = f"/{forum.code}/desk/operator/{topic.number}/"
    response = desk.post(
        where, {"title": "Rafraîchir les cours", "name": "masson théo"}, headers={"hx-request": "true"}
    )
    topic.refresh_from_db()
    assert (response.status_code, response.json()["name"]) == (200, "Théo Masson")
    assert (topic.title, topic.convener, topic.description) == ("Rafraîchir les cours", theo, "Avant l’été.")


def test_without_scripts_the_form_is_a_form_like_any_other(forum: Forum, nadia: Participant, desk: Client) -> None:
    response = desk.post(
        f"/{forum.code}/desk/operator/", {"title": "L’eau en août", "name": "Nadia Ferrand"}, follow=True
    )
    assert (response.status_code, "L’eau en août" in text_of(response)) == (200, True)
    assert forum.topics.get().convener == nadia


def test_the_page_begins_with_what_this_facilitator_typed(
    forum: Forum, topic: Topic, desk: Client, nadia: Participant
) -> None:
    type_line(desk, forum, "L’eau en août")
    page = desk.get(f"/{forum.code}/desk/operator/").content.decode()
    assert ('data-title="L’eau en août"' in page, f'data-title="{topic.title}"' in page) == (True, False)


def test_people_who_are_here_and_people_who_are_expected_are_suggested(
    forum: Forum, nadia: Participant, theo: Participant, desk: Client
) -> None:
    Participant.objects.create(forum=forum, name="Élodie Œhl", is_expected=True)
    theo.remove(Actor())
    people = desk.get(f"/{forum.code}/desk/operator/people/").json()["people"]
    assert [(row["name"], row["key"], row["expected"]) for row in people] == [
        ("Nadia Ferrand", "ferrand nadia", False), ("Élodie Œhl", "elodie oehl", True),
    ]  # fmt: skip


def test_a_line_that_comes_when_the_groups_have_closed_is_refused_in_words(forum: Forum, desk: Client) -> None:
    move(forum, Phase.CLOSING)
    response = type_line(desk, forum, "Trop tard")
    assert (response.status_code, "say" in response.headers["HX-Trigger"]) == (403, True)
