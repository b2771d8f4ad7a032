"""Places: added during the day, and the page of a place."""

import json
import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forum.forms.agenda_text import MAX_LINES
from forum.live.board_query import MAX_WATCHED, BoardQuery
from forum.models import Actor, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated


def cells_by_number() -> dict[int, tuple[Slot | None, Place | None, str]]:
    """Return the slot, the place and the other place of each topic, by its number."""
    groups = Group.objects.select_related("topic", "slot", "place")
    return {group.topic.number: (group.slot, group.place, group.elsewhere) for group in groups}


def undo_last(forum: Forum, as_camille: Actor) -> None:
    entry = forum.journal.latest("revision")
    entry.forum = Forum.objects.get(pk=forum.pk)
    entry.undo(as_camille)


@pytest.fixture
def phone(theo: Participant, client_for: ClientFor) -> Client:
    return client_for(theo)


def get_place_page(desk: Client, place: Place) -> Any:
    return desk.get(reverse("place_page", args=[place.forum.code, place.pk]))


def test_a_place_is_added_on_the_spot_after_the_others(english_desk: Client, forum: Forum, as_camille: Actor) -> None:
    response = english_desk.post(reverse("add_place", args=[forum.code]), {"name": " Sous  le tilleul ", "seats": "12"})

    assert response.headers["Location"] == reverse("desk", args=[forum.code])
    assert list(Place.objects.values_list("name", "seats"))[-1] == ("Sous le tilleul", 12)
    undo_last(forum, as_camille)
    assert not Place.objects.filter(name="Sous le tilleul").exists()


def test_a_topic_goes_at_once_to_the_place_that_is_added_for_it(
    english_desk: Client, forum: Forum, theo_topic: Topic, slot: Slot
) -> None:
    chosen = {"name": "Le kiosque", "topic": theo_topic.number, "slot": slot.pk}
    response = english_desk.post(reverse("add_place", args=[forum.code]), chosen, headers={"hx-request": "true"})

    assert response.status_code == 204
    assert cells_by_number() == {1: (slot, Place.objects.get(name="Le kiosque"), "")}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"name": "le préau"}, "There is already a place of this name."),
        ({"name": "  "}, "This field is required."),
        ({"name": "Cour", "seats": "99999"}, "That is too many seats."),
        (
            {"name": "Cour", "topic": "77", "slot": "1"},
            "This topic or slot is no longer on the agenda. Choose another one.",
        ),
    ],
)
def test_a_refused_place_gives_its_reason_and_keeps_what_was_typed(
    english_desk: Client, forum: Forum, sent: dict[str, str], reason: str
) -> None:
    response = english_desk.post(reverse("add_place", args=[forum.code]), sent)
    page = response.content.decode()

    assert (response.status_code, re.findall(r"<li>(.*?)</li>", page), Place.objects.count()) == (422, [reason], 2)
    assert sent["name"].strip() in page
    live = english_desk.post(reverse("add_place", args=[forum.code]), sent, headers={"hx-request": "true"})
    assert (live.status_code, json.loads(live.headers["HX-Trigger"])["say"]["text"]) == (409, reason)


def test_the_sign_of_a_place_leads_through_the_entrance_back_to_its_page(
    day: Forum, hall: Place, client_for: ClientFor
) -> None:
    sign = reverse("place_page", args=[day.code, hall.pk])
    entrance = client_for(None).get(sign, follow=True)
    assert f'name="next" value="{sign}"' in entrance.content.decode()


def test_the_page_of_a_place_shows_its_whole_day(
    day: Forum, group: Group, hall: Place, phone: Client, desk: Client
) -> None:
    move(day, Phase.GROUPS)
    text = text_of(get_place_page(phone, hall))
    for sentence in (
        hall.name,
        group.topic.title,
        "Déjeuner",
        translated("free", "fr"),
        f"/topics/{group.topic.number}/?door",
    ):
        assert sentence in text, sentence
    assert f'data-watch="now,agenda,topic-{group.topic_id}"' in text
    assert get_place_page(desk, hall).status_code == 200


def test_the_page_of_a_place_hears_of_its_last_topic_in_the_longest_agenda(
    day: Forum, hall: Place, desk: Client, nadia: Participant
) -> None:
    day.slots.all().delete()
    for n in range(MAX_LINES):
        slot = Slot.objects.create(forum=day, day=1 + n // 8, starts_at=time(8 + n % 8), minutes=60)
        topic = Topic.propose(day, f"Sujet {n}", "", nadia, Actor(nadia))
        Group.place_topic(topic, slot, hall, Actor(nadia))
    page = get_place_page(desk, hall).content.decode()
    topic.title = "Un autre titre"
    topic.edit(Actor(nadia))

    asked = {"as": "page", **dict(re.findall(r' data-(since|epoch|watch)="(.*?)"', page))}
    assert desk.get(reverse("live", args=[day.code]), asked).json()["moved"] == [f"topic-{topic.pk}"]


def test_a_page_watches_no_more_than_it_may() -> None:
    keys = ",".join(f"topic-{n}" for n in range(10_000))
    assert len(BoardQuery.parse({"watch": keys}).watched) == MAX_WATCHED


def test_the_page_of_a_place_costs_the_same_for_a_whole_week(
    day: Forum, hall: Place, desk: Client, nadia: Participant, django_assert_max_num_queries: Any
) -> None:
    for n in range(1, 8):
        slot = Slot.objects.create(forum=day, day=n, starts_at=time(16), minutes=60)
        Group.place_topic(Topic.propose(day, f"Sujet {n}", "", nadia, Actor(nadia)), slot, hall, Actor(nadia))
    with django_assert_max_num_queries(12):
        get_place_page(desk, hall)
