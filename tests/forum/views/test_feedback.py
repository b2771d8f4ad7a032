"""Closing words: left, replaced, removed."""

import pytest
from django.test import Client
from django.urls import reverse

from forum.models import (
    Actor,
    Feedback,
    Forum,
    Participant,
)
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


def url(name: str, forum: Forum, *args: int) -> str:
    return reverse(name, args=[forum.code, *args])


@LANGUAGES
def test_a_closing_word_needs_one_word(forum: Forum, nadia: Participant, client_for: ClientFor, language: str) -> None:
    move(forum, Phase.CLOSING)
    client = client_for(nadia)
    client.cookies["django_language"] = language
    response = client.post(f"/{forum.code}/words/", {"words": " "})
    assert response.status_code == 422
    assert translated("Write at least one word.", language) in text_of(response)


def test_a_second_closing_word_replaces_the_first(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    move(forum, Phase.CLOSING)
    client = client_for(nadia)
    for words in ("Merci", "Merci à tous"):
        client.post(f"/{forum.code}/words/", {"words": words, "keep": "", "change": ""})
    assert [word.words for word in Feedback.objects.filter(forum=forum)] == ["Merci à tous"]


def test_a_closing_word_that_comes_too_late_is_still_in_the_form(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    move(forum, Phase.PUBLISHED)
    response = client_for(nadia).post(f"/{forum.code}/words/", {"words": "Merci à Hélène"})
    assert response.status_code == 403
    assert "Merci à Hélène</textarea>" in text_of(response)


def test_a_facilitator_removes_a_closing_word(desk: Client, forum: Forum, nadia: Participant) -> None:
    move(forum, Phase.CLOSING)
    word = Feedback.give(forum, nadia, Actor(nadia), words="Belle journée", keep="", change="")
    assert "Belle journée" in desk.get(url("desk", forum)).content.decode()

    desk.post(url("remove_feedback", forum, word.pk))
    assert "Belle journée" not in desk.get(url("desk", forum)).content.decode()
