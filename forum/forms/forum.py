"""A forum as its facilitator describes it, and a new one with its whole day in one form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from forum.forms import default_days, programme
from forum.models import Forum
from forum.text.one_line import one_line


class ForumForm(forms.ModelForm[Forum]):
    """The day in words. Only the title, the question and the date are required."""

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
            "territories": gettext_lazy("Suggested to those who join; they may write something else."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pitch_seconds"].required = False

    def clean_pitch_seconds(self) -> int:
        return self.cleaned_data["pitch_seconds"] or 0

    def clean_is_rehearsal(self) -> bool:
        """What people did in earnest must never become something that one button erases."""
        rehearses = bool(self.cleaned_data["is_rehearsal"])
        forum = self.instance
        is_new = rehearses and forum.pk and not self.initial["is_rehearsal"]
        if is_new and not forum.is_empty:
            raise ValidationError(_("There are people or topics in this forum: make a new one for the rehearsal."))
        return rehearses

    def clean_territories(self) -> str:
        lines = map(one_line, str(self.cleaned_data["territories"]).splitlines())
        return "\n".join(dict.fromkeys(filter(None, lines)))


class AgendaForm(forms.Form):
    """Slots and places in words: one per line, as one would write the day on paper."""

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

    def clean_slots(self) -> list[programme.Row]:
        """Rows of `day`, `starts_at`, `minutes` and `title`, as Forum.slots takes them."""
        return programme.read_slots(self.cleaned_data["slots"])

    def clean_places(self) -> list[programme.Row]:
        """Rows of `name`, `seats`, `equipment` and `position`, as Forum.places takes them."""
        places = programme.read_places(self.cleaned_data["places"])
        return [{**place, "position": position} for position, place in enumerate(places)]


class NewForumForm(ForumForm, AgendaForm):
    """A forum with its whole day in one form, which begins as a template or as an earlier forum."""

    def __init__(self, data: Any = None, *, like: Forum | str = "one-day") -> None:
        super().__init__(data, initial=_as_before(like) if isinstance(like, Forum) else _as_usual(like))


def _as_usual(template: str) -> dict[str, Any]:
    _name, _content, agenda = default_days.TEMPLATES[template]
    slots = agenda()
    return {"language": get_language(), "slots": slots, "places": default_days.usual_places() if slots else ""}


def _as_before(forum: Forum) -> dict[str, Any]:
    """All that was set for an earlier forum; its date is to be chosen anew, and its people and topics are its own."""
    kept = set(Forum.DESCRIPTION_FIELDS) - {"date", "is_rehearsal"}
    return {
        **model_to_dict(forum, kept),
        "date": None,
        "slots": programme.write_slots(forum.slots.all()),
        "places": programme.write_places(forum.places.all()),
    }
