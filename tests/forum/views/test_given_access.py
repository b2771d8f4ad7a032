"""A facilitator's code for somebody's phone leaves a trace, and that person sees it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from forum.live.marks import marks_of
from forum.models import Device, Facilitator, Forum, OneTimeCode, Participant
from tests.conftest import ClientFor
from tests.page_texts import text_of

NOON = "2026-05-12T10:42:00Z"
"""12:42 in Arras."""


@pytest.fixture
def phone(nadia: Participant, client_for: ClientFor) -> Client:
    """The phone that Nadia had before."""
    with time_machine.travel("2026-05-12T08:00:00Z", tick=False):
        return client_for(nadia)


def give_code(forum: Forum, camille: Facilitator, nadia: Participant, client_for: ClientFor) -> str:
    page = client_for(camille).post(f"/{forum.code}/desk/people/{nadia.pk}/code/").content.decode()
    (code,) = re.findall(r'<p class="code">(\w+)</p>', page)
    return str(code)


def own_page(phone: Client, forum: Forum) -> str:
    return text_of(phone.get(f"/{forum.code}/me/"))


@time_machine.travel(NOON, tick=False)
def test_the_person_sees_when_a_facilitator_opened_an_access_and_when_a_device_used_it(
    forum: Forum, nadia: Participant, camille: Facilitator, phone: Client, client_for: ClientFor
) -> None:
    assert "un accès à votre place" not in own_page(phone, forum)
    code = give_code(forum, camille, nadia, client_for)
    assert "À 12 h 42, une personne de l’animation a ouvert un accès à votre place" in own_page(phone, forum)
    assert marks_of([nadia.pk])[nadia.pk]["access"] == [nadia.pk]
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        other = client_for(None)
        assert other.post(f"/{forum.code}/other-phone/", {"code": code}).status_code == 302
        assert "Un appareil est entré avec à 12 h 44" in own_page(phone, forum)
        marks = marks_of([nadia.pk])[nadia.pk]
        assert ("access" in marks, marks["accessed"]) == (False, [nadia.pk])


@time_machine.travel(NOON, tick=False)
def test_the_journal_says_who_gave_the_code_to_whom_and_that_it_was_used(
    forum: Forum, nadia: Participant, camille: Facilitator, phone: Client, client_for: ClientFor
) -> None:
    code = give_code(forum, camille, nadia, client_for)
    client_for(None).post(f"/{forum.code}/other-phone/", {"code": code})
    given, used = forum.journal.order_by("-revision")[:2][::-1]
    assert (given.verb, given.facilitator, given.can_be_undone) == ("gave a code for a phone", camille, False)
    assert (used.verb, used.participant) == ("came with a given code", nadia)
    page = text_of(client_for(camille).get(f"/{forum.code}/desk/journal/"))
    assert 'Camille Dufour</b> a donné un code pour un autre téléphone <span class="soft">Nadia Ferrand' in page


@time_machine.travel(NOON, tick=False)
def test_to_disconnect_the_others_ends_what_the_code_let_in_and_the_notice(
    forum: Forum, nadia: Participant, camille: Facilitator, phone: Client, client_for: ClientFor
) -> None:
    code = give_code(forum, camille, nadia, client_for)
    other = client_for(None)
    other.post(f"/{forum.code}/other-phone/", {"code": code})
    phone.post(f"/{forum.code}/me/disconnect/")
    assert (Device.objects.filter(participant=nadia).count(), marks_of([nadia.pk])[nadia.pk].get("accessed")) == (
        1,
        None,
    )
    assert "un accès à votre place" not in own_page(phone, forum)


@time_machine.travel(NOON, tick=False)
def test_a_code_that_nobody_used_ends_with_the_notice_of_a_person_who_did_not_ask_for_it(
    forum: Forum, nadia: Participant, camille: Facilitator, phone: Client, client_for: ClientFor
) -> None:
    code = give_code(forum, camille, nadia, client_for)
    phone.post(f"/{forum.code}/me/disconnect/")
    assert client_for(None).post(f"/{forum.code}/other-phone/", {"code": code}).status_code == 422


@time_machine.travel(NOON, tick=False)
def test_only_a_device_that_was_there_before_says_that_the_person_asked_for_it(
    forum: Forum, nadia: Participant, camille: Facilitator, phone: Client, client_for: ClientFor
) -> None:
    code = give_code(forum, camille, nadia, client_for)
    other = client_for(None)
    other.post(f"/{forum.code}/other-phone/", {"code": code})
    assert other.post(f"/{forum.code}/me/access/").status_code == 409
    assert "un accès à votre place" in own_page(phone, forum)
    assert phone.post(f"/{forum.code}/me/access/").status_code == 302
    assert "un accès à votre place" not in own_page(phone, forum)
    assert nadia.devices.count() == 2


def test_somebody_whose_first_phone_is_lost_answers_on_the_new_one(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    code = give_code(forum, camille, nadia, client_for)
    phone = client_for(None)
    phone.post(f"/{forum.code}/other-phone/", {"code": code})
    assert phone.post(f"/{forum.code}/me/access/").status_code == 302


def test_a_facilitator_who_changes_their_link_ends_the_codes_that_it_gave(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    code = give_code(forum, camille, nadia, client_for)
    camille.change_link()
    assert OneTimeCode.find(code) is None


def test_a_code_of_ones_own_is_nobody_elses_business(forum: Forum, nadia: Participant, client_for: ClientFor) -> None:
    phone, revision = client_for(nadia), Forum.objects.get().revision
    page = phone.post(f"/{forum.code}/me/code/").content.decode()
    (code,) = re.findall(r'<p class="code">(\w+)</p>', page)
    client_for(None).post(f"/{forum.code}/other-phone/", {"code": code})
    assert (Forum.objects.get().revision, nadia.devices.count()) == (revision, 2)
    assert "un accès à votre place" not in own_page(phone, forum)
