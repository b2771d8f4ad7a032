"""The settings: description, slots and places, saved together or not at all."""

import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forum.models import Actor, Forum, Group, JournalEntry, Place, Slot
from forum.phases import Phase
from tests.conftest import move

GONE = "This row was removed in the meantime. Reload the page."


@pytest.fixture
def desk(english_desk: Client) -> Client:
    return english_desk


def settings_of(forum: Forum, **changes: Any) -> dict[str, Any]:
    """Return the fields of the settings’ form as they are saved, with some changes."""
    data: dict[str, Any] = {
        "title": forum.title, "question": forum.question, "date": forum.date.isoformat(), "venue": forum.venue,
        "organisers": "", "contact": "", "language": "fr", "time_zone": "Europe/Paris", "territories": "",
    }  # fmt: skip
    for prefix, rows, names in (
        ("slots", list(Slot.objects.filter(forum=forum)), ("day", "starts_at", "minutes", "title")),
        ("places", list(Place.objects.filter(forum=forum)), ("name", "seats", "equipment")),
    ):
        data |= {f"{prefix}-TOTAL_FORMS": len(rows) + 1, f"{prefix}-INITIAL_FORMS": len(rows)}
        for n, row in enumerate(rows):
            data |= {f"{prefix}-{n}-{name}": "" if (v := getattr(row, name)) is None else v for name in names}
            data[f"{prefix}-{n}-id"] = row.pk
    data |= {
        "slots-3-day": "1",
        "slots-3-starts_at": "",
        "slots-3-minutes": "75",
        "slots-3-title": "",
        "places-2-name": "",
        "places-2-seats": "",
    }
    return data | changes


def save(desk: Client, forum: Forum, **changes: Any) -> Any:
    return desk.post(reverse("describe", args=[forum.code]), settings_of(forum, **changes))


def test_the_settings_are_kept_in_one_change(desk: Client, forum: Forum) -> None:
    changes = {
        "question": "Une autre question ?", "slots-3-starts_at": "15:00", "slots-3-minutes": "45",
        "slots-3-day": "2", "slots-1-DELETE": "on", "places-0-seats": "50", "places-0-equipment": " écran,  tableau ",
        "places-2-name": " Le  Jardin ",
    }  # fmt: skip
    before = JournalEntry.objects.count()
    response = save(desk, forum, **changes)

    forum.refresh_from_db()
    assert (response.headers["Location"], forum.question) == (
        reverse("desk", args=[forum.code]),
        "Une autre question ?",
    )
    assert list(Slot.objects.values_list("day", "starts_at", "minutes")) == [
        (1, time(10, 15), 75),
        (1, time(13, 30), 60),
        (2, time(15), 45),
    ]
    assert list(Place.objects.values_list("name", "seats", "equipment")) == [
        ("Salle des Fêtes", 50, "écran, tableau"),
        ("Le Préau", None, ""),
        ("Le Jardin", None, ""),
    ]
    assert JournalEntry.objects.count() == before + 1
    assert JournalEntry.objects.latest("revision").invalidated == ["*"]


def test_every_setting_is_on_the_page(desk: Client, forum: Forum) -> None:
    """Saving a form without a field would reset it."""
    page = desk.get(reverse("describe", args=[forum.code])).content.decode()
    assert [name for name in Forum.DESCRIPTION_FIELDS if f'name="{name}"' not in page] == []


def test_the_whole_day_can_slip_and_places_can_exchange_their_names(desk: Client, forum: Forum, group: Group) -> None:
    changes = {"slots-0-starts_at": "12:00", "slots-1-starts_at": "13:30", "slots-2-starts_at": "15:00"}
    response = save(desk, forum, **changes, **{"places-0-name": "Le Préau", "places-1-name": "Salle des Fêtes"})

    group.refresh_from_db()
    assert response.status_code == 302
    assert list(Slot.objects.values_list("starts_at", flat=True)) == [time(12), time(13, 30), time(15)]
    assert (group.slot and group.slot.starts_at, group.place and group.place.name) == (time(12), "Le Préau")


def test_two_slots_start_at_one_hour_on_two_days_and_can_exchange_them(desk: Client, forum: Forum) -> None:
    first, lunch, second = Slot.objects.filter(forum=forum)
    assert "slots-0-day" in (page := desk.get(reverse("describe", args=[forum.code])).content.decode())
    assert 'scope="col">Day<' not in page
    for changes in ({"slots-2-day": "2", "slots-2-starts_at": "10:15"}, {"slots-0-day": "2", "slots-2-day": "1"}):
        assert save(desk, forum, **changes).status_code == 302
    assert list(Slot.objects.values_list("pk", "day", "starts_at")) == [
        (second.pk, 1, time(10, 15)),
        (lunch.pk, 1, time(12)),
        (first.pk, 2, time(10, 15)),
    ]
    assert 'scope="col">Day<' in desk.get(reverse("describe", args=[forum.code])).content.decode()


def test_a_new_place_comes_after_those_that_stay(desk: Client, forum: Forum) -> None:
    for name in ("Le Jardin", "Le Grenier"):
        Place.add(forum, Actor(), name=name)
    removed = {"places-0-DELETE": "on", "places-1-DELETE": "on", "places-2-name": "Le Jardin"}
    save(desk, forum, **removed)
    save(desk, forum, **{"places-2-name": "La Cave"})

    assert [place.name for place in Place.objects.all()] == ["Le Jardin", "Le Grenier", "La Cave"]


@pytest.mark.parametrize("removed", ["slots-0-DELETE", "places-0-DELETE"])
def test_a_slot_or_place_with_groups_cannot_be_removed_and_they_are_named(
    desk: Client, forum: Forum, group: Group, removed: str
) -> None:
    response = save(desk, forum, question="Ce que je tapais", **{removed: "on"})

    name = "10:15" if removed.startswith("slots") else "Salle des Fêtes"
    expected = f"“{name}” cannot be removed, groups meet there: 1. Rafraîchir nos cours d’école. Move them first."
    assert response.status_code == 422
    assert re.findall(r"<li>(.*?)</li>", response.content.decode()) == [expected]
    assert "Ce que je tapais" in response.content.decode()
    assert (Slot.objects.count(), Place.objects.count()) == (3, 2)


def test_a_slot_where_groups_meet_does_not_become_a_moment_in_common(desk: Client, forum: Forum, group: Group) -> None:
    response = save(desk, forum, **{"slots-0-title": "Pause"})

    reason = "Groups meet at that time: 1. Rafraîchir nos cours d’école. Move them before making it a moment in common."
    assert re.findall(r"<li>(.*?)</li>", response.content.decode()) == [reason]
    assert Slot.objects.for_groups().count() == 2


def test_two_slots_at_one_hour_and_two_places_of_one_name_are_refused(desk: Client, forum: Forum) -> None:
    response = save(desk, forum, **{"slots-1-starts_at": "10:15", "places-1-name": "salle des fêtes"})

    reasons = re.findall(r"<li>(.*?)</li>", response.content.decode())
    assert (response.status_code, reasons) == (
        422,
        ["Two slots start at the same time.", "Two places have the same name."],
    )


def test_a_wrong_setting_keeps_what_was_typed_and_saves_nothing(desk: Client, forum: Forum) -> None:
    response = save(desk, forum, title="Nouveau titre", time_zone="Mars/Olympus", **{"slots-0-minutes": "1"})
    page = response.content.decode()

    forum.refresh_from_db()
    assert (response.status_code, forum.title) == (422, "Rencontre annuelle")
    assert [
        text in page for text in ('value="Nouveau titre"', 'value="Mars/Olympus"', "This time zone is not known")
    ] == [True] * 3
    # The header of the page still shows the saved title.
    assert "<span>Rencontre annuelle</span>" in page


def test_a_form_without_its_rows_is_refused_and_not_an_error(desk: Client, forum: Forum) -> None:
    response = desk.post(reverse("describe", args=[forum.code]), {"title": "x"})

    assert response.status_code == 422


def test_rows_of_another_forum_cannot_be_written(desk: Client, forum: Forum) -> None:
    other = Forum.objects.create(title="Autre", question="?")
    far = Place.objects.create(forum=other, name="Ailleurs")
    response = save(desk, forum, **{"places-0-id": far.pk, "places-0-name": "Volé"})

    far.refresh_from_db()
    assert (response.status_code, far.name) == (422, "Ailleurs")
    assert re.findall(r"<li>(.*?)</li>", response.content.decode()) == [GONE]


def test_a_row_that_a_colleague_removed_meanwhile_is_said_to_be_gone(desk: Client, forum: Forum) -> None:
    sent = settings_of(forum)
    Place.objects.filter(name="Le Préau").delete()
    response = desk.post(reverse("describe", args=[forum.code]), sent)

    assert (response.status_code, re.findall(r"<li>(.*?)</li>", response.content.decode())) == (422, [GONE])


def test_the_settings_do_not_undo_a_phase_that_moved_meanwhile(forum: Forum) -> None:
    stale = Forum.objects.get(pk=forum.pk)
    move(forum, Phase.GROUPS)
    stale.describe(Actor())

    assert Forum.objects.get(pk=forum.pk).current_phase == Phase.GROUPS
