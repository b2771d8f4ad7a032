"""Facilitators correct and remove the entries of participants."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from forum.models import Actor, Feedback, Forum, Participant, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


def url(name: str, forum: Forum, *args: int) -> str:
    return reverse(name, args=[forum.code, *args])


def test_a_facilitator_corrects_an_entry_and_the_board_shows_it(
    desk: Client, forum: Forum, nadia: Participant, topic: Topic
) -> None:
    entry = {"name": "Nadia Ferrand-Roy", "organisation": "", "territory": "", "appearance": "hidden"}
    response = desk.post(url("person", forum, nadia.pk), entry)

    nadia.refresh_from_db()
    assert (response.status_code, nadia.name, nadia.appearance) == (302, "Nadia Ferrand-Roy", "hidden")
    assert desk.get(url("desk", forum)).content.decode().count(">Nadia Ferrand-Roy<") == 3  # card, list, convener


def test_a_wrong_correction_keeps_what_was_typed_and_changes_nothing(
    desk: Client, forum: Forum, nadia: Participant
) -> None:
    response = desk.post(url("person", forum, nadia.pk), {"name": "", "organisation": "Nouvelle", "appearance": "full"})

    nadia.refresh_from_db()
    assert (response.status_code, nadia.name) == (422, "Nadia Ferrand")
    assert 'value="Nouvelle"' in response.content.decode()
    assert "<h2>Nadia Ferrand</h2>" in response.content.decode()


def test_someone_removed_loses_their_phone(
    desk: Client, forum: Forum, nadia: Participant, topic: Topic, client_for: ClientFor
) -> None:
    phone = client_for(nadia)
    desk.post(url("remove_person", forum, nadia.pk))

    assert "Nadia" not in phone.get(url("board", forum)).content.decode()
    assert desk.get(url("person", forum, nadia.pk)).status_code == 404
    assert Topic.objects.active().count() == 1


def test_a_code_lets_someone_in_with_another_phone_once(
    desk: Client, forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    page = desk.post(url("person_code", forum, nadia.pk)).content.decode()
    (code,) = re.findall(r'<p class="code">(\w{6})</p>', page)
    first, second = client_for(None), client_for(None)

    assert first.post(url("other_phone", forum), {"code": code}).status_code == 302
    assert second.post(url("other_phone", forum), {"code": code}).status_code == 422


def test_people_and_words_of_another_forum_are_out_of_reach(desk: Client, forum: Forum) -> None:
    other = Forum.objects.create(title="Autre", question="?", phase=Phase.CLOSING)
    stranger = Participant.join(other, name="Ailleurs")
    word = Feedback.give(other, None, Actor(), words="merci", keep="", change="")
    move(forum, Phase.CLOSING)

    paths = [url(name, forum, stranger.pk) for name in ("person", "remove_person", "person_code")]
    responses = [desk.post(path, {"name": "x"}) for path in [*paths, url("remove_feedback", forum, word.pk)]]
    assert [response.status_code for response in responses] == [404, 404, 404, 404]
    assert Feedback.objects.get() == word
