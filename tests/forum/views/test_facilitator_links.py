"""Invitations and personal links."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forum.auth.identity import FACILITATOR_COOKIE
from forum.models import Facilitator, Forum, OneTimeCode, Participant
from tests.conftest import ClientFor, wait_for_early_in_the_minute


@pytest.fixture
def browser(camille: Facilitator, client_for: ClientFor) -> Client:
    """The facilitator’s browser, in English."""
    return in_english(client_for(camille))


def in_english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def test_the_link_to_begin_works_once(db: None, client_for: ClientFor) -> None:
    path = reverse("accept_invitation", args=[OneTimeCode.for_facilitator()])
    first, second = in_english(client_for(None)), in_english(client_for(None))
    assert first.get(path).status_code == 200

    page = first.post(path, {"name": "  Camille  Dufour "}).content.decode()
    assert [f.name for f in Facilitator.objects.all()] == ["Camille Dufour"]
    assert first.get("/facilitator/").status_code == 200
    response = second.post(path, {"name": "Voleuse"})
    assert (response.status_code, Facilitator.objects.count()) == (404, 1)
    assert "This link opens nothing" in response.content.decode()
    # The personal link, shown on that page only, lets the same person in from elsewhere.
    (personal,) = re.findall(r'id="personal-link">https?://[^/]+(/facilitator/[^<]+)<', page)
    assert second.get(personal).headers["Location"] == "/facilitator/"
    assert second.get("/facilitator/").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_refused_name_leaves_the_link_intact(db: None, client_for: ClientFor, name: str) -> None:
    path = reverse("accept_invitation", args=[OneTimeCode.for_facilitator()])
    response = in_english(client_for(None)).post(path, {"name": name})

    assert (response.status_code, Facilitator.objects.count(), OneTimeCode.objects.count()) == (422, 0, 1)
    assert "Your name is needed" in response.content.decode()


def test_an_old_link_and_a_participants_code_make_no_facilitator(
    forum: Forum, nadia: Participant, client_for: ClientFor
) -> None:
    old = OneTimeCode.for_facilitator(forum)
    OneTimeCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    code = OneTimeCode.for_second_device(nadia)

    responses = [
        client_for(None).post(reverse("accept_invitation", args=[secret]), {"name": "x"})
        for secret in (old, code, "nothing")
    ]
    assert [response.status_code for response in responses] == [404, 404, 404]
    assert Facilitator.objects.count() == 1


def test_an_invitation_adds_a_forum_to_someone_who_is_a_facilitator_already(
    browser: Client, camille: Facilitator
) -> None:
    other = Forum.objects.create(title="Autre journée", question="?")
    path = reverse("accept_invitation", args=[OneTimeCode.for_facilitator(other)])
    assert "Go in as Camille Dufour" in browser.get(path).content.decode()

    response = browser.post(path)
    assert response.headers["Location"] == reverse("desk", args=[other.code])
    assert (list(other.facilitators.all()), Facilitator.objects.count()) == ([camille], 1)


def test_the_personal_link_leads_to_the_only_forum_and_to_the_list_of_several(db: None, client_for: ClientFor) -> None:
    me, secret = Facilitator.create("Camille")
    path = reverse("enter_by_link", args=[secret])
    forums = [Forum.objects.create(title=title, question="?") for title in ("Un", "Deux")]
    forums[0].facilitators.add(me)

    response = client_for(None).get(path)
    assert response.headers["Location"] == reverse("desk", args=[forums[0].code])
    assert (response.cookies[FACILITATOR_COOKIE]["httponly"], response.cookies[FACILITATOR_COOKIE]["samesite"]) == (
        True,
        "Lax",
    )
    forums[1].facilitators.add(me)
    assert client_for(None).get(path).headers["Location"] == "/facilitator/"


def test_a_wrong_personal_link_opens_nothing_and_guessing_is_slowed_down(db: None, client_for: ClientFor) -> None:
    guesser = in_english(client_for(None))
    wait_for_early_in_the_minute()
    responses = [guesser.get(reverse("enter_by_link", args=[f"guess-{n}"])) for n in range(61)]

    assert [response.status_code for response in responses] == [404] * 60 + [429]
    assert FACILITATOR_COOKIE not in guesser.cookies


def test_a_changed_link_shuts_the_old_one_and_the_other_devices(
    browser: Client, camille: Facilitator, forum: Forum, client_for: ClientFor
) -> None:
    old, laptop = camille.replace_link(), client_for(camille)
    page = browser.post("/facilitator/link/").content.decode()
    (new,) = re.findall(r'id="personal-link">https?://[^/]+(/facilitator/[^<]+)<', page)

    assert (browser.get("/facilitator/").status_code, laptop.get("/facilitator/").status_code) == (200, 403)
    assert client_for(None).get(reverse("enter_by_link", args=[old])).status_code == 404
    assert client_for(None).get(new).status_code == 302
    # The sockets of open pages read the journal, and shut those of the other devices.
    assert forum.journal.latest("revision").invalidated == [f"rights-facilitator-{camille.pk}"]
