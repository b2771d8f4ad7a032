"""The test page, which notes the phones that open it and what they report."""

import time
from typing import Any

import pytest
from django.test import Client

from forum.checks import phone_tests
from forum.models import Forum
from tests.conftest import ClientFor
from tests.page_texts import text_of


def report(client: Client, forum: Forum, **fields: str) -> Any:
    """Report to the server as the test page does."""
    return client.post(f"/{forum.code}/hello/", fields, REMOTE_ADDR="192.168.1.77", HTTP_USER_AGENT="X (iPhone; OS)")


def test_a_stranger_who_opens_the_test_page_is_recorded_as_a_phone(forum: Forum, client_for: ClientFor) -> None:
    client = client_for(None)
    response = client.get(f"/{forum.code}/hello/", REMOTE_ADDR="192.168.1.77", HTTP_USER_AGENT="X (iPhone; OS)")
    assert response.status_code == 200
    (phone,) = phone_tests.recent(forum.pk)
    assert (phone.kind, phone.is_this_computer, phone.sockets, phone.drift) == ("iPhone", False, None, None)
    assert forum.participants.count() == 0


def test_a_phone_keeps_its_results_when_a_later_report_has_none(forum: Forum, client_for: ClientFor) -> None:
    client = client_for(None)
    client.get(f"/{forum.code}/hello/", REMOTE_ADDR="192.168.1.77")
    now = report(client, forum, sockets="yes", drift="-1500").json()["now"]
    assert abs(now - time.time() * 1000) < 5000
    report(client, forum)
    assert [(phone.sockets, phone.drift) for phone in phone_tests.recent(forum.pk)] == [(True, -1500)]


@pytest.mark.parametrize("drift", ["", "x", "1e9", "9" * 15, "9" * 4000, "--1", "²"])
def test_an_invalid_report_of_a_clock_is_ignored(drift: str, forum: Forum, client_for: ClientFor) -> None:
    assert report(client_for(None), forum, sockets="perhaps", drift=drift).status_code == 200
    assert [(phone.sockets, phone.drift) for phone in phone_tests.recent(forum.pk)] == [(None, None)]


def test_on_this_computer_the_test_page_asks_for_a_phone(forum: Forum, client_for: ClientFor) -> None:
    assert "Ouvrez cette page avec un téléphone" in text_of(client_for(None).get(f"/{forum.code}/hello/"))
    assert [phone.is_this_computer for phone in phone_tests.recent(forum.pk)] == [True]
