"""People and groups: sitting down, roaming, counting at the door."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from forum.live import board as boards
from forum.live.audience import Audience
from forum.live.marks import marks_of
from forum.models import Actor, Forum, Group, JournalEntry, Participant, Presence, Slot, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.page_texts import text_of, translated

PARIS = ZoneInfo("Europe/Paris")


def url(name: str, topic: Topic) -> str:
    return reverse(name, args=[topic.forum.code, topic.number])


def refusal_reason(response: Any) -> str:
    """Return the reason on the page of a refusal."""
    (reason,) = re.findall(r'<p class="problem" role="alert">(.*?)</p>', response.content.decode())
    return str(reason)


def arras_time(hour: str, date: str = "2026-11-24") -> dt.datetime:
    """Return a time in Arras, on the forum’s date by default."""
    return dt.datetime.fromisoformat(f"{date}T{hour}").replace(tzinfo=PARIS)


@pytest.fixture
def phone(theo: Participant, client_for: ClientFor) -> Client:
    return client_for(theo)


def undo(forum: Forum, as_camille: Actor) -> None:
    JournalEntry.objects.filter(forum=forum).latest("revision").undo(as_camille)


def test_sitting_down_in_a_group_leaves_the_other_of_the_same_slot(
    forum: Forum, group: Group, theo_topic: Topic, slot: Slot, theo: Participant, client_for: ClientFor
) -> None:
    other = Group.place_topic(theo_topic, slot, None, Actor(theo))
    move(forum, Phase.GROUPS)
    phone = client_for(theo)
    phone.post(url("presence", group.topic), {"present": "yes"})
    phone.post(url("presence", theo_topic), {"present": "yes"})

    assert (list(group.people()), list(other.people())) == ([], [theo])
    phone.post(url("presence", theo_topic), {"present": "no"})
    assert (list(other.people()), Presence.objects.count()) == ([], 2)


def test_a_facilitator_seats_someone_who_has_no_phone(
    english_desk: Client, forum: Forum, group: Group, theo: Participant
) -> None:
    move(forum, Phase.GROUPS)
    english_desk.post(url("presence", group.topic), {"present": "yes", "participant": theo.pk})
    nobody = english_desk.post(url("presence", group.topic), {"present": "yes"})

    assert list(group.people()) == [theo]
    assert (nobody.status_code, refusal_reason(nobody)) == (409, "Choose a participant first.")


def test_a_participant_seats_nobody_but_themselves(
    forum: Forum, group: Group, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    move(forum, Phase.GROUPS)
    client_for(theo).post(url("presence", group.topic), {"present": "yes", "participant": nadia.pk})

    assert list(group.people()) == [theo]


def test_a_topic_that_waits_for_a_slot_has_no_group_to_join(
    english_desk: Client, forum: Forum, theo_topic: Topic, theo: Participant
) -> None:
    move(forum, Phase.GROUPS)
    response = english_desk.post(url("presence", theo_topic), {"present": "yes", "participant": theo.pk})

    assert (response.status_code, refusal_reason(response)) == (
        409,
        "This topic has no group yet: it waits for a slot.",
    )


def test_a_bumblebee_leaves_the_group_of_this_hour_and_no_other(
    day: Forum, group: Group, afternoon: Slot, theo: Participant, phone: Client
) -> None:
    other = Group.place_topic(Topic.propose(day, "L’eau", "", theo, Actor(theo)), afternoon, None, Actor(theo))
    for seat in (group, other):
        seat.join(theo, Actor(theo))
    move(day, Phase.GROUPS)
    with time_machine.travel(arras_time("10:30"), tick=False):
        phone.post(reverse("roam", args=[day.code]), {"kind": "bumblebee"})
    theo.refresh_from_db()
    assert (theo.roaming, list(group.people()), list(other.people())) == ("bumblebee", [], [theo])
    assert marks_of([theo.pk]) == {
        theo.pk: {"going": [], "here": [other.topic_id], "mine": [other.topic_id], "bumblebee": [theo.pk]}
    }


def test_without_a_running_clock_roaming_leaves_the_group_joined_last(
    day: Forum, group: Group, afternoon: Slot, theo: Participant
) -> None:
    other = Group.place_topic(Topic.propose(day, "L’eau", "", theo, Actor(theo)), afternoon, None, Actor(theo))
    with time_machine.travel(arras_time("10:30", "2026-12-01")):
        group.join(theo, Actor(theo))
        other.join(theo, Actor(theo))
        theo.roam("butterfly", Actor(theo))
    assert (list(group.people()), list(other.people())) == ([theo], [])


def test_joining_a_group_ends_roaming_and_the_wall_counts_those_who_roam(
    day: Forum, group: Group, theo: Participant, nadia: Participant
) -> None:
    move(day, Phase.GROUPS)
    for person, kind in ((theo, "bumblebee"), (nadia, "butterfly")):
        person.roam(kind, Actor(person))
    day.refresh_from_db()
    assert "1 bourdon · 1 papillon" in boards.Board(day, Audience.WALL).html()
    group.join(theo, Actor(theo))
    theo.refresh_from_db()
    assert theo.roaming == ""
    assert "bourdon" not in boards.Board(day, Audience.WALL).html()


def test_there_are_only_bumblebees_and_butterflies(phone: Client, day: Forum, theo: Participant) -> None:
    move(day, Phase.GROUPS)
    response = phone.post(reverse("roam", args=[day.code]), {"kind": "wasp"})
    theo.refresh_from_db()
    assert (response.status_code, theo.roaming) == (409, "")


def test_a_facilitator_who_seated_the_wrong_person_takes_it_back(
    day: Forum, group: Group, theo: Participant, as_camille: Actor
) -> None:
    theo.roam("butterfly", Actor(theo))
    group.join(theo, as_camille)
    undo(day, as_camille)
    theo.refresh_from_db()
    assert (list(group.people()), Presence.objects.count(), theo.roaming) == ([], 0, "butterfly")


def test_the_code_at_the_door_leads_through_the_entrance_to_the_group(
    day: Forum, group: Group, client_for: ClientFor
) -> None:
    move(day, Phase.GROUPS)
    stranger = client_for(None)
    door = f"{group.topic.get_absolute_url()}?door"
    entrance = stranger.get(door, follow=True)
    assert f'name="next" value="{door}"' in entrance.content.decode()
    page = stranger.post(reverse("join", args=[day.code]), {"name": "Lina", "appearance": "full", "next": door})
    assert page.headers["Location"] == door
    assert translated("I am here", "fr") in text_of(stranger.get(door))


def test_anyone_counts_at_the_door_and_the_desk_and_the_report_show_it(
    day: Forum, group: Group, phone: Client, desk: Client
) -> None:
    move(day, Phase.GROUPS)
    count = reverse("door_count", args=[day.code, group.topic.number])
    phone.post(count, {"people": " 17 "})
    refused = phone.post(count, {"people": "douze"})
    group.refresh_from_db()
    assert (group.door_count, refused.status_code) == (17, 409)
    assert "17 comptées" in boards.Board(Forum.objects.get(pk=day.pk), Audience.DESK).html()
    report = desk.get(reverse("report", args=[day.code, group.topic.number]))
    assert "17 personnes ont été comptées à la porte." in text_of(report)
    phone.post(count, {"people": ""})
    group.refresh_from_db()
    assert group.door_count is None
