"""A forum as its facilitator describes it, and a new one with its whole day in one form."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from forum.models import Forum

SLOT = re.compile(
    r"(?P<hour>\d{1,2})\s*[:hH.]\s*(?P<minute>\d{2})?\s+(?P<length>\d{1,3})(?:\s*(?:min|minutes|mn|′))?(?:\s+(?P<title>\S.*))?"
)
PLACE = re.compile(r"(?P<name>.*?)\s*(?:\((?P<seats>\d+)[^()]*\))?")
SHORTEST, LONGEST = 5, 720
"""Minutes of a slot."""
MOST_LINES = 60
MOST_SEATS = 10_000


class ForumForm(forms.ModelForm[Forum]):
    """The day in words. Only the title, the question and the date are required."""

    class Meta:
        model = Forum
        fields = Forum.DESCRIPTION
        widgets = {
            "date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "question": forms.Textarea(attrs={"rows": 2}),
            "territories": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "question": gettext_lazy("The one question of the whole day, as the wall shows it."),
            "organisers": gettext_lazy("As the cover of the report names them."),
            "contact": gettext_lazy("To whom people write about the report and about their data."),
            "territories": gettext_lazy("Suggested to those who join; they may write something else."),
        }

    def clean_is_rehearsal(self) -> bool:
        """What people did in earnest must never become something that one button erases."""
        rehearses = bool(self.cleaned_data["is_rehearsal"])
        forum = self.instance
        is_new = rehearses and forum.pk and not self.initial["is_rehearsal"]
        if is_new and (forum.participants.exists() or forum.topics.exists()):
            raise ValidationError(_("There are people or topics in this forum: make a new one for the rehearsal."))
        return rehearses

    def clean_question(self) -> str:
        return " ".join(str(self.cleaned_data["question"]).split())

    def clean_territories(self) -> str:
        lines = (" ".join(line.split()) for line in str(self.cleaned_data["territories"]).splitlines())
        return "\n".join(dict.fromkeys(filter(None, lines)))


class NewForumForm(ForumForm):
    """The same, with slots and places in words: one per line, as one would write the day on paper."""

    slots = forms.CharField(
        label=gettext_lazy("Slots, one per line"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The hour, the minutes, and a title if everyone is together: “12:00 75 Lunch”. "
            "Without a title, groups meet: “10:15 75”."
        ),
    )
    places = forms.CharField(
        label=gettext_lazy("Places, one per line"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("Seats in brackets, if you know them: “Main hall (40)”. “Elsewhere” is always there."),
    )

    def __init__(self, data: Any = None) -> None:
        initial = {"language": get_language(), "slots": usual_day(), "places": usual_places()}
        super().__init__(data, initial=initial)

    def clean_slots(self) -> list[dict[str, Any]]:
        """Rows of `starts_at`, `minutes` and `title`, as Forum.slots takes them."""
        return _read_lines(
            self.cleaned_data["slots"], read_slot, "starts_at", _("starts at the same time as line {other}.")
        )

    def clean_places(self) -> list[dict[str, Any]]:
        """Rows of `name`, `seats` and `position`, as Forum.places takes them."""
        places = _read_lines(self.cleaned_data["places"], read_place, "name", _("has the same name as line {other}."))
        return [{**place, "position": position} for position, place in enumerate(places)]


def usual_day() -> str:
    """A day that most forums could live with, to be corrected rather than invented."""
    day = (
        "9:00 30 " + _("Welcome"),
        "9:30 45 " + _("Opening plenary"),
        "10:15 30 " + _("Marketplace"),
        "10:45 75",
        "12:00 75 " + _("Lunch"),
        "13:15 75",
        "14:45 60",
        "15:50 40 " + _("Closing plenary"),
    )
    return "\n".join(day)


def usual_places() -> str:
    room = _("Room {number}")
    return "\n".join([_("Main hall") + " (40)", *(f"{room.format(number=number)} (15)" for number in (1, 2, 3, 4))])


def _read_lines(text: str, read: Callable[[str], dict[str, Any]], key: str, twice: str) -> list[dict[str, Any]]:
    """One row per line that is not blank. Every line that cannot be read is named, not only the first."""
    rows: list[dict[str, Any]] = []
    seen: dict[Any, int] = {}
    wrong = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = read(" ".join(line.split()))
        except ValidationError as error:
            wrong.append((number, line, error.message))
            continue
        same = row[key].casefold() if isinstance(row[key], str) else row[key]
        if same in seen:
            wrong.append((number, line, twice.format(other=seen[same])))
        seen.setdefault(same, number)
        rows.append(row)
    if len(rows) > MOST_LINES:
        raise ValidationError(_("{most} lines at most.").format(most=MOST_LINES))
    if wrong:
        message = _("Line {number}, “{line}”: {reason}")
        raise ValidationError(
            [message.format(number=number, line=line.strip()[:60], reason=reason) for number, line, reason in wrong[:5]]
        )
    return rows


def read_slot(line: str) -> dict[str, Any]:
    """A slot as one writes it: `9:30 45 Opening plenary`, `10h15 75`. Raises ValidationError."""
    said = SLOT.fullmatch(line)
    if said is None:
        raise ValidationError(_("write the hour, the minutes, then a title if everyone is together."))
    hour, minute, length = int(said["hour"]), int(said["minute"] or 0), int(said["length"])
    title = said["title"] or ""
    if hour > 23 or minute > 59:
        raise ValidationError(_("this hour does not exist."))
    if not SHORTEST <= length <= LONGEST:
        raise ValidationError(_("a slot lasts from {least} to {most} minutes.").format(least=SHORTEST, most=LONGEST))
    if len(title) > 120:
        raise ValidationError(_("this title is too long."))
    return {"starts_at": time(hour, minute), "minutes": length, "title": title}


def read_place(line: str) -> dict[str, Any]:
    """A place and its seats: `Main hall (40)`. Raises ValidationError."""
    said = PLACE.fullmatch(line)
    name, seats = (said["name"], said["seats"]) if said else (line, None)
    if not name:
        raise ValidationError(_("a place needs a name."))
    if len(name) > 80:
        raise ValidationError(_("this name is too long."))
    if seats and int(seats) > MOST_SEATS:
        raise ValidationError(_("that is too many seats."))
    return {"name": name, "seats": int(seats) if seats else None}
