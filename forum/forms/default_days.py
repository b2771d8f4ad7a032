"""Agendas and places that a new forum can start with, to be corrected rather than invented."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def half_day() -> str:
    return "\n".join(
        [
            "9:00 20 " + _("Welcome"),
            "9:20 30 " + _("Opening plenary"),
            "9:50 20 " + _("Marketplace"),
            "10:10 50",
            "11:05 50",
            "12:00 30 " + _("Closing plenary"),
        ]
    )


def one_day() -> str:
    return "\n".join(
        [
            "9:00 30 " + _("Welcome"),
            "9:30 45 " + _("Opening plenary"),
            "10:15 30 " + _("Marketplace"),
            "10:45 75",
            "12:00 75 " + _("Lunch"),
            "13:15 75",
            "14:45 60",
            "15:50 40 " + _("Closing plenary"),
        ]
    )


def two_days() -> str:
    """Return two days; the second morning opens the marketplace again, since the night brings new topics."""
    return "\n".join(
        [
            _("Day {number}").format(number=1),
            "9:00 30 " + _("Welcome"),
            "9:30 45 " + _("Opening plenary"),
            "10:15 45 " + _("Marketplace"),
            "11:00 75",
            "12:15 75 " + _("Lunch"),
            "13:30 75",
            "15:00 75",
            "16:30 30 " + _("Evening news"),
            _("Day {number}").format(number=2),
            "9:00 30 " + _("Morning news, new topics"),
            "9:30 75",
            "11:00 75",
            "12:15 75 " + _("Lunch"),
            "13:30 75 " + _("Convergence and actions"),
            "15:00 45 " + _("Closing plenary"),
        ]
    )


def default_places() -> str:
    room = _("Room {number}")
    return "\n".join([_("Main hall") + " (40)", *(f"{room.format(number=number)} (15)" for number in (1, 2, 3, 4))])


class DayTemplate(NamedTuple):
    name: Any
    description: Any
    agenda: Callable[[], str]
    """Returns the agenda in the active language, as `agenda_text` parses it."""


TEMPLATES = {
    "half-day": DayTemplate(gettext_lazy("Half a day"), gettext_lazy("A morning, two rounds of groups"), half_day),
    "one-day": DayTemplate(gettext_lazy("One day"), gettext_lazy("Three rounds of groups, and lunch"), one_day),
    "two-days": DayTemplate(
        gettext_lazy("Two days"), gettext_lazy("Five rounds of groups, and a night in between"), two_days
    ),
    "own": DayTemplate(gettext_lazy("My own agenda"), gettext_lazy("Typed or pasted, one line for each moment"), str),
}
"""By their name in the URL."""
