"""Floods: a script is stopped and told when to come back; a hall, a shared laptop and facilitators never are."""

import json
import re
import time
from typing import Any

import pytest
from django.test import Client

from forum.auth.throttling import floods
from forum.models import Actor, Facilitator, Forum, Group, Participant, Topic
from forum.models.participant import Participant as Model
from forum.phases import Phase
from tests.conftest import ClientFor, move


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which floods are measured, in seconds."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def propose(client: Client, forum: Forum, n: int, **headers: str) -> Any:
    return client.post(f"/{forum.code}/topics/new/", {"title": f"Sujet numéro {n}", "key": str(n)}, headers=headers)


def test_a_script_that_proposes_topics_is_told_when_to_come_back_and_gets_its_words_again(
    forum: Forum, theo: Participant, client_for: ClientFor, clock: list[float]
) -> None:
    phone = client_for(theo)
    statuses = [propose(phone, forum, n).status_code for n in range(40)]
    assert statuses == [302] * 30 + [429] * 10
    answer = propose(phone, forum, 40)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "20")
    page = answer.content.decode()
    assert "Renvoyez dans 20 secondes" in page
    assert 'value="Sujet numéro 40"' in page
    assert forum.topics.count() == 30
    clock[0] += 20
    assert [propose(phone, forum, n).status_code for n in (40, 41)] == [302, 429]


def test_a_live_page_shows_when_to_come_back(
    forum: Forum, topic: Topic, theo: Participant, client_for: ClientFor, clock: list[float]
) -> None:
    phone, address = client_for(theo), f"{topic.get_absolute_url()}interest/"
    for _n in range(floods.LIMITS["interest"].most):
        floods.allowances.take(str(theo.pk), "interest")
    answer = phone.post(address, {"going": "yes"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert "Renvoyez dans 2 secondes" in json.loads(answer.headers["HX-Trigger"])["say"]["text"]


def test_an_upload_is_told_in_json(
    forum: Forum, group: Group, nadia: Participant, client_for: ClientFor, clock: list[float]
) -> None:
    move(forum, Phase.GROUPS)
    for _n in range(floods.LIMITS["upload_photo"].most):
        floods.allowances.take(str(nadia.pk), "upload_photo")
    address = f"{group.topic.get_absolute_url()}report/photos/upload/{'ab' * 16}/?offset=0&size=4"
    answer = client_for(nadia).post(address, b"\xff\xd8\xff\xd8", content_type="application/octet-stream")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "Renvoyez dans" in answer.json()["problem"]


def test_what_has_no_form_of_its_own_comes_back_on_the_page_of_the_refusal(
    forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor, clock: list[float]
) -> None:
    move(forum, Phase.GROUPS)
    for _n in range(floods.LIMITS["comment"].most):
        floods.allowances.take(str(nadia.pk), "comment")
    form = {"text": "Chez nous aussi & ailleurs", "concerns_us": "on", "key": "k1"}
    answer = client_for(nadia).post(f"{topic.get_absolute_url()}report/comments/", form)
    page = answer.content.decode()
    assert answer.status_code == 429
    for shown in (
        'name="key" value="k1"',
        'name="text" value="Chez nous aussi &amp; ailleurs"',
        'name="concerns_us" value="on"',
    ):
        assert shown in page
    assert re.findall(r'<p class="prose">(.*)</p>', page) == ["Chez nous aussi &amp; ailleurs"]


def test_the_devices_of_one_person_count_together(
    forum: Forum, theo: Participant, client_for: ClientFor, clock: list[float]
) -> None:
    phones = [client_for(theo) for _n in range(4)]
    statuses = [propose(phones[n % 4], forum, n).status_code for n in range(32)]
    assert statuses == [302] * 30 + [429] * 2


def test_facilitators_type_for_everyone_and_are_never_held_up(
    forum: Forum, camille: Facilitator, client_for: ClientFor, clock: list[float]
) -> None:
    desk = client_for(camille)
    assert {propose(desk, forum, n).status_code for n in range(60)} == {302}


@pytest.mark.django_db
def test_a_hall_of_two_thousand_behind_one_address_arrives_and_some_come_twice(
    forum: Forum, clock: list[float]
) -> None:
    waits = {floods.wait_of(forum, Actor(), "192.0.2.1", "join") for _n in range(2_400)}
    assert waits == {0}
    for _n in range(100):
        floods.wait_of(forum, Actor(), "192.0.2.1", "join")
    assert floods.wait_of(forum, Actor(), "192.0.2.1", "join") == 1
    assert floods.wait_of(forum, Actor(), "192.0.2.2", "join") == 0


def test_who_joins_too_often_gets_the_form_again_with_the_sentence(
    forum: Forum, client_for: ClientFor, clock: list[float]
) -> None:
    for _n in range(floods.LIMITS["join"].most):
        floods.wait_of(forum, Actor(), "127.0.0.1", "join")
    answer = client_for(None).post(f"/{forum.code}/join/", {"name": "Inès Roy", "appearance": "full"})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "Renvoyez dans 1 seconde" in page
    assert 'value="Inès Roy"' in page


def test_a_rehearsal_may_be_repeated_at_once(forum: Forum, clock: list[float]) -> None:
    forum.is_rehearsal = True
    assert {floods.wait_of(forum, Actor(), "127.0.0.1", "join") for _n in range(6_000)} == {0}


def test_a_forum_that_is_full_sends_newcomers_to_a_facilitator(
    forum: Forum, theo: Participant, camille: Facilitator, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "MAX_PARTICIPANTS", 1)
    form = {"name": "Inès Roy", "appearance": "full"}
    answer = client_for(None).post(f"/{forum.code}/join/", form)
    assert (answer.status_code, "qui peut vous inscrire" in answer.content.decode()) == (422, True)
    assert client_for(camille).post(f"/{forum.code}/desk/people/", form).status_code == 302
    assert forum.participants.count() == 2


def test_somebody_who_plays_and_a_table_with_one_laptop_meet_no_limit() -> None:
    """Sixty topics tapped three times; ten topics a minute for a table, for three minutes."""
    assert [floods.allowances.take("plays", "interest") for _n in range(180)] == [0] * 180
    assert [floods.allowances.take("table", "propose") for _n in range(30)] == [0] * 30


ALLOWANCES = {
    (2_500, 10): {"join"},
    (3_000, 10): {"upload_photo", "upload_sheet"},
    (3_000, 5): {"writing"},
    (600, 5): {"report", "action", "photo"},
    (200, 5): {"interest"},
    (100, 5): {"presence", "roam"},
    (30, 10): {"me", "propose", "comment", "finish_report", "restore_version"},
    (20, 10): {"split", "feedback", "photos", "sheet"},
    (10, 10): {"second_device"},
}
"""How many at once, and the minutes in which they come back → URL names."""


def test_each_form_has_its_allowance_and_all_others_share_one(clock: list[float]) -> None:
    names = {name: (most, minutes) for (most, minutes), names in ALLOWANCES.items() for name in names}
    assert {name: (limit.most, limit.period / 60) for name, limit in floods.LIMITS.items()} == names
    assert (floods.USUAL.most, floods.USUAL.period) == (120, 5 * 60)
    assert [floods.allowances.take("script", ("pitch", "merge")[n % 2]) for n in range(122)] == [0] * 120 + [3, 3]
    assert floods.allowances.take("script", "propose") == floods.allowances.take("neighbour", "pitch") == 0


def test_an_allowance_comes_back_evenly_and_never_grows(clock: list[float]) -> None:
    def sent() -> int:
        return sum(floods.allowances.take("phone", "second_device") == 0 for _n in range(30))

    assert sent() == 10
    clock[0] += 60
    assert sent() == 1
    clock[0] += 150
    assert sent() == 2
    clock[0] += 30  # half a minute was left over
    assert sent() == 1
    clock[0] += 24 * 3600
    assert sent() == 10
    assert floods.allowances.take("phone", "second_device") == 60


def test_what_is_forgotten_when_too_many_are_remembered_is_first_what_is_whole_again(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floods.Allowances, "MOST", 3)

    def may_send(sender: str) -> bool:
        return floods.allowances.take(sender, "second_device") == 0

    for _n in range(10):
        may_send("script")
    may_send("whole again")
    clock[0] += 61
    may_send("third")
    assert [may_send("script"), may_send("script")] == [True, False]
    may_send("fourth")
    may_send("fifth")
    assert may_send("script")  # all were forgotten


def test_only_so_many_senders_are_remembered(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floods.Allowances, "MOST", 3)
    for _n in range(30):
        floods.allowances.take("flood", "propose")
    for n in range(5):
        floods.allowances.take(f"sender {n}", "propose")
        clock[0] += 30
    assert floods.allowances.take("flood", "propose") == 0  # 150 seconds gave back some
    assert len(floods.allowances._whole_at) <= 3


def test_a_duration_is_said_in_seconds_then_in_minutes() -> None:
    assert [floods.duration(seconds) for seconds in (1, 60, 61, 150)] == [
        "1 seconde", "60 secondes", "2 minutes", "3 minutes",
    ]  # fmt: skip
