"""Arriving in a forum: by its code and a name, or with another phone; refusals keep the typed values."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client
from django.urls import reverse

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import (
    Actor,
    Device,
    Facilitator,
    Forum,
    OneTimeCode,
    Participant,
    Submission,
)
from forum.models.tokens import fingerprint
from forum.phases import Phase
from sessions.models import Imprint
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])
NADIA = {"name": "Nadia Ferrand", "organisation": "Commune d’Arras", "territory": "Arras", "appearance": "first"}


@pytest.fixture
def stranger(client_for: ClientFor) -> Client:
    return client_for(None)


def join(client: Client, forum: Forum, **fields: str) -> "Client":
    response = client.post(f"/{forum.code}/join/", {"appearance": "full", **fields})
    assert response.status_code == 302
    return client


def test_someone_joins_with_a_name_and_comes_back_after_a_reload(stranger: Client, forum: Forum) -> None:
    join(stranger, forum, **NADIA)
    person = forum.participants.get()
    assert {name: getattr(person, name) for name in NADIA} == NADIA
    assert "Nadia Ferrand" in text_of(stranger.get(f"/{forum.code}/"))


def test_the_code_can_be_typed_in_any_case_and_with_spaces(stranger: Client, forum: Forum) -> None:
    assert stranger.post("/", {"code": " h7k-q4mt "}).headers["Location"] == f"/{forum.code}/"
    assert stranger.get(f"/{forum.code.lower()}/").status_code == 200


@LANGUAGES
def test_a_wrong_code_is_named_and_kept_in_the_form(stranger: Client, forum: Forum, language: str) -> None:
    stranger.cookies["django_language"] = language
    response = stranger.post("/", {"code": "AAAAAAA"})
    assert response.status_code == 422
    refusal = "No forum has this code. It has 7 letters and figures, as the wall shows it."
    assert translated(refusal, language) in text_of(response)
    assert 'value="AAAAAAA"' in text_of(response)


def test_after_a_wrong_code_the_page_still_leads_to_my_forums_and_to_the_published_ones(
    camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    Imprint.objects.create(forum=forum, is_public=True, is_listed=True)
    client = client_for(camille)
    for response in (client.get("/"), client.post("/", {"code": "AAAAAAA"})):
        page = response.content.decode()
        assert [reverse(name) in page for name in ("forums", "public_forums")] == [True, True]


@LANGUAGES
def test_an_empty_name_gets_a_message_and_keeps_the_rest(stranger: Client, forum: Forum, language: str) -> None:
    stranger.cookies["django_language"] = language
    response = stranger.post(f"/{forum.code}/join/", {**NADIA, "name": "  "})
    assert response.status_code == 422
    assert translated("Your name is needed, so that others know who proposes and who comes.", language) in text_of(
        response
    )
    assert 'value="Commune d’Arras"' in text_of(response)
    assert forum.participants.count() == 0


@pytest.mark.parametrize("name", ["x" * 81, "a\x00b"])
def test_an_impossible_name_is_refused_with_a_message(stranger: Client, forum: Forum, name: str) -> None:
    response = stranger.post(f"/{forum.code}/join/", {**NADIA, "name": name})
    assert (response.status_code, "errorlist" in text_of(response)) == (422, True)


def test_the_same_form_sent_twice_makes_one_participant_and_both_responses_give_a_key(
    stranger: Client, client_for: ClientFor, forum: Forum
) -> None:
    form = {**NADIA, "key": "k1"}
    again = client_for(None)
    for client in (stranger, again):
        assert client.post(f"/{forum.code}/join/", form).status_code == 302
        assert "Nadia Ferrand" in text_of(client.get(f"/{forum.code}/"))
    assert forum.participants.count() == 1


@LANGUAGES
def test_a_namesake_is_pointed_out_and_then_let_in(
    stranger: Client, forum: Forum, nadia: Participant, language: str
) -> None:
    stranger.cookies["django_language"] = language
    without_a_phone = (
        "The facilitators have entered someone called {name}. If it is you, ask them for a code; "
        "if not, press the button again."
    )
    with_one = (
        "Someone called {name} is already here. If it is you, come with a code from your other phone; "
        "if not, press the button again."
    )
    for sentence in (without_a_phone, with_one):
        response = stranger.post(f"/{forum.code}/join/", NADIA)
        assert response.status_code == 422
        assert translated(sentence, language, name="Nadia Ferrand") in text_of(response)
        Device.issue(nadia)
    join(stranger, forum, **NADIA, same_name="Nadia Ferrand")
    assert forum.participants.count() == 2


@LANGUAGES
def test_before_the_opening_the_entrance_says_to_wait(stranger: Client, forum: Forum, language: str) -> None:
    stranger.cookies["django_language"] = language
    move(forum, Phase.PREPARATION)
    assert translated("The forum has not begun yet", language) in text_of(stranger.get(f"/{forum.code}/"))
    assert stranger.post(f"/{forum.code}/join/", NADIA).status_code == 403
    assert forum.participants.count() == 0


@LANGUAGES
def test_after_the_end_nobody_joins_any_more_and_the_reason_is_said(
    stranger: Client, forum: Forum, language: str
) -> None:
    stranger.cookies["django_language"] = language
    move(forum, Phase.PUBLISHED)
    response = stranger.post(f"/{forum.code}/join/", NADIA)
    assert response.status_code == 403
    assert translated("This forum is over", language) in text_of(response)


def test_another_phone_comes_in_with_a_code_that_works_once(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    code = OneTimeCode.for_second_device(nadia)
    second, third = client_for(None), client_for(None)
    assert second.post(f"/{forum.code}/other-phone/", {"code": f" {code.lower()} "}).status_code == 302
    assert "Nadia Ferrand" in text_of(second.get(f"/{forum.code}/"))
    assert third.post(f"/{forum.code}/other-phone/", {"code": code}).status_code == 422


@LANGUAGES
def test_a_code_for_another_phone_ends_after_ten_minutes(
    forum: Forum, nadia: Participant, client_for: ClientFor, language: str
) -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        code = OneTimeCode.for_second_device(nadia)
    client = client_for(None)
    client.cookies["django_language"] = language
    with time_machine.travel(now + timedelta(minutes=10, seconds=1), tick=False):
        response = client.post(f"/{forum.code}/other-phone/", {"code": code})
    sentence = "This code opens nothing: it works once, for ten minutes. Ask for a new one on your first phone."
    assert response.status_code == 422
    assert translated(sentence, language) in text_of(response)


def test_a_code_of_one_forum_opens_no_other(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    other = Forum.objects.create(title="Autre", question="?", phase=Phase.MARKETPLACE)
    code = OneTimeCode.for_second_device(nadia)
    assert client_for(None).post(f"/{other.code}/other-phone/", {"code": code}).status_code == 422
    assert OneTimeCode.find(code) is not None


def test_a_lost_phone_is_disconnected_from_the_one_in_hand(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    in_hand, lost = client_for(nadia), client_for(nadia)
    in_hand.post(f"/{forum.code}/me/disconnect/")
    assert "Nadia Ferrand" in text_of(in_hand.get(f"/{forum.code}/"))
    assert "Nadia Ferrand" not in text_of(lost.get(f"/{forum.code}/"))


def test_signing_out_forgets_a_participant_on_this_browser_alone(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    borrowed, own = client_for(nadia), client_for(nadia)
    token = borrowed.cookies[participant_cookie(forum)].value
    response = borrowed.post(f"/{forum.code}/me/sign-out/", follow=True)
    assert "Vous êtes déconnecté·e de ce navigateur." in text_of(response)
    copy = client_for(None)
    copy.cookies[participant_cookie(forum)] = token
    assert [client.get(f"/{forum.code}/me/").status_code for client in (borrowed, copy, own)] == [302, 302, 200]
    assert forum.journal.latest("revision").invalidated == [f"rights-{nadia.pk}"]
    assert [nadia.devices.count(), forum.participants.get().removed_at] == [1, None]


def test_a_phone_that_is_used_stays_connected_and_one_that_is_not_is_forgotten_after_some_months(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    lifetimes: tuple[tuple[Participant | Facilitator, int], ...] = ((nadia, 180), (camille, 90))
    for person, lifetime in lifetimes:
        used, unused = client_for(person), client_for(person)
        Device.objects.update(used_at=F("used_at") - timedelta(days=lifetime - 1))
        sent = used.post(f"/{forum.code}/hello/")
        name = participant_cookie(forum) if person == nadia else FACILITATOR_COOKIE
        assert (sent.cookies[name]["max-age"], sent.cookies[name].value) == (
            lifetime * 24 * 3600, used.cookies[name].value
        )  # fmt: skip
        assert name not in used.post(f"/{forum.code}/hello/").cookies  # once a day
        Device.objects.update(used_at=F("used_at") - timedelta(days=2))
        Device.delete_unused()
        assert list(person.devices.values_list("token_fingerprint")) == [(fingerprint(sent.cookies[name].value),)]
        assert unused.post(f"/{forum.code}/me/").status_code in (302, 403, 404)


def test_a_phone_that_was_disconnected_does_not_come_back_with_the_form_by_which_it_joined(
    stranger: Client, client_for: ClientFor, forum: Forum
) -> None:
    form = {**NADIA, "key": "k1"}
    stranger.post(f"/{forum.code}/join/", form)
    Device.objects.update(created_at=F("created_at") - timedelta(minutes=5))
    Submission.objects.update(made_at=F("made_at") - timedelta(minutes=5))
    in_hand = client_for(forum.participants.get())
    in_hand.post(f"/{forum.code}/me/disconnect/")
    stranger.post(f"/{forum.code}/join/", form)
    assert [client.get(f"/{forum.code}/me/").status_code for client in (in_hand, stranger)] == [200, 302]


def test_someone_removed_is_a_stranger_again(
    forum: Forum, nadia: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    nadia.remove(as_camille)
    assert client.get(f"/{forum.code}/me/").headers["Location"] == f"/{forum.code}/"


def test_a_new_name_shows_on_the_topics_already_proposed(
    forum: Forum, nadia: Participant, topic: object, client_for: ClientFor
) -> None:
    client = client_for(nadia)
    client.post(f"/{forum.code}/me/", {**NADIA, "name": "Nadia F.-Lemaire"})
    assert "Nadia F.-Lemaire ·" in text_of(client.get(f"/{forum.code}/")).replace("\n", " ")


def test_an_unknown_person_is_shown_nothing_of_a_forum(forum: Forum, camille: Facilitator, stranger: Client) -> None:
    page = text_of(stranger.get(f"/{forum.code}/wall/", follow=True))
    assert forum.question in page
    assert "data-live" not in page


def test_a_code_asked_for_by_a_lost_phone_ends_with_it(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    lost, nadia_phone = client_for(nadia), client_for(nadia)
    lost.post(f"/{forum.code}/me/code/")
    nadia_phone.post(f"/{forum.code}/me/disconnect/")
    assert (nadia.devices.count(), OneTimeCode.objects.count()) == (1, 0)


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example/", "/" + "x" * 300])
def test_joining_leads_to_no_other_site(day: Forum, client_for: ClientFor, bad: str) -> None:
    move(day, Phase.GROUPS)
    page = client_for(None).post(reverse("join", args=[day.code]), {"name": "Lina", "appearance": "full", "next": bad})
    assert page.headers["Location"] == reverse("board", args=[day.code])
