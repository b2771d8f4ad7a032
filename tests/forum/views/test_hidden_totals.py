"""Hidden totals: while people choose, neither phones nor the wall receive the numbers of interested people."""

import re
from typing import Any

import pytest

from forum.models import Actor, Facilitator, Forum, Participant, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move

pytestmark = pytest.mark.django_db

WANTED = 7


@pytest.fixture
def secret(forum: Forum, topic: Topic) -> Forum:
    """The forum with hidden totals, where seven people want to go to the only topic."""
    for n in range(WANTED):
        person = Participant.join(forum, name=f"Voisine {n}")
        topic.set_interest(person, True, Actor(person))
    Forum.objects.filter(pk=forum.pk).update(hides_totals=True)
    return Forum.objects.get(pk=forum.pk)


def totals_in(html: str) -> list[str]:
    """Return the numbers beside a word on interest, and the names of those who are interested."""
    return re.findall(r"\d+ (?:interested|to come|people are interested)|<li>Voisine \d", html)


def in_english(client: Any) -> Any:
    client.cookies["django_language"] = "en"
    return client


def test_phones_and_the_wall_show_no_total(
    secret: Forum, topic: Topic, theo: Participant, client_for: ClientFor
) -> None:
    phone = in_english(client_for(theo))
    for path in (f"/{secret.code}/", f"/{secret.code}/wall/", topic.get_absolute_url()):
        assert totals_in(phone.get(path).content.decode()) == []


def test_no_total_comes_over_the_live_board(
    secret: Forum, topic: Topic, theo: Participant, client_for: ClientFor
) -> None:
    phone = in_english(client_for(theo))
    topic.set_interest(theo, True, Actor(theo))
    for audience in ("phone", "wall", "page"):
        for since in (secret.revision, -1):
            query = {"as": audience, "since": since, "epoch": secret.epoch, "watch": f"topic-{topic.pk}"}
            assert totals_in(phone.get(f"/{secret.code}/live/", query).json()["html"]) == []
    assert phone.get(f"/{secret.code}/live/", {"as": "desk"}).status_code == 404


def test_its_convener_sees_no_total_either(
    secret: Forum, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    page = in_english(client_for(nadia)).get(topic.get_absolute_url()).content.decode()
    assert totals_in(page) == []


def test_facilitators_go_on_seeing_them(
    secret: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    laptop = in_english(client_for(camille))
    desk = laptop.get(f"/{secret.code}/desk/").content.decode()
    page = laptop.get(topic.get_absolute_url()).content.decode()
    assert (totals_in(desk)[0], totals_in(page)[0]) == (f"{WANTED} to come", f"{WANTED} people are interested")


def test_everyone_sees_them_once_people_have_chosen(
    secret: Forum, topic: Topic, theo: Participant, client_for: ClientFor
) -> None:
    move(secret, Phase.GROUPS)
    page = in_english(client_for(theo)).get(topic.get_absolute_url()).content.decode()
    assert totals_in(page)[0] == f"{WANTED} people are interested"


def test_without_the_option_phones_and_the_wall_show_totals(
    secret: Forum, theo: Participant, client_for: ClientFor
) -> None:
    secret.hides_totals = False
    secret.describe(Actor())
    phone = in_english(client_for(theo))
    totals = [totals_in(phone.get(f"/{secret.code}/{path}").content.decode()) for path in ("", "wall/")]
    assert totals == [[f"{WANTED} interested"]] * 2
