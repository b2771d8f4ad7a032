"""What a new forum can begin as: days that most could live with, to be corrected rather than invented."""

from collections.abc import Callable
from typing import Any

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
    """The night between the two brings its own topics: the second morning opens the marketplace again."""
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


def usual_places() -> str:
    room = _("Room {number}")
    return "\n".join([_("Main hall") + " (40)", *(f"{room.format(number=number)} (15)" for number in (1, 2, 3, 4))])


TEMPLATES: dict[str, tuple[Any, Any, Callable[[], str]]] = {
    "half-day": (gettext_lazy("Half a day"), gettext_lazy("A morning, two rounds of groups"), half_day),
    "one-day": (gettext_lazy("One day"), gettext_lazy("Three rounds of groups, and lunch"), one_day),
    "two-days": (gettext_lazy("Two days"), gettext_lazy("Five rounds of groups, and a night in between"), two_days),
    "own": (gettext_lazy("My own agenda"), gettext_lazy("Typed or pasted, one line for each moment"), str),
}
"""By the name that the address gives them: what each is called, what is in it, and its agenda as text."""
