"""The slots in real time: the current one, beginning a round, extending it."""

import datetime as dt
from datetime import time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum.models import Actor, Forum, JournalEntry, Place, Slot
from forum.models.moment import SAME_DAY
from forum.models.slot import InvalidDuration
from tests.page_texts import text_of, translated

PARIS = ZoneInfo("Europe/Paris")


def arras_time(hour: str, date: str = "2026-11-24") -> dt.datetime:
    """Return a time in Arras, on the forum’s date by default."""
    return dt.datetime.fromisoformat(f"{date}T{hour}").replace(tzinfo=PARIS)


def slot_hours(forum: Forum) -> list[tuple[str, int]]:
    return [(f"{slot.starts_at:%H:%M}", slot.minutes) for slot in Slot.objects.filter(forum=forum)]


def current_and_next(forum: Forum, hour: dt.datetime) -> tuple[str, str]:
    """Return the names of the current slot and of the next one the same day; empty: none."""
    slots = Slot.objects.filter(forum=forum)
    later = (moment.slot for moment in slots.moments() if hour < moment.start <= hour + SAME_DAY)
    return str(slots.current(hour) or ""), str(next(later, ""))


def slot_at(forum: Forum, starts_at: time) -> Slot:
    return Slot.objects.select_related("forum").get(forum=forum, starts_at=starts_at)


def undo(forum: Forum, as_camille: Actor) -> None:
    JournalEntry.objects.filter(forum=forum).latest("revision").undo(as_camille)


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
    assert current_and_next(day, arras_time(hour)) == expected


def test_on_another_day_no_clock_runs_until_a_round_is_begun(day: Forum, slot: Slot, as_camille: Actor) -> None:
    later = "2026-12-01"
    assert current_and_next(day, arras_time("10:30", later)) == ("", "")
    with time_machine.travel(arras_time("10:30", later), tick=False):
        slot.begin(as_camille)
    # All slots are then a week later, in their planned order.
    assert current_and_next(day, arras_time("10:31", later)) == ("10:15", "Déjeuner")
    assert current_and_next(day, arras_time("12:30", later)) == ("Déjeuner", "13:30")


def test_a_round_tried_out_the_evening_before_is_still_to_come_on_the_day(
    day: Forum, slot: Slot, as_camille: Actor
) -> None:
    with time_machine.travel(arras_time("20:00", "2026-11-23"), tick=False):
        slot.begin(as_camille)
    assert current_and_next(day, arras_time("20:10", "2026-11-23")) == ("10:15", "")
    assert current_and_next(day, arras_time("10:20")) == ("10:15", "Déjeuner")
    assert slot_hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]


def test_a_round_that_begins_late_holds_back_what_would_overlap_it(day: Forum, slot: Slot, as_camille: Actor) -> None:
    with time_machine.travel(arras_time("10:48:20"), tick=False):
        slot.begin(as_camille)
    # It ends at 12:03: lunch begins at the next multiple of five minutes.
    assert slot_hours(day) == [("10:15", 75), ("12:05", 90), ("13:35", 60)]
    assert current_and_next(day, arras_time("12:03")) == ("10:15", "Déjeuner")
    undo(day, as_camille)
    assert slot_hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]
    assert slot_at(day, time(10, 15)).began_at is None


def test_a_round_that_begins_early_or_a_little_late_moves_nothing(day: Forum, slot: Slot, as_camille: Actor) -> None:
    for hour in ("10:05", "10:40"):
        with time_machine.travel(arras_time(hour), tick=False):
            slot.begin(as_camille)
        assert slot_hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]
    assert current_and_next(day, arras_time("11:50")) == ("10:15", "Déjeuner")


def test_a_round_begun_at_night_moves_nothing_beyond_midnight(day: Forum, slot: Slot, as_camille: Actor) -> None:
    with time_machine.travel(arras_time("21:00"), tick=False):
        slot.begin(as_camille)
    assert slot_hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]


def test_a_round_that_lasts_longer_shifts_what_comes_later_and_undoing_puts_it_back(
    day: Forum, slot: Slot, as_camille: Actor
) -> None:
    with time_machine.travel(arras_time("11:20"), tick=False):
        assert slot.extend(10, as_camille) == 10
    assert slot_hours(day) == [("10:15", 85), ("12:10", 90), ("13:40", 60)]
    undo(day, as_camille)
    assert slot_hours(day) == [("10:15", 75), ("12:00", 90), ("13:30", 60)]


def test_a_round_is_never_shorter_than_what_has_passed(day: Forum, slot: Slot, as_camille: Actor) -> None:
    with time_machine.travel(arras_time("11:27:30"), tick=False):
        assert slot.extend(-10, as_camille) == -2
        with pytest.raises(InvalidDuration):
            slot.extend(-5, as_camille)
    assert slot_hours(day) == [("10:15", 73), ("11:58", 90), ("13:28", 60)]


def test_shortening_a_round_that_overlaps_the_next_one_never_brings_both_to_one_hour(
    day: Forum, slot: Slot, as_camille: Actor
) -> None:
    Slot.objects.create(forum=day, starts_at=time(11, 15), minutes=30)
    with time_machine.travel(arras_time("08:00"), tick=False):
        assert slot.extend(-30, as_camille) == -30
        assert slot_hours(day) == [("10:15", 45), ("11:00", 30), ("11:45", 90), ("13:15", 60)]
        assert slot.extend(60, as_camille) == 60
    Slot.objects.filter(pk=slot.pk).update(minutes=120)
    with time_machine.travel(arras_time("08:00"), tick=False):
        assert slot.extend(-15, as_camille) == -15
    assert slot_hours(day) == [("10:15", 105), ("12:00", 30), ("12:45", 90), ("14:15", 60)]


def test_two_facilitators_who_press_at_once_both_count(day: Forum, slot: Slot, as_camille: Actor) -> None:
    stale = slot_at(day, time(10, 15))
    slot.extend(5, as_camille)
    stale.extend(5, as_camille)
    assert slot_hours(day) == [("10:15", 85), ("12:10", 90), ("13:40", 60)]


def test_the_day_does_not_run_beyond_midnight(day: Forum, slot: Slot, as_camille: Actor) -> None:
    Slot.objects.create(forum=day, starts_at=time(23), minutes=60, title="Veillée")
    before = slot_hours(day)
    with pytest.raises(InvalidDuration):
        slot.extend(5, as_camille)
    assert slot_hours(day) == before


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
    states = [slot_hours(forum)]
    with time_machine.travel(arras_time("07:00"), tick=False):
        for n, minutes in changes:
            slots = list(Slot.objects.filter(forum=forum))
            try:
                slots[n % len(slots)].extend(minutes, Actor())
            except InvalidDuration:
                continue
            states.append(slot_hours(forum))
            ends = [slot.ends_at for slot in Slot.objects.filter(forum=forum)]
            starts = [slot.starts_at for slot in Slot.objects.filter(forum=forum)]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        for entry in JournalEntry.objects.filter(forum=forum).order_by("-revision"):
            assert slot_hours(forum) == states.pop()
            entry.undo(Actor())
    assert [slot_hours(forum)] == states


@pytest.fixture
def night() -> Forum:
    """A forum in the night in which the hour from two to three comes twice: summer time ends."""
    forum = Forum.objects.create(title="Nuit", question="?", date=dt.date(2025, 10, 26), time_zone="Europe/Paris")
    for hour, minutes in ((time(1, 30), 120), (time(2, 30), 60), (time(3, 30), 30)):
        Slot.objects.create(forum=forum, starts_at=hour, minutes=minutes)
    return forum


def utc(hour: str, day: int = 26) -> dt.datetime:
    return dt.datetime.combine(dt.date(2025, 10, day), time.fromisoformat(hour), dt.UTC)


@pytest.mark.django_db
def test_rounds_last_as_long_as_they_say_when_summer_time_ends_in_the_middle(night: Forum) -> None:
    moments = night.slots.moments()
    starts = [utc("23:30", 25), utc("01:30"), utc("02:30")]
    assert [moment.start for moment in moments] == starts
    assert [moment.end for moment in moments] == [*starts[1:], utc("03:00")]
    hours = [(time(1, 30), time(2, 30)), (time(2, 30), time(3, 30)), (time(3, 30), time(4))]
    assert [(moment.starts_at, moment.ends_at) for moment in moments] == hours
    assert [(slot.starts_at, slot.ends_at) for slot in night.slots.all()] == hours
    first, second, third = night.slots.all()
    at = [utc("23:30", 25), utc("00:59"), utc("01:29"), utc("01:30"), utc("02:29"), utc("02:31"), utc("03:01")]
    assert [night.slots.current(moment) for moment in at] == [first, first, first, second, second, third, None]


@pytest.mark.django_db
def test_a_round_in_the_hour_that_comes_twice_is_in_the_first_when_nothing_lasts_until_the_second(night: Forum) -> None:
    night.slots.all()[0].delete()
    assert [moment.start for moment in night.slots.moments()] == [utc("00:30"), utc("02:30")]


@pytest.mark.django_db
def test_a_round_that_begins_late_delays_the_others_by_as_much_when_summer_time_ends(night: Forum) -> None:
    with time_machine.travel(utc("23:40", 25), tick=False):
        night.slots.all()[0].begin(Actor())
    assert [(moment.start, moment.end) for moment in night.slots.moments()] == [
        (utc("23:40", 25), utc("01:40")), (utc("01:40"), utc("02:40")), (utc("02:40"), utc("03:10")),
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_day_after_the_end_of_summer_time_a_plan_that_is_late_keeps_its_hours(night: Forum) -> None:
    Forum.objects.filter(pk=night.pk).update(date=dt.date(2025, 10, 25))
    late = Forum.objects.get(pk=night.pk)
    with time_machine.travel(utc("23:30", 25), tick=False):
        late.slots.all()[0].begin(Actor())
    assert [moment.starts_at for moment in late.slots.moments()] == [time(1, 30), time(2, 30), time(3, 30)]
    assert [moment.start for moment in late.slots.moments()] == [utc("23:30", 25), utc("01:30"), utc("02:30")]


def test_the_desk_begins_a_round_and_gives_it_ten_minutes_more(desk: Client, day: Forum, slot: Slot) -> None:
    with time_machine.travel(arras_time("10:20"), tick=False):
        began = desk.post(reverse("begin_slot", args=[day.code, slot.pk]), headers={"hx-request": "true"})
        longer = desk.post(reverse("extend_slot", args=[day.code, slot.pk]), {"minutes": "10"})
    slot.refresh_from_db()
    assert (began.status_code, longer.headers["Location"]) == (204, reverse("desk", args=[day.code]))
    assert (slot.began_at, slot.minutes) == (arras_time("10:20"), 85)


@pytest.mark.parametrize("minutes", ["", "0", "-", "--5", "121", "-121", "x", "²", "9" * 40])
def test_minutes_that_make_no_sense_are_refused_with_a_reason(desk: Client, slot: Slot, minutes: str) -> None:
    response = desk.post(reverse("extend_slot", args=[slot.forum.code, slot.pk]), {"minutes": minutes})
    assert response.status_code == 409
    assert translated("Give a number of minutes, 120 at most.", "fr") in text_of(response)


def test_no_group_begins_at_lunch(desk: Client, day: Forum) -> None:
    lunch = slot_at(day, time(12))
    response = desk.post(reverse("begin_slot", args=[day.code, lunch.pk]))
    lunch.refresh_from_db()
    assert (response.status_code, lunch.began_at) == (409, None)


def test_slots_and_places_of_another_forum_are_not_found(desk: Client, day: Forum) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    far = Slot.objects.create(forum=other, starts_at=time(10))
    room = Place.objects.create(forum=other, name="Ailleurs")
    responses = [
        desk.post(reverse(name, args=[day.code, far.pk]), {"minutes": "5"}) for name in ("begin_slot", "extend_slot")
    ]
    responses.append(desk.get(reverse("place_page", args=[day.code, room.pk])))
    assert [response.status_code for response in responses] == [404] * 3
