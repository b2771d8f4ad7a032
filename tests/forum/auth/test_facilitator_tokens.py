"""Which facilitators' tokens are trusted, and for how long."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import Error

from forum.auth import facilitator_tokens
from forum.auth.facilitator_tokens import FacilitatorTokenCache
from forum.models import Device, Facilitator, Participant

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that moves when a test says so."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(facilitator_tokens, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def tokens() -> FacilitatorTokenCache:
    return FacilitatorTokenCache()


def test_a_token_is_known_once_it_was_looked_up_and_a_revoked_one_no_more_after_a_minute(
    camille: Facilitator, tokens: FacilitatorTokenCache, clock: SimpleNamespace
) -> None:
    token = Device.issue(camille)
    known = [tokens.knows(token)]
    tokens.refresh(token)
    known.append(tokens.knows(token))
    Device.objects.all().delete()
    for seconds in (59.9, 0.1):
        clock.now += seconds
        tokens.refresh(token)
        known.append(tokens.knows(token))
    assert known == [False, True, True, False]


def test_neither_a_made_up_token_nor_none_nor_that_of_a_participant_is_known(
    theo: Participant, tokens: FacilitatorTokenCache
) -> None:
    others = ("made-up", "", Device.issue(theo))
    for token in others:
        tokens.refresh(token)
    assert [tokens.knows(token) for token in others] == [False] * 3


def test_a_known_token_costs_no_query_for_a_minute(
    camille: Facilitator, tokens: FacilitatorTokenCache, clock: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    token = Device.issue(camille)
    for seconds, queries in ((0, 1), (59.9, 0), (0.1, 1), (59.9, 0)):
        clock.now += seconds
        with django_assert_num_queries(queries):
            tokens.refresh(token)


def test_no_token_costs_no_query(tokens: FacilitatorTokenCache, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        tokens.refresh("")


def test_a_token_stays_known_while_the_database_is_away(
    camille: Facilitator, tokens: FacilitatorTokenCache, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_cookies: dict[str, str]) -> None:
        raise Error

    token = Device.issue(camille)
    tokens.refresh(token)
    clock.now += 60
    monkeypatch.setattr(facilitator_tokens, "facilitator_of", away)
    tokens.refresh(token)
    assert tokens.knows(token)


def test_all_are_looked_up_anew_once_five_hundred_are_known(
    tokens: FacilitatorTokenCache, camille: Facilitator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facilitator_tokens, "facilitator_of", lambda _cookies: camille)
    known = []
    for n in range(501):
        tokens.refresh(f"token {n}")
        known.append(sum(tokens.knows(f"token {m}") for m in range(n + 1)))
    assert known == [*range(1, 501), 1]
