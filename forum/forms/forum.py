"""The settings of a forum, and a new forum with its whole agenda in one form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from forum.forms import agenda_text, default_days
from forum.models import Forum
from forum.text.one_line import one_line


class ForumForm(forms.ModelForm[Forum]):
    """The description of a forum. Only the title, the question and the date are required."""

    class Meta:
        model = Forum
        fields = Forum.DESCRIPTION_FIELDS
        widgets = {
            "date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "question": forms.Textarea(attrs={"rows": 2}),
            "territories": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "question": gettext_lazy("The one question of the whole day, as the wall shows it."),
            "organisers": gettext_lazy("As the cover of the report names them."),
            "contact": gettext_lazy("To whom people write about the report and about their data."),
            "approves_first": gettext_lazy(
                "For emergencies. Written sheets wait too, and what phones change in a photo or a closing word. Phones "
                "then do not edit, split or take up topics of the board, name another place or finish reports. Still "
                "shown at once: names and organisations, what groups write in their reports (the list of reports leads "
                "you there), and the photos of a group to its own people."
            ),
            "territories": gettext_lazy("Suggested to those who join; they may write something else."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pitch_seconds"].required = False
        self.fields["approves_first"].show_hidden_initial = True

    def clean_pitch_seconds(self) -> int:
        return self.cleaned_data["pitch_seconds"] or 0

    def clean_approves_first(self) -> bool:
        """Leave it as it is unless it was changed here: a page opened earlier must not end an emergency."""
        is_changed = "approves_first" in self.changed_data
        return bool(self.cleaned_data["approves_first"]) if is_changed else self.instance.approves_first

    def clean_is_rehearsal(self) -> bool:
        """Refuse to make a rehearsal, which one button erases, of a forum that people use."""
        is_rehearsal = bool(self.cleaned_data["is_rehearsal"])
        forum = self.instance
        becomes_one = is_rehearsal and forum.pk and not self.initial["is_rehearsal"]
        if becomes_one and not forum.is_empty:
            raise ValidationError(_("There are people or topics in this forum: make a new one for the rehearsal."))
        return is_rehearsal

    def clean_territories(self) -> str:
        lines = map(one_line, str(self.cleaned_data["territories"]).splitlines())
        return "\n".join(dict.fromkeys(filter(None, lines)))


class AgendaForm(forms.Form):
    """Slots and places as text, one per line, as on paper."""

    slots = forms.CharField(
        label=gettext_lazy("Agenda, one line for each moment"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The hour, then the minutes or the end, then a title if everyone is together: “12:00 75 Lunch”, "
            "“9:30-10:15 Opening plenary”. Without a title, groups meet: “10:15 75”. A line “Day 2” begins another day."
        ),
    )
    places = forms.CharField(
        label=gettext_lazy("Places, one per line"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "In brackets, if you know them, seats and equipment: “Main hall (40, screen)”. These are hints, never "
            "limits, and “elsewhere” is always there."
        ),
    )

    def clean_slots(self) -> list[agenda_text.Row]:
        """Return the fields of each slot: `day`, `starts_at`, `minutes` and `title`."""
        return agenda_text.parse_slots(self.cleaned_data["slots"])

    def clean_places(self) -> list[agenda_text.Row]:
        """Return the fields of each place: `name`, `seats`, `equipment` and `position`."""
        places = agenda_text.parse_places(self.cleaned_data["places"])
        return [{**place, "position": position} for position, place in enumerate(places)]


class NewForumForm(ForumForm, AgendaForm):
    """A new forum with its whole agenda in one form, filled in from a template or from an earlier forum."""

    def __init__(self, data: Any = None, *, like: Forum | str = "one-day") -> None:
        super().__init__(data, initial=_from_forum(like) if isinstance(like, Forum) else _from_template(like))


def _from_template(name: str) -> dict[str, Any]:
    slots = default_days.TEMPLATES[name].agenda()
    return {"language": get_language(), "slots": slots, "places": default_days.default_places() if slots else ""}


def _from_forum(forum: Forum) -> dict[str, Any]:
    """Return the settings and the agenda of an earlier forum, without its date, people and topics."""
    copied = set(Forum.DESCRIPTION_FIELDS) - {"date", "is_rehearsal", "approves_first"}
    return {
        **model_to_dict(forum, copied),
        "date": None,
        "slots": agenda_text.format_slots(forum.slots.all()),
        "places": agenda_text.format_places(forum.places.all()),
    }
