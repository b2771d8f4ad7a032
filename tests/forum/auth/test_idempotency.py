"""A key that comes again: the same words are answered as before, other words are answered in words."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from forum.models import Facilitator, Forum, Message, Participant, Topic
from tests.conftest import ClientFor


def propose(client: Client, forum: Forum, title: str, key: str = "k1", **more: Any) -> Any:
    return client.post(f"/{forum.code}/topics/new/", {"title": title, "key": key, **more})


def key_in(answer: Any) -> str:
    (key,) = set(re.findall(r'name="key" value="([^"]+)"', answer.content.decode()))
    return str(key)


def test_the_same_form_sent_twice_is_answered_by_the_same_page(
    forum: Forum, theo: Participant, client_for: ClientFor
) -> None:
    phone = client_for(theo)
    answers = [propose(phone, forum, "Des vélos pour tous", csrfmiddlewaretoken=str(n)) for n in range(2)]
    assert [answer.url for answer in answers] == [Topic.objects.get().get_absolute_url()] * 2


def test_other_words_under_the_same_key_come_back_with_a_new_key_and_are_kept_when_sent_again(
    forum: Forum, theo: Participant, client_for: ClientFor
) -> None:
    phone = client_for(theo)
    propose(phone, forum, "Des vélos pour tous")
    answer = propose(phone, forum, "De l’eau pour les arbres")
    page = answer.content.decode()
    assert (answer.status_code, forum.topics.count()) == (409, 1)
    assert "n’est pas encore envoyé" in page
    assert 'value="De l’eau pour les arbres"' in page
    assert propose(phone, forum, "De l’eau pour les arbres", key_in(answer)).status_code == 302
    assert [topic.title for topic in forum.topics.all()] == ["Des vélos pour tous", "De l’eau pour les arbres"]


def test_a_form_that_no_page_shows_again_comes_back_on_the_page_of_the_refusal(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    desk, address = client_for(camille), f"/{forum.code}/desk/messages/"
    desk.post(address, {"to": "everyone", "text": "Le café est servi.", "key": "k1"})
    answer = desk.post(address, {"to": "everyone", "text": "Le café est froid.", "key": "k1"})
    page = answer.content.decode()
    assert (answer.status_code, 'name="text" value="Le café est froid."' in page) == (409, True)
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.partition("<main")[2].partition("</form>")[0]))
    again = desk.post(address, form)
    assert (again.status_code, again.cookies["kept"].value) == (302, "k1")  # the draft of the first page is forgotten
    assert Message.objects.count() == 2


def test_a_live_page_gets_the_sentence_and_a_new_key(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    desk = client_for(camille)
    propose(desk, forum, "Des vélos pour tous")
    answer = desk.post(f"/{forum.code}/topics/new/", {"title": "De l’eau", "key": "k1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert re.findall(r'"(say|newKey)"', answer.headers["HX-Trigger"]) == ["say", "newKey"]


@pytest.mark.parametrize("names", [("a.jpg", "b.jpg"), ("a.jpg", "a.jpg")])
def test_another_file_under_the_same_key_is_another_form(
    names: tuple[str, str], forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    desk, answers = client_for(camille), []
    for name in names:
        file = SimpleUploadedFile(name, b"Nom\nIn\xc3\xa8s Roy\n", "text/csv")
        answers.append(desk.post(f"/{forum.code}/desk/people/import/", {"file": file, "key": "k1"}))
    first, second = answers
    is_same = names[0] == names[1]
    assert (first.status_code, second.status_code == 409) == (200, not is_same)
