"""The rounds in real time: when they begin, how long they last, and who is where meanwhile."""

import datetime as dt
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum.live import board as boards
from forum.live.marks import marks_of
from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Participant, Place, Presence, Slot, Topic
from forum.models.moment import SAME_DAY
from forum.models.slot import InvalidDuration
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.words import said, text_of

PARIS = ZoneInfo("Europe/Paris")


def at(hour: str, date: str = "2026-11-24") -> dt.datetime:
    """An hour in Arras; the forum of these tests is on 24 November 2026."""
    return dt.datetime.fromisoformat(f"{date}T{hour}").replace(tzinfo=PARIS)


@pytest.fixture
def day(forum: Forum) -> Forum:
    """10:15 groups (75 min), 12:00 lunch (90 min), 13:30 groups (60 min)."""
    forum.date = dt.date(2026, 11, 24)
    forum.save(update_fields=["date"])
    return forum


@pytest.fixture
def desk(camille: Facilitator, client_for: ClientFor) -> Client:
    return client_for(camille)


@pytest.fixture
def phone(theo: Participant, client_for: ClientFor) -> Client:
    return client_for(theo)


def hours(forum: Forum) -> list[tuple[str, int]]:
    return [(f"{slot.starts_at:%H:%M}", slot.minutes) for slot in Slot.objects.filter(forum=forum)]


def on(forum: Forum, hour: dt.datetime) -> tuple[str, str]:
    """What is on, and what comes next the same day."""
    slots = Slot.objects.filter(forum=forum)
    later = (moment.slot for moment in slots.moments() if hour < moment.start <= hour + SAME_DAY)
    return str(slots.current(hour) or ""), str(next(later, ""))


def of(forum: Forum, starts_at: time) -> Slot:
    return Slot.objects.select_related("forum").get(forum=forum, starts_at=starts_at)


def undo(forum: Forum, chair: Actor) -> None:
    JournalEntry.objects.filter(forum=forum).latest("revision").undo(chair)


# what is on


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        ("10:14", ("", "10:15")),
        ("10:15", ("10:15", "Déjeuner")),
        ("11:29", ("10:15", "Déjeuner")),
        ("11:30", ("", "Déjeuner")),
        ("12:30", ("Déjeuner", "13:30")),
        ("14:30", ("", "")),
    ],
)
def test_on_its_date_a_forum_follows_its_plan(day: Forum, hour: str, expected: tuple[str, str]) -> None:
    assert on(day, at(hour)) == expected


def test_on_another_day_no_clock_runs_until_a_round_is_begun(day: Forum, slot: Slot, chair: Actor) -> None:
    later = "2026-12-01"
    assert on(day, at("10:30", later)) == ("", "")
    with time_machine.travel(at("10:30", later), tick=False):
        slot.begin(chair)
    # The whole day is played then: what comes next is what was planned, a week later.
    assert on(day, at("10:31", later)) == ("10:15", "Déjeuner")
    assert on(day, at("12:30", later)) == ("Déjeuner", "13:30")


def test_a_round_tried_out_the_evening_before_is_still_to_come_on_the_day(day: Forum, slot: Slot, chair: Actor) -> None:
    with time_machine.travel(at("20:00", "2026-11-23"), tick=False):
        slot.begin(chair)
    assert on(day, at("20:10", "2026-11-23")) == ("10:15", "")
    assert on(day, at("10:20")) == ("10:15", "Déjeuner")
    assert hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]


# beginning


def test_a_round_that_begins_late_holds_back_what_would_overlap_it(day: Forum, slot: Slot, chair: Actor) -> None:
    with time_machine.travel(at("10:48:20"), tick=False):
        slot.begin(chair)
    # It ends at 12:03: lunch at a full five minutes, and so on.
    assert hours(day) == [("10:15", 75), ("12:05", 90), ("13:35", 60)]
    assert on(day, at("12:03")) == ("10:15", "Déjeuner")
    undo(day, chair)
    assert hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]
    assert of(day, time(10, 15)).began_at is None


def test_a_round_that_begins_early_or_a_little_late_moves_nothing(day: Forum, slot: Slot, chair: Actor) -> None:
    for hour in ("10:05", "10:40"):
        with time_machine.travel(at(hour), tick=False):
            slot.begin(chair)
        assert hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]
    assert on(day, at("11:50")) == ("10:15", "Déjeuner")


def test_a_round_begun_at_night_moves_nothing_beyond_midnight(day: Forum, slot: Slot, chair: Actor) -> None:
    with time_machine.travel(at("21:00"), tick=False):
        slot.begin(chair)
    assert hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]


# extending


def test_a_round_that_lasts_longer_shifts_what_comes_later_and_undoing_puts_it_back(
    day: Forum, slot: Slot, chair: Actor
) -> None:
    with time_machine.travel(at("11:20"), tick=False):
        assert slot.extend(10, chair) == 10
    assert hours(day) == [("10:15", 85), ("12:10", 90), ("13:40", 60)]
    undo(day, chair)
    assert hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]


def test_a_round_is_never_shorter_than_what_has_passed(day: Forum, slot: Slot, chair: Actor) -> None:
    with time_machine.travel(at("11:27:30"), tick=False):
        assert slot.extend(-10, chair) == -2
        with pytest.raises(InvalidDuration):
            slot.extend(-5, chair)
    assert hours(day) == [("10:15", 73), ("11:58", 90), ("13:28", 60)]


def test_two_facilitators_who_press_at_once_both_count(day: Forum, slot: Slot, chair: Actor) -> None:
    stale = of(day, time(10, 15))
    slot.extend(5, chair)
    stale.extend(5, chair)
    assert hours(day) == [("10:15", 85), ("12:10", 90), ("13:40", 60)]


def test_the_day_does_not_run_beyond_midnight(day: Forum, slot: Slot, chair: Actor) -> None:
    Slot.objects.create(forum=day, starts_at=time(23), minutes=60, title="Veillée")
    before = hours(day)
    with pytest.raises(InvalidDuration):
        slot.extend(5, chair)
    assert hours(day) == before


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(st.tuples(st.integers(0, 30), st.integers(5, 90)), min_size=2, max_size=6),
    changes=st.lists(st.tuples(st.integers(0, 5), st.integers(-60, 60)), max_size=4),
)
def test_whatever_is_extended_nothing_overlaps_and_all_can_be_undone(
    gaps: list[tuple[int, int]], changes: list[tuple[int, int]]
) -> None:
    forum = Forum.objects.create(title="Jour", question="?", date=dt.date(2026, 11, 24))
    minute = 8 * 60
    for gap, length in gaps:
        minute += gap
        Slot.objects.create(forum=forum, starts_at=time(minute // 60, minute % 60), minutes=length)
        minute += length
    states = [hours(forum)]
    with time_machine.travel(at("07:00"), tick=False):
        for n, minutes in changes:
            slots = list(Slot.objects.filter(forum=forum))
            try:
                slots[n % len(slots)].extend(minutes, Actor())
            except InvalidDuration:
                continue
            states.append(hours(forum))
            ends = [slot.ends_at for slot in Slot.objects.filter(forum=forum)]
            starts = [slot.starts_at for slot in Slot.objects.filter(forum=forum)]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        for entry in JournalEntry.objects.filter(forum=forum).order_by("-revision"):
            assert hours(forum) == states.pop()
            entry.undo(Actor())
    assert [hours(forum)] == states


# from the facilitators' page


def test_the_desk_begins_a_round_and_gives_it_ten_minutes_more(desk: Client, day: Forum, slot: Slot) -> None:
    with time_machine.travel(at("10:20"), tick=False):
        began = desk.post(reverse("begin_slot", args=[day.code, slot.pk]), headers={"hx-request": "true"})
        longer = desk.post(reverse("extend_slot", args=[day.code, slot.pk]), {"minutes": "10"})
    slot.refresh_from_db()
    assert (began.status_code, longer.headers["Location"]) == (204, reverse("desk", args=[day.code]))
    assert (slot.began_at, slot.minutes) == (at("10:20"), 85)


@pytest.mark.parametrize("minutes", ["", "0", "-", "--5", "121", "-121", "x", "²", "9" * 40])
def test_nonsense_for_minutes_is_refused_in_words(desk: Client, slot: Slot, minutes: str) -> None:
    answer = desk.post(reverse("extend_slot", args=[slot.forum.code, slot.pk]), {"minutes": minutes})
    assert answer.status_code == 409
    assert said("Give a number of minutes, 120 at most.", "fr") in text_of(answer)


def test_no_group_begins_at_lunch(desk: Client, day: Forum) -> None:
    lunch = of(day, time(12))
    answer = desk.post(reverse("begin_slot", args=[day.code, lunch.pk]))
    lunch.refresh_from_db()
    assert (answer.status_code, lunch.began_at) == (409, None)


def test_slots_and_places_of_another_forum_are_not_found(desk: Client, day: Forum) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    far = Slot.objects.create(forum=other, starts_at=time(10))
    room = Place.objects.create(forum=other, name="Ailleurs")
    found = [
        desk.post(reverse(name, args=[day.code, far.pk]), {"minutes": "5"}) for name in ("begin_slot", "extend_slot")
    ]
    found.append(desk.get(reverse("place_page", args=[day.code, room.pk])))
    assert [answer.status_code for answer in found] == [404] * 3


# who is where


def test_a_bumblebee_leaves_the_group_of_this_hour_and_no_other(
    day: Forum, group: Group, afternoon: Slot, theo: Participant, phone: Client
) -> None:
    other = Group.place_topic(Topic.propose(day, "L’eau", "", theo, Actor(theo)), afternoon, None, Actor(theo))
    for seat in (group, other):
        seat.join(theo, Actor(theo))
    move(day, Phase.GROUPS)
    with time_machine.travel(at("10:30"), tick=False):
        phone.post(reverse("roam", args=[day.code]), {"kind": "bumblebee"})
    theo.refresh_from_db()
    assert (theo.roaming, list(group.people()), list(other.people())) == ("bumblebee", [], [theo])
    assert marks_of([theo.pk]) == {
        theo.pk: {"going": [], "here": [other.topic_id], "mine": [other.topic_id], "bumblebee": [theo.pk]}
    }


def test_where_no_clock_runs_who_roams_leaves_the_group_joined_last(
    day: Forum, group: Group, afternoon: Slot, theo: Participant
) -> None:
    other = Group.place_topic(Topic.propose(day, "L’eau", "", theo, Actor(theo)), afternoon, None, Actor(theo))
    with time_machine.travel(at("10:30", "2026-12-01")):
        group.join(theo, Actor(theo))
        other.join(theo, Actor(theo))
        theo.roam("butterfly", Actor(theo))
    assert (list(group.people()), list(other.people())) == ([theo], [])


def test_joining_a_group_ends_roaming_and_the_wall_counts_kindly(
    day: Forum, group: Group, theo: Participant, nadia: Participant
) -> None:
    move(day, Phase.GROUPS)
    for person, kind in ((theo, "bumblebee"), (nadia, "butterfly")):
        person.roam(kind, Actor(person))
    day.refresh_from_db()
    assert "1 bourdon · 1 papillon" in boards.Board(day, "wall").html()
    group.join(theo, Actor(theo))
    theo.refresh_from_db()
    assert theo.roaming == ""
    assert "bourdon" not in boards.Board(day, "wall").html()


def test_there_are_only_bumblebees_and_butterflies(phone: Client, day: Forum, theo: Participant) -> None:
    move(day, Phase.GROUPS)
    answer = phone.post(reverse("roam", args=[day.code]), {"kind": "wasp"})
    theo.refresh_from_db()
    assert (answer.status_code, theo.roaming) == (409, "")


def test_a_facilitator_who_seated_the_wrong_person_takes_it_back(
    day: Forum, group: Group, theo: Participant, chair: Actor
) -> None:
    theo.roam("butterfly", Actor(theo))
    group.join(theo, chair)
    undo(day, chair)
    theo.refresh_from_db()
    assert (list(group.people()), Presence.objects.count(), theo.roaming) == ([], 0, "butterfly")


# at the door


def test_who_scans_the_code_at_the_door_joins_first_then_is_asked_for_the_group(
    day: Forum, group: Group, client_for: ClientFor
) -> None:
    move(day, Phase.GROUPS)
    stranger = client_for(None)
    door = f"{group.topic.get_absolute_url()}?door"
    entrance = stranger.get(door, follow=True)
    assert f'name="next" value="{door}"' in entrance.content.decode()
    page = stranger.post(reverse("join", args=[day.code]), {"name": "Lina", "appearance": "full", "next": door})
    assert page.headers["Location"] == door
    assert said("I am here", "fr") in text_of(stranger.get(door))


def test_who_scans_the_sign_of_a_place_comes_back_to_it_once_they_have_joined(
    day: Forum, hall: Place, client_for: ClientFor
) -> None:
    sign = reverse("place_page", args=[day.code, hall.pk])
    entrance = client_for(None).get(sign, follow=True)
    assert f'name="next" value="{sign}"' in entrance.content.decode()


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example/", "/" + "x" * 300])
def test_joining_leads_to_no_other_site(day: Forum, client_for: ClientFor, bad: str) -> None:
    move(day, Phase.GROUPS)
    page = client_for(None).post(reverse("join", args=[day.code]), {"name": "Lina", "appearance": "full", "next": bad})
    assert page.headers["Location"] == reverse("board", args=[day.code])


def test_anyone_counts_at_the_door_and_the_desk_and_the_report_show_it(
    day: Forum, group: Group, phone: Client, desk: Client
) -> None:
    move(day, Phase.GROUPS)
    count = reverse("door_count", args=[day.code, group.topic.number])
    phone.post(count, {"people": " 17 "})
    refused = phone.post(count, {"people": "douze"})
    group.refresh_from_db()
    assert (group.door_count, refused.status_code) == (17, 409)
    assert "17 comptées" in boards.Board(Forum.objects.get(pk=day.pk), "desk").html()
    report = desk.get(reverse("report", args=[day.code, group.topic.number]))
    assert "17 personnes ont été comptées à la porte." in text_of(report)
    phone.post(count, {"people": ""})
    group.refresh_from_db()
    assert group.door_count is None


# the page of a place


def shown(desk: Client, place: Place) -> Any:
    return desk.get(reverse("place_page", args=[place.forum.code, place.pk]))


def test_the_page_of_a_place_shows_its_whole_day(
    day: Forum, group: Group, hall: Place, phone: Client, desk: Client
) -> None:
    move(day, Phase.GROUPS)
    text = text_of(shown(phone, hall))
    for sentence in (
        hall.name,
        group.topic.title,
        "Déjeuner",
        said("free", "fr"),
        f"/topics/{group.topic.number}/?door",
    ):
        assert sentence in text, sentence
    assert f'data-watch="now,agenda,topic-{group.topic_id}"' in text
    assert shown(desk, hall).status_code == 200


def test_the_page_of_a_place_costs_the_same_for_a_whole_week(
    day: Forum, hall: Place, desk: Client, nadia: Participant, django_assert_max_num_queries: Any
) -> None:
    for n in range(1, 8):
        slot = Slot.objects.create(forum=day, day=n, starts_at=time(16), minutes=60)
        Group.place_topic(Topic.propose(day, f"Sujet {n}", "", nadia, Actor(nadia)), slot, hall, Actor(nadia))
    with django_assert_max_num_queries(12):
        shown(desk, hall)
