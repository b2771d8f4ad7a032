"""One-time codes: how long they last, that they work once, and what the journal says of them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from forum.models import Actor, Facilitator, Forum, JournalEntry, OneTimeCode, Participant, TeamRole
from forum.models.facilitator import RightsLost
from forum.models.tokens import fingerprint
from forum.models.verbs import Verb

pytestmark = pytest.mark.django_db
MINUTE, WEEK, SECOND = dt.timedelta(minutes=1), dt.timedelta(days=7), dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that moves when a test says so."""
    with time_machine.travel("2026-05-12 10:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def lea(db: None) -> Facilitator:
    """Runs no forum yet."""
    return Facilitator.create("Léa Roux")[0]


def last_entry(forum: Forum) -> JournalEntry:
    return forum.journal.latest("revision")


def test_a_code_for_a_second_device_has_six_signs_lasts_ten_minutes_and_ends_the_earlier_one(
    theo: Participant, nadia: Participant, clock: time_machine.Traveller
) -> None:
    of_nadia = OneTimeCode.for_second_device(nadia)
    former, code = OneTimeCode.for_second_device(theo), OneTimeCode.for_second_device(theo)
    found = OneTimeCode.find(code)
    assert found
    assert (len(code), found.participant, found.forum, found.invited_by) == (6, theo, None, None)
    assert (found.code_fingerprint, str(found)) == (fingerprint(code), f"one-time code {found.pk}")
    assert [OneTimeCode.find(one) is not None for one in (of_nadia, former, code)] == [True, False, True]
    clock.shift(10 * MINUTE - SECOND)
    assert OneTimeCode.find(code) == found
    clock.shift(SECOND)
    assert OneTimeCode.find(code) is None


def test_a_code_works_once_and_one_that_was_asked_for_is_not_journaled(theo: Participant, forum: Forum) -> None:
    code = OneTimeCode.find(OneTimeCode.for_second_device(theo))
    assert code
    entries = forum.journal.count()
    assert (code.use(), code.use(), code.consume(), forum.journal.count()) == (True, False, False, entries)


def test_a_code_that_a_facilitator_gave_is_told_to_the_participant_and_journaled_when_given_and_when_used(
    theo: Participant, forum: Forum, camille: Facilitator, as_camille: Actor, clock: time_machine.Traveller
) -> None:
    given_at = timezone.now()
    theo.access_used_at = given_at - WEEK
    theo.save(update_fields=["access_used_at"])
    code = OneTimeCode.find(OneTimeCode.give(theo, as_camille))
    assert code
    told = Participant.objects.get(pk=theo.pk)
    assert (code.invited_by, told.access_given_at, told.access_used_at) == (camille, given_at, None)
    assert (last_entry(forum).verb, last_entry(forum).facilitator) == (Verb.GAVE_ACCESS, camille)
    clock.shift(MINUTE)
    assert code.use() is True
    entry = last_entry(forum)
    theo.refresh_from_db()
    assert (entry.verb, entry.participant, theo.access_used_at) == (Verb.USED_ACCESS, theo, given_at + MINUTE)
    assert (code.use(), last_entry(forum)) == (False, entry)


def test_an_invitation_lasts_a_week_and_says_who_invites_in_which_role(
    forum: Forum, camille: Facilitator, as_camille: Actor, clock: time_machine.Traveller
) -> None:
    links = [OneTimeCode.invite(forum, as_camille), OneTimeCode.invite(forum, as_camille, TeamRole.OPERATOR)]
    entry, invited_at = last_entry(forum), timezone.now()
    assert (entry.verb, entry.details) == (Verb.INVITED_FACILITATOR, {"role": "operator"})
    rows: list[Any] = list(OneTimeCode.objects.order_by("pk").values_list("forum", "invited_by", "participant", "role"))
    assert rows == [(forum.pk, camille.pk, None, "facilitator"), (forum.pk, camille.pk, None, "operator")]
    clock.shift(WEEK - SECOND)
    found = OneTimeCode.find(links[1])
    assert found
    assert found.invited_at == invited_at
    clock.shift(SECOND)
    assert OneTimeCode.find(links[1]) is None


def test_the_first_facilitator_comes_by_a_link_to_no_forum() -> None:
    code = OneTimeCode.find(OneTimeCode.for_facilitator())
    assert code
    assert (code.forum, code.invited_by, code.role, code.participant) == (None, None, TeamRole.FACILITATOR, None)


def test_accepting_an_invitation_gives_its_role_and_keeps_that_of_somebody_who_runs_the_forum(
    forum: Forum, camille: Facilitator, as_camille: Actor, lea: Facilitator
) -> None:
    code = OneTimeCode.find(OneTimeCode.invite(forum, as_camille, TeamRole.OPERATOR))
    assert code
    for person in (lea, camille):
        code.accept(forum, person)
        entry = last_entry(forum)
        assert (entry.verb, entry.facilitator) == (Verb.ACCEPTED_INVITATION, person)
        assert entry.details == {"role": "operator", "facilitator": "Camille Dufour"}
    roles = forum.facilitators.through.objects.filter(forum=forum).order_by("pk").values_list("facilitator", "role")
    assert list(roles) == [(camille.pk, "facilitator"), (lea.pk, "operator")]


def test_the_journal_names_nobody_when_an_invitation_came_from_nobody(forum: Forum, lea: Facilitator) -> None:
    code = OneTimeCode.find(OneTimeCode.for_facilitator(forum))
    assert code
    code.accept(forum, lea)
    assert last_entry(forum).details == {"role": "facilitator"}


def test_an_invitation_that_is_ended_lets_nobody_in(forum: Forum, as_camille: Actor) -> None:
    link = OneTimeCode.invite(forum, as_camille)
    code = OneTimeCode.find(link)
    assert code
    code.revoke(forum, as_camille)
    assert (OneTimeCode.find(link), last_entry(forum).verb) == (None, Verb.ENDED_INVITATION)


def test_somebody_who_runs_the_forum_no_more_neither_invites_nor_ends_an_invitation(
    forum: Forum, as_camille: Actor, camille: Facilitator
) -> None:
    link = OneTimeCode.invite(forum, as_camille)
    code = OneTimeCode.find(link)
    assert code
    forum.facilitators.remove(camille)
    with pytest.raises(RightsLost):
        OneTimeCode.invite(forum, as_camille)
    with pytest.raises(RightsLost):
        code.revoke(forum, as_camille)
    assert (OneTimeCode.find(link), OneTimeCode.objects.count()) == (code, 1)
