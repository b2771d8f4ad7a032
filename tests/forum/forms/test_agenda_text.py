"""The agenda as text: formats of hours, and errors with their lines."""

import contextlib
from datetime import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from forum.forms.agenda_text import (
    format_places,
    format_slots,
    parse_place,
    parse_places,
    parse_slot,
    parse_slots,
    preview,
)
from forum.forms.default_days import TEMPLATES
from forum.models import Place


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
def test_a_slot_is_parsed_as_people_write_it(line: str, starts_at: time, minutes: int | None, title: str) -> None:
    assert parse_slot(line) == {"starts_at": starts_at, "minutes": minutes, "title": title}


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
def test_a_place_is_parsed_with_its_hints(line: str, name: str, seats: int | None, equipment: str) -> None:
    assert parse_place(line) == {"name": name, "seats": seats, "equipment": equipment}


def test_a_slot_without_an_end_lasts_until_the_next_one_of_its_day() -> None:
    rows = parse_slots("9h\tAccueil\n\n10h30 30 Plénière\n9h45 Café\nJour 2\n9h-10h Reprise")
    assert [(row["day"], f"{row['starts_at']:%H:%M}", row["minutes"], row["title"]) for row in rows] == [
        (1, "09:00", 45, "Accueil"),
        (1, "09:45", 45, "Café"),
        (1, "10:30", 30, "Plénière"),
        (2, "09:00", 60, "Reprise"),
    ]


def test_every_wrong_line_is_reported_with_its_reason() -> None:
    with pytest.raises(ValidationError) as error:
        parse_slots("9h Accueil\nmidi\n9h00 60\n11h-10h\nJour 12\n25h 30\n18h 3 Fin\n19h")
    assert error.value.messages == [
        "Line 2, “midi”: begin with the hour, such as 9:30, then the minutes or the hour at which it ends.",
        "Line 3, “9h00 60”: starts at the same time as line 1.",
        "Line 4, “11h-10h”: it ends before it begins.",
        "Line 5, “Jour 12”: a forum lasts at most 9 days.",
        "Line 6, “25h 30”: this hour does not exist.",
    ]
    with pytest.raises(ValidationError) as last:
        parse_slots("9h-10h Accueil\n10h Fin")
    assert last.value.messages == [
        "Line 2, “10h Fin”: say how many minutes it lasts, or when it ends: nothing comes after."
    ]


@pytest.mark.parametrize("line", ["(40)", "x" * 81, f"Salle ({Place.MAX_SEATS + 1})", f"Salle ({'écran ' * 30})"])
def test_an_invalid_place_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        parse_places(line)


def test_slots_that_overlap_are_marked_and_not_forbidden() -> None:
    rows = preview(parse_slots("9h-10h Accueil\n9h30 60\nJour 2\n9h45 60"))
    assert [(row["overlaps"], row["ends_at"]) for row in rows] == [
        (False, time(10)),
        (True, time(10, 30)),
        (False, time(10, 45)),
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "days", "rounds"), [("half-day", 1, 2), ("one-day", 1, 3), ("two-days", 2, 5)])
def test_each_template_can_be_parsed_and_has_no_overlap(language: str, name: str, days: int, rounds: int) -> None:
    with translation.override(language):
        rows = preview(parse_slots(TEMPLATES[name].agenda()))
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
        seats=st.none() | st.integers(0, Place.MAX_SEATS),
        equipment=st.just("") | WORDS | st.integers(0, 99).map(lambda n: f"{n}, écran") | st.just("2 écrans (HDMI)"),
    ),
    max_size=12,
    unique_by=lambda place: place.name.casefold(),
)


@given(slots=SLOTS, places=PLACES)
def test_a_formatted_agenda_is_parsed_as_it_was(slots: list[Any], places: list[Any]) -> None:
    slots.sort(key=lambda slot: (slot.day, slot.starts_at))
    assert [SimpleNamespace(**row) for row in parse_slots(format_slots(slots))] == slots
    assert [SimpleNamespace(**row) for row in parse_places(format_places(places))] == places


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for parse in (parse_slots, parse_places):
        with contextlib.suppress(ValidationError):
            parse(text)
