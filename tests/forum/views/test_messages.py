"""Messages: to everyone, to a slot, to the people of a topic, and those that the app sends when a group moves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forum.live import board as boards
from forum.live import catch_up
from forum.live.audience import BOARDS, Audience
from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Message, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated


def send(desk: Client, forum: Forum, **data: str) -> Any:
    return desk.post(reverse("messages", args=[forum.code]), data)


def board_html(forum: Forum, audience: Audience) -> str:
    return boards.Board(Forum.objects.get(pk=forum.pk), audience).html()


def sent_messages() -> list[tuple[str, Slot | None, Topic | None]]:
    return [(message.text, message.slot, message.topic) for message in Message.objects.order_by("pk")]


def test_a_message_goes_to_everyone_to_a_slot_or_to_the_people_of_a_topic(
    desk: Client, forum: Forum, topic: Topic, slot: Slot, camille: Facilitator
) -> None:
    send(desk, forum, text=" Le café  est servi. ", to="everyone")
    send(desk, forum, text="On commence en retard.", to=f"slot-{slot.pk}")
    response = send(desk, forum, text="Votre salle est ouverte.", to=f"topic-{topic.pk}")

    assert response.headers["Location"] == reverse("messages", args=[forum.code])
    assert sent_messages() == [
        ("Le café est servi.", None, None),
        ("On commence en retard.", slot, None),
        ("Votre salle est ouverte.", None, topic),
    ]
    assert {message.facilitator for message in Message.objects.all()} == {camille}


def test_the_wall_shows_only_messages_to_everyone_and_the_desk_of_a_sponsor_none(
    forum: Forum, topic: Topic, slot: Slot, as_camille: Actor
) -> None:
    Message.send(forum, "À tous.", as_camille)
    Message.send(forum, "Au créneau.", as_camille, slot=slot)
    Message.send(forum, "Au groupe.", as_camille, topic=topic)

    texts = ("À tous.", "Au créneau.", "Au groupe.")
    shown_by_audience = {audience: [text in board_html(forum, audience) for text in texts] for audience in BOARDS}
    everything, nothing = [True] * 3, [False] * 3
    assert shown_by_audience == {
        "phone": everything,
        "wall": [True, False, False],
        "desk": everything,
        "operators-desk": everything,
        "sponsors-desk": nothing,
    }


def test_a_message_costs_each_phone_less_than_a_kilobyte(forum: Forum, topic: Topic, as_camille: Actor) -> None:
    Message.send(forum, "Un premier.", as_camille)
    forum.refresh_from_db()
    since = forum.revision
    Message.send(forum, "Le café est servi.", as_camille)
    assert 0 < len(catch_up.delta(forum, Audience.PHONE, since, forum.epoch).html.encode()) < 1000


def test_a_message_that_is_taken_back_is_shown_nowhere_and_can_come_again(
    desk: Client, forum: Forum, as_camille: Actor
) -> None:
    message = Message.send(forum, "Trop tôt.", as_camille)
    desk.post(reverse("take_back", args=[forum.code, message.pk]))
    assert ["Trop tôt." in board_html(forum, audience) for audience in BOARDS] == [False] * len(BOARDS)
    assert translated("taken back", "fr") in text_of(desk.get(reverse("messages", args=[forum.code])))
    JournalEntry.objects.latest("revision").undo(as_camille)
    assert "Trop tôt." in board_html(forum, Audience.WALL)


def test_a_message_without_words_or_for_nobody_is_refused_and_nothing_typed_is_lost(desk: Client, forum: Forum) -> None:
    empty = send(desk, forum, text="  ", to="everyone")
    gone = send(desk, forum, text="Écrit en vain", to="topic-999")
    live = desk.post(
        reverse("messages", args=[forum.code]), {"text": "x" * 281, "to": "everyone"}, headers={"hx-request": "true"}
    )

    assert (empty.status_code, gone.status_code, live.status_code) == (422, 422, 409)
    assert translated("Write the message first.", "fr") in text_of(empty)
    assert "Écrit en vain" in text_of(gone)
    assert Message.objects.count() == 0


def test_the_page_of_a_topic_shows_what_its_people_were_told(
    forum: Forum, group: Group, theo: Participant, as_camille: Actor, client_for: ClientFor
) -> None:
    Message.send(forum, "Votre salle est ouverte.", as_camille, topic=group.topic)
    Message.send(forum, "Le café est servi.", as_camille)
    page = text_of(client_for(theo).get(group.topic.get_absolute_url()))
    assert ("Votre salle est ouverte." in page, "Le café est servi." in page) == (True, False)
    assert f"report-{group.topic_id}" in JournalEntry.objects.get(revision=forum.revision - 1).invalidated


# when a group moves


Move = Callable[[Group, Slot, Place, Actor], object]


def move_elsewhere(group: Group, afternoon: Slot, hall: Place, by: Actor) -> None:
    Group.place_topic(group.topic, afternoon, None, by, elsewhere="Au jardin")


def unplace(group: Group, afternoon: Slot, hall: Place, by: Actor) -> None:
    group.unplace(by)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        (
            move_elsewhere,
            "Le groupe 1 se déplace : il se réunit à 13 h 30, Au jardin : « Rafraîchir nos cours d’école ».",
        ),
        (unplace, "Le groupe 1 n’a plus d’heure ni de lieu pour le moment : « Rafraîchir nos cours d’école »."),
    ],
)
def test_when_a_group_moves_its_people_are_told_in_the_same_change(
    forum: Forum, group: Group, afternoon: Slot, hall: Place, as_camille: Actor, how: Move, text: str
) -> None:
    move(forum, Phase.GROUPS)
    group.topic.forum = forum
    forum.phase = Phase.GROUPS
    before = JournalEntry.objects.count()
    how(group, afternoon, hall, as_camille)

    assert [(row[0].replace("\u00a0", " "), row[2]) for row in sent_messages()] == [(text, group.topic)]
    assert JournalEntry.objects.count() == before + 1
    JournalEntry.objects.latest("revision").undo(as_camille)
    group.refresh_from_db()
    assert (Message.objects.count(), group.place) == (0, hall)


def test_two_groups_that_exchange_their_cells_are_both_told(
    forum: Forum, group: Group, afternoon: Slot, theo: Participant, as_camille: Actor
) -> None:
    other = Group.place_topic(Topic.propose(forum, "L’eau", "", theo, Actor(theo)), afternoon, None, Actor(theo))
    move(forum, Phase.GROUPS)
    for moved in (group, other):
        moved.topic.forum = Forum.objects.get(pk=forum.pk)
    group.swap(other, as_camille)
    assert [row[2] for row in sent_messages()] == [group.topic, other.topic]


def test_nobody_is_told_in_the_marketplace_nor_when_a_group_stays_nor_of_a_request_without_people(
    forum: Forum, group: Group, afternoon: Slot, slot: Slot, hall: Place, as_camille: Actor
) -> None:
    Group.place_topic(group.topic, afternoon, hall, as_camille)
    move(forum, Phase.GROUPS)
    now = Forum.objects.get(pk=forum.pk)
    group.topic.forum = now
    Group.place_topic(group.topic, afternoon, hall, as_camille)
    request = Topic.propose(now, "Une demande", "", None, as_camille)
    Group.place_topic(request, slot, None, as_camille)
    assert sent_messages() == []
