"""The agenda: topics are placed, exchanged, frozen, and proposed late."""

import json
import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


def url(name: str, topic: Topic) -> str:
    return reverse(name, args=[topic.forum.code, topic.number])


def refusal_reason(response: Any) -> str:
    """Return the reason on the page of a refusal."""
    (reason,) = re.findall(r'<p class="problem" role="alert">(.*?)</p>', response.content.decode())
    return str(reason)


def cells_by_number() -> dict[int, tuple[Slot | None, Place | None, str]]:
    """Return the slot, the place and the other place of each topic, by its number."""
    groups = Group.objects.select_related("topic", "slot", "place")
    return {group.topic.number: (group.slot, group.place, group.elsewhere) for group in groups}


def undo_last(forum: Forum, as_camille: Actor) -> None:
    entry = forum.journal.latest("revision")
    entry.forum = Forum.objects.get(pk=forum.pk)
    entry.undo(as_camille)


def test_a_convener_places_a_topic_in_a_free_cell(
    theo_topic: Topic, theo: Participant, slot: Slot, hall: Place, client_for: ClientFor
) -> None:
    response = client_for(theo).post(url("place", theo_topic), {"slot": slot.pk, "place": hall.pk})

    group = Group.objects.get(topic=theo_topic)
    assert (response.headers["Location"], group.slot, group.place) == (theo_topic.get_absolute_url(), slot, hall)


def test_a_cell_can_be_named_in_one_field(desk: Client, theo_topic: Topic, slot: Slot, hall: Place) -> None:
    response = desk.post(url("place", theo_topic), {"cell": f"{slot.pk}-{hall.pk}"}, headers={"hx-request": "true"})

    assert (response.status_code, Group.objects.get(topic=theo_topic).place) == (204, hall)
    assert (
        response.headers["HX-Trigger"] == '{"say": {"text": "Topic number 1 meets at 10:15: Salle des F\\u00eates."}}'
    )


def test_any_number_of_groups_meet_elsewhere(desk: Client, topic: Topic, theo_topic: Topic, slot: Slot) -> None:
    desk.post(url("place", topic), {"cell": f"{slot.pk}-elsewhere", "elsewhere": " au  jardin "})
    desk.post(url("place", theo_topic), {"slot": slot.pk, "place": "elsewhere"})

    groups = [(group.slot, group.place, group.elsewhere) for group in Group.objects.order_by("topic__number")]
    assert groups == [(slot, None, "au jardin"), (slot, None, "")]


def test_a_taken_cell_names_the_group_and_its_convener(
    desk: Client, group: Group, theo_topic: Topic, slot: Slot, hall: Place
) -> None:
    response = desk.post(url("place", theo_topic), {"slot": slot.pk, "place": hall.pk})

    expected = "Salle des Fêtes at 10:15 is taken by topic number 1, “Rafraîchir nos cours d’école” (Nadia Ferrand)."
    assert (response.status_code, refusal_reason(response)) == (409, expected)
    assert not Group.objects.filter(topic=theo_topic).exists()


def test_a_taken_cell_is_named_in_french_with_french_hours(
    group: Group, theo_topic: Topic, theo: Participant, slot: Slot, hall: Place, client_for: ClientFor
) -> None:
    response = client_for(theo).post(url("place", theo_topic), {"slot": slot.pk, "place": hall.pk})

    with override("fr"):
        sentence = gettext("{place} at {hour} is taken by topic number {number}, “{title}” ({name}).")
    facts = {"place": "Salle des Fêtes", "hour": "10 h 15", "number": 1, "name": "Nadia Ferrand"}
    expected = sentence.format(title="Rafraîchir nos cours d’école", **facts)
    assert (response.status_code, refusal_reason(response).replace("\u00a0", " ")) == (
        409,
        expected.replace("\u00a0", " "),
    )


def test_a_taken_cell_is_a_short_message_on_a_live_page(
    desk: Client, group: Group, theo_topic: Topic, slot: Slot, hall: Place
) -> None:
    response = desk.post(url("place", theo_topic), {"cell": f"{slot.pk}-{hall.pk}"}, headers={"hx-request": "true"})

    assert (response.status_code, response.content) == (409, b"")
    assert "is taken by topic number 1" in response.headers["HX-Trigger"]


def test_a_moment_in_common_takes_no_group(desk: Client, forum: Forum, theo_topic: Topic) -> None:
    lunch = Slot.objects.get(forum=forum, title="Déjeuner")
    response = desk.post(url("place", theo_topic), {"slot": lunch.pk, "place": "elsewhere"})

    assert (response.status_code, Group.objects.count()) == (422, 0)
    assert refusal_reason(response) == "Everyone is together at that time: Déjeuner. Choose another slot."


def test_cells_of_another_forum_and_nonsense_are_refused_in_words(desk: Client, theo_topic: Topic, slot: Slot) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    far_slot = Slot.objects.create(forum=other, starts_at=time(10))
    far_place = Place.objects.create(forum=other, name="Ailleurs")
    values = [f"{far_slot.pk}-elsewhere", f"{slot.pk}-{far_place.pk}", "x-y", "٣-elsewhere", "9" * 30 + "-1", "-", ""]
    responses = [desk.post(url("place", theo_topic), {"cell": cell}) for cell in values]

    gone = "This slot or place is no longer on the agenda. Choose another one."
    assert [response.status_code for response in responses] == [422] * 7
    assert [refusal_reason(response) for response in responses] == [gone] * 5 + ["Choose a slot and a place."] * 2


def test_a_name_too_long_for_another_place_is_refused_in_words(desk: Client, theo_topic: Topic, slot: Slot) -> None:
    response = desk.post(url("place", theo_topic), {"cell": f"{slot.pk}-elsewhere", "elsewhere": "x" * 81})

    assert (response.status_code, refusal_reason(response)) == (422, "This place’s name is too long.")


def test_only_its_convener_or_a_facilitator_places_a_topic(
    group: Group, topic: Topic, theo: Participant, afternoon: Slot, hall: Place, client_for: ClientFor, desk: Client
) -> None:
    where = {"slot": afternoon.pk, "place": hall.pk}
    assert client_for(theo).post(url("place", topic), where).status_code == 403
    desk.post(url("place", topic), where)

    group.refresh_from_db()
    assert group.slot == afternoon


def test_a_topic_taken_off_the_agenda_waits_and_its_cell_is_free(
    desk: Client, group: Group, topic: Topic, theo_topic: Topic, slot: Slot, hall: Place
) -> None:
    desk.post(url("unplace", topic))
    response = desk.post(url("place", theo_topic), {"slot": slot.pk, "place": hall.pk})

    group.refresh_from_db()
    assert (response.status_code, group.slot, group.place) == (302, None, None)
    assert desk.post(url("unplace", topic)).status_code == 302


def test_two_placed_topics_exchange_their_cells_and_one_undo_puts_both_back(
    desk: Client,
    forum: Forum,
    group: Group,
    theo_topic: Topic,
    slot: Slot,
    afternoon: Slot,
    hall: Place,
    as_camille: Actor,
) -> None:
    Group.place_topic(theo_topic, afternoon, None, as_camille, elsewhere="Au jardin")
    before = cells_by_number()
    response = desk.post(url("swap", group.topic), {"with": theo_topic.number}, headers={"hx-request": "true"})

    assert (response.status_code, cells_by_number()) == (204, {1: (afternoon, None, "Au jardin"), 2: (slot, hall, "")})
    assert json.loads(response.headers["HX-Trigger"])["say"]["text"] == (
        "Topic number 1 meets at 13:30: Au jardin. Topic number 2 meets at 10:15: Salle des Fêtes."
    )
    undo_last(forum, as_camille)
    assert cells_by_number() == before


def test_a_topic_that_waits_takes_the_cell_of_another_which_waits_in_its_turn(
    desk: Client, group: Group, theo_topic: Topic, slot: Slot, hall: Place
) -> None:
    response = desk.post(url("swap", theo_topic), {"with": group.topic.number}, headers={"hx-request": "true"})

    assert cells_by_number() == {1: (None, None, ""), 2: (slot, hall, "")}
    assert json.loads(response.headers["HX-Trigger"])["say"]["text"].endswith("Topic number 1 waits for a slot.")


@pytest.mark.parametrize("number", ["", "99", "x", "1", "9" * 30])
def test_a_topic_is_exchanged_only_with_one_on_the_agenda(
    desk: Client, group: Group, theo_topic: Topic, number: str
) -> None:
    before = cells_by_number()
    response = desk.post(url("swap", group.topic), {"with": number})

    assert (response.status_code, cells_by_number()) == (409, before)
    assert refusal_reason(response) == "The topic to exchange with is no longer on the agenda."


def test_only_facilitators_move_topics_into_and_out_of_a_frozen_slot(
    desk: Client, forum: Forum, group: Group, theo_topic: Topic, slot: Slot, afternoon: Slot, hall: Place,
    nadia: Participant, theo: Participant, client_for: ClientFor,
) -> None:  # fmt: skip
    desk.post(reverse("freeze_slot", args=[forum.code, slot.pk]))
    nadia_phone, theo_phone = client_for(nadia), client_for(theo)
    for phone in (nadia_phone, theo_phone):
        phone.cookies["django_language"] = "en"
    elsewhere = {"slot": slot.pk, "place": "elsewhere"}
    refused = [
        theo_phone.post(url("place", theo_topic), elsewhere),
        nadia_phone.post(url("place", group.topic), {"slot": afternoon.pk, "place": hall.pk}),
        nadia_phone.post(url("unplace", group.topic)),
    ]
    assert [(response.status_code, refusal_reason(response)) for response in refused] == [
        (409, "The agenda of 10:15 is frozen. A facilitator can change it.")
    ] * 3
    assert theo_phone.post(url("place", theo_topic), {"slot": afternoon.pk, "place": hall.pk}).status_code == 302
    assert desk.post(url("place", theo_topic), elsewhere).status_code == 302

    desk.post(reverse("freeze_slot", args=[forum.code, slot.pk]), {"frozen": "no"})
    assert nadia_phone.post(url("unplace", group.topic)).status_code == 302


def test_a_convener_cannot_move_a_frozen_topic(
    desk: Client, group: Group, afternoon: Slot, hall: Place, nadia: Participant, client_for: ClientFor
) -> None:
    desk.post(url("freeze_topic", group.topic))
    phone = client_for(nadia)
    phone.cookies["django_language"] = "en"
    move_it = {"slot": afternoon.pk, "place": hall.pk}

    response = phone.post(url("place", group.topic), move_it)
    assert (response.status_code, refusal_reason(response)) == (
        409,
        "Number 1 is frozen where it is. A facilitator can move it.",
    )
    desk.post(url("freeze_topic", group.topic), {"frozen": "no"})
    assert phone.post(url("place", group.topic), move_it).status_code == 302


def test_a_topic_without_a_cell_cannot_be_frozen(desk: Client, theo_topic: Topic) -> None:
    response = desk.post(url("freeze_topic", theo_topic))

    assert (response.status_code, refusal_reason(response)) == (409, "Topic number 1 waits for a slot.")


def test_in_a_frozen_slot_a_convener_is_offered_no_cell(
    group: Group, slot: Slot, afternoon: Slot, nadia: Participant, camille: Facilitator, as_camille: Actor,
    client_for: ClientFor,
) -> None:  # fmt: skip
    afternoon.freeze(as_camille)
    offered = {
        person.name: re.findall(
            r'<optgroup label="[^"]*"( disabled)?>', client_for(person).get(url("topic", group.topic)).content.decode()
        )
        for person in (nadia, camille)
    }
    assert offered == {"Nadia Ferrand": ["", " disabled"], "Camille Dufour": ["", ""]}
    slot.freeze(as_camille)
    page = client_for(nadia).get(url("topic", group.topic)).content.decode()
    assert ("<optgroup" in page, url("unplace", group.topic) in page) == (False, False)


def test_a_late_topic_is_proposed_and_placed_in_one_go(
    desk: Client, forum: Forum, theo: Participant, slot: Slot, hall: Place
) -> None:
    move(forum, Phase.GROUPS)
    late_topic = {"title": "Et les vélos ?", "convener": theo.pk, "cell": f"{slot.pk}-{hall.pk}"}
    response = desk.post(reverse("late", args=[forum.code]), late_topic)

    topic = Topic.objects.get()
    assert (response.status_code, topic.title, topic.convener) == (302, "Et les vélos ?", theo)
    assert cells_by_number() == {1: (slot, hall, "")}


def test_a_late_topic_for_a_taken_cell_is_not_proposed_either(
    desk: Client, forum: Forum, group: Group, slot: Slot, hall: Place
) -> None:
    move(forum, Phase.GROUPS)
    response = desk.post(
        reverse("late", args=[forum.code]), {"title": "Et les vélos ?", "cell": f"{slot.pk}-{hall.pk}"}
    )
    page = response.content.decode()

    assert (response.status_code, Topic.objects.count(), "Et les vélos ?" in page) == (422, 1, True)
    assert "Salle des Fêtes at 10:15 is taken by topic number 1" in page
