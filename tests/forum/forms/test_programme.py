"""A day in words: every way in which people write an hour, and every mistake named by its line."""

import contextlib
from datetime import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from forum.forms.default_days import TEMPLATES
from forum.forms.programme import (
    MOST_SEATS,
    preview,
    read_place,
    read_places,
    read_slot,
    read_slots,
    write_places,
    write_slots,
)


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("line", "starts_at", "minutes", "title"),
    [
        ("9:15 45 Plénière", time(9, 15), 45, "Plénière"),
        ("9h15 45", time(9, 15), 45, ""),
        ("9h 45 Plénière d’ouverture", time(9), 45, "Plénière d’ouverture"),
        ("9 h 30 : accueil", time(9, 30), None, "accueil"),
        ("9h30 : accueil", time(9, 30), None, "accueil"),
        ("13 h 30 60", time(13, 30), 60, ""),
        ("14 h 75 min", time(14), 75, ""),
        ("23:59 5", time(23, 59), 5, ""),
        ("10h15-11h30 Ateliers", time(10, 15), 75, ""),
        ("10h15 à 11h30 Groupes de travail 2", time(10, 15), 75, ""),
        ("9h – 10h : Accueil café", time(9), 60, "Accueil café"),
        ("- 9-10h Accueil", time(9), 60, "Accueil"),
        ("De 9h à 9h45, accueil", time(9), 45, "accueil"),
        ("12:00 (75 min) Lunch", time(12), 75, "Lunch"),
        ("12h (1h30) Déjeuner", time(12), 90, "Déjeuner"),
        ("10.15 75", time(10, 15), 75, ""),
        ("2:15 pm - 3:30 pm Workshops", time(14, 15), 75, ""),
        ("12:30 am 30 Night owls", time(0, 30), 30, "Night owls"),
        ("9h", time(9), None, ""),
    ],
)
def test_an_hour_is_read_as_people_write_it(line: str, starts_at: time, minutes: int | None, title: str) -> None:
    assert read_slot(line) == {"starts_at": starts_at, "minutes": minutes, "title": title}


@pytest.mark.parametrize(
    ("line", "name", "seats", "equipment"),
    [
        ("Salle des Fêtes (40, écran)", "Salle des Fêtes", 40, "écran"),
        ("Salle B (annexe) (12 places)", "Salle B (annexe)", 12, ""),
        ("Le Préau", "Le Préau", None, ""),
        ("Le Préau (2 écrans)", "Le Préau", None, "2 écrans"),
        ("Le Préau (écran (HDMI), 3 tables)", "Le Préau", None, "écran (HDMI), 3 tables"),
        ("Le Préau\t40\técran", "Le Préau", 40, "écran"),
        ("Le Préau ; 40 places ; écran, paperboard", "Le Préau", 40, "écran, paperboard"),
        ("Le Préau : 40 places, écran", "Le Préau", 40, "écran"),
    ],
)
def test_a_place_is_read_with_its_hints(line: str, name: str, seats: int | None, equipment: str) -> None:
    assert read_place(line) == {"name": name, "seats": seats, "equipment": equipment}


def test_a_slot_without_an_end_lasts_until_the_next_one_of_its_day() -> None:
    rows = read_slots("9h\tAccueil\n\n10h30 30 Plénière\n9h45 Café\nJour 2\n9h-10h Reprise")
    assert [(row["day"], f"{row['starts_at']:%H:%M}", row["minutes"], row["title"]) for row in rows] == [
        (1, "09:00", 45, "Accueil"),
        (1, "09:45", 45, "Café"),
        (1, "10:30", 30, "Plénière"),
        (2, "09:00", 60, "Reprise"),
    ]


def test_every_line_that_cannot_be_read_is_named_with_its_reason() -> None:
    with pytest.raises(ValidationError) as refused:
        read_slots("9h Accueil\nmidi\n9h00 60\n11h-10h\nJour 12\n25h 30\n18h 3 Fin\n19h")
    assert refused.value.messages == [
        "Line 2, “midi”: begin with the hour, such as 9:30, then the minutes or the hour at which it ends.",
        "Line 3, “9h00 60”: starts at the same time as line 1.",
        "Line 4, “11h-10h”: it ends before it begins.",
        "Line 5, “Jour 12”: a forum lasts at most 9 days.",
        "Line 6, “25h 30”: this hour does not exist.",
    ]
    with pytest.raises(ValidationError) as last:
        read_slots("9h-10h Accueil\n10h Fin")
    assert last.value.messages == [
        "Line 2, “10h Fin”: say how many minutes it lasts, or when it ends: nothing comes after."
    ]


@pytest.mark.parametrize("line", ["(40)", "x" * 81, f"Salle ({MOST_SEATS + 1})", f"Salle ({'écran ' * 30})"])
def test_a_place_that_does_not_do_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        read_places(line)


def test_what_overlaps_is_shown_and_not_forbidden() -> None:
    rows = preview(read_slots("9h-10h Accueil\n9h30 60\nJour 2\n9h45 60"))
    assert [(row["overlaps"], row["ends_at"]) for row in rows] == [
        (False, time(10)),
        (True, time(10, 30)),
        (False, time(10, 45)),
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "days", "rounds"), [("half-day", 1, 2), ("one-day", 1, 3), ("two-days", 2, 5)])
def test_each_usual_day_can_be_read_and_nothing_in_it_overlaps(
    language: str, name: str, days: int, rounds: int
) -> None:
    with translation.override(language):
        rows = preview(read_slots(TEMPLATES[name][2]()))
    assert (rows[-1]["day"], sum(not row["title"] for row in rows)) == (days, rounds)
    assert not any(row["overlaps"] for row in rows)


WORDS = st.text(st.characters(categories=["L"]), min_size=1, max_size=12).map(lambda word: f"x{word}")
SLOTS = st.lists(
    st.builds(
        SimpleNamespace,
        day=st.integers(1, 9),
        starts_at=st.times(max_value=time(23)).map(lambda hour: hour.replace(second=0, microsecond=0)),
        minutes=st.integers(5, 720),
        title=st.just("") | WORDS,
    ),
    max_size=12,
    unique_by=lambda slot: (slot.day, slot.starts_at),
)
PLACES = st.lists(
    st.builds(
        SimpleNamespace,
        name=WORDS | WORDS.map(lambda word: f"Salle ({word})"),
        seats=st.none() | st.integers(0, MOST_SEATS),
        equipment=st.just("") | WORDS | st.integers(0, 99).map(lambda n: f"{n}, écran") | st.just("2 écrans (HDMI)"),
    ),
    max_size=12,
    unique_by=lambda place: place.name.casefold(),
)


@given(slots=SLOTS, places=PLACES)
def test_what_is_copied_from_an_earlier_forum_is_read_as_it_was(slots: list[Any], places: list[Any]) -> None:
    slots.sort(key=lambda slot: (slot.day, slot.starts_at))
    assert [SimpleNamespace(**row) for row in read_slots(write_slots(slots))] == slots
    assert [SimpleNamespace(**row) for row in read_places(write_places(places))] == places


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read_or_refused_in_words(text: str) -> None:
    for read in (read_slots, read_places):
        with contextlib.suppress(ValidationError):
            read(text)
