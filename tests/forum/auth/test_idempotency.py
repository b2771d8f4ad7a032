"""A key that comes again: the same words are answered as before, other words are answered in words."""

import re
from collections.abc import Callable
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory

from forum.auth.idempotency import acknowledge, answer_again, idempotent
from forum.auth.identity import participant_cookie
from forum.auth.request import ForumRequest
from forum.models import Actor, Device, Facilitator, Forum, Message, Participant, Submission, Topic
from forum.models.tokens import fingerprint
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


def sent(actor: Actor | None = None, path: str = "/H7KQ4MT/topics/new/", **form: Any) -> ForumRequest:
    request = cast("ForumRequest", RequestFactory().post(path, form))
    request.actor = actor or Actor()
    return request


def counted(forum: Forum, response: HttpResponse) -> Callable[[], HttpResponse]:
    """Return a view that sends a message, so that its runs can be counted, and answers with this response."""

    def view() -> HttpResponse:
        Message.send(forum, "Bonjour", Actor())
        return response

    return view


def on(person: Participant) -> Actor:
    """Return a participant at a browser of theirs."""
    Device.issue(person)
    return Actor(person, None, person.devices.latest("pk"))


def test_a_refused_form_leaves_nothing_and_can_be_sent_again_under_its_key(forum: Forum) -> None:
    refused = idempotent(sent(key="k1", title=""), counted(forum, HttpResponse(status=400)))
    assert (refused.status_code, Message.objects.count(), Submission.objects.count()) == (400, 0, 0)
    assert refused.cookies == {}  # its draft stays
    accepted = idempotent(sent(key="k1", title="Des vélos"), counted(forum, HttpResponseRedirect("/H7KQ4MT/")))
    assert (accepted.status_code, Message.objects.count(), accepted.cookies["kept"].value) == (302, 1, "k1")


def test_an_accepted_form_is_answered_as_before_even_when_it_would_be_refused_by_now(
    forum: Forum, theo: Participant
) -> None:
    phone, laptop = on(theo), on(theo)
    form = {"key": "k1", "draft": "k0", "title": "Des vélos", "description": ""}
    assert answer_again(sent(phone, **form)) is None
    idempotent(sent(phone, **form), counted(forum, HttpResponseRedirect("/H7KQ4MT/topics/1/")))
    answer = answer_again(sent(phone, **dict(reversed(form.items()))))
    assert answer
    assert (answer.headers["Location"], answer.cookies["kept"].value) == ("/H7KQ4MT/topics/1/", "k0")
    read = sent(phone, **form)
    read.method = "GET"
    others = [
        read, sent(laptop, **form), sent(None, **form), sent(phone, "/H7KQ4MT/", **form),
        sent(phone, **form | {"title": "De l’eau"}), sent(phone, **form | {"key": "k2"}),
        sent(phone, **form | {"key": ""}),
    ]  # fmt: skip
    assert [answer_again(request) for request in others] == [None] * 7


def test_a_form_without_a_key_counts_each_time(forum: Forum) -> None:
    for _ in range(2):
        idempotent(sent(title="Des vélos"), counted(forum, HttpResponse()))
    assert (Message.objects.count(), Submission.objects.count(), answer_again(sent(title="Des vélos"))) == (2, 0, None)


def test_a_form_that_led_nowhere_is_answered_by_nothing_when_it_comes_again(forum: Forum) -> None:
    for status in (200, 204):
        answer = idempotent(sent(key="k1"), counted(forum, HttpResponse(status=200)))
        assert (answer.status_code, answer.cookies["kept"].value, Message.objects.count()) == (status, "k1", 1)


@pytest.mark.parametrize(
    ("key", "stored", "told"),
    [("k" * 64, "k" * 64, ["k" * 64]), ("k" * 65, "k" * 64, []), ("k\0é", "ké", []), ("k;1", "k;1", [])],
)
def test_a_key_of_any_form_recognises_its_form_and_only_one_as_pages_make_it_is_told_to_scripts(
    key: str, stored: str, told: list[str], forum: Forum
) -> None:
    path = f"/H7KQ4MT/{'x' * 300}/"
    answers = [idempotent(sent(path=path, key=key), counted(forum, HttpResponse())) for _ in range(2)]
    assert [[cookie.value for cookie in answer.cookies.values()] for answer in answers] == [told] * 2
    assert Message.objects.count() == 1
    assert list(Submission.objects.values_list("key", "path", "sender")) == [(stored, path[:200], "")]


def test_scripts_are_told_the_key_for_a_day_and_nothing_of_a_form_without_one() -> None:
    cookie = acknowledge(sent(key="k1"), HttpResponse()).cookies["kept"]
    assert (cookie["max-age"], cookie["httponly"]) == (24 * 3600, "")
    assert acknowledge(sent(), HttpResponse()).cookies == {}


def test_somebody_whose_form_to_join_comes_again_gets_a_token_again_unless_they_were_disconnected(
    forum: Forum, theo: Participant
) -> None:
    def join() -> HttpResponse:
        Device.issue(theo)
        response = HttpResponseRedirect("/H7KQ4MT/")
        response.newcomer = theo  # type: ignore[attr-defined]  # as the view of the entrance does
        return response

    form = {"key": "k1", "name": "Théo Masson"}
    idempotent(sent(None, **form), join)
    again = idempotent(sent(None, **form), join)
    (device,) = theo.devices.exclude(pk=theo.devices.earliest("pk").pk)
    token = again.cookies[participant_cookie(forum)].value
    assert (again.headers["Location"], fingerprint(token)) == ("/H7KQ4MT/", device.token_fingerprint)
    theo.devices.all().delete()
    assert list(idempotent(sent(None, **form), join).cookies) == ["kept"]


def test_a_fault_of_the_view_is_not_taken_for_a_form_that_came_again(forum: Forum) -> None:
    def view() -> HttpResponse:
        raise IntegrityError

    with pytest.raises(IntegrityError):
        idempotent(sent(key="k1"), view)
    assert Submission.objects.count() == 0
