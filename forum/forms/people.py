"""Joining a forum, and the feedback at its end."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forum.models import Feedback, Forum, Participant


class ParticipantForm(forms.ModelForm[Participant]):
    """Name, organisation, territory, and how to appear in the report. Only the name is required.

    A name that somebody present has already is refused once, and accepted when it is sent again.
    """

    same_name = forms.CharField(required=False, widget=forms.HiddenInput)
    """The name that was refused."""

    class Meta:
        model = Participant
        fields = ("name", "organisation", "territory", "appearance")
        labels = {"name": _("Your first and last name"), "appearance": _("In the report")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words", "enterkeyhint": "next"}),
            "organisation": forms.TextInput(attrs={"autocomplete": "organization"}),
            "territory": forms.TextInput(attrs={"list": "territories", "autocomplete": "off"}),
            "appearance": forms.RadioSelect,
        }
        error_messages = {
            "name": {"required": _("Your name is needed, so that others know who proposes and who comes.")}
        }

    def __init__(self, data: Any = None, *, forum: Forum, instance: Participant | None = None) -> None:
        super().__init__(data, instance=instance)
        self.forum = forum

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = cleaned.get("name")
        if name and not self.instance.pk and cleaned.get("same_name") != name:
            namesakes = self.forum.participants.present().filter(name__iexact=name)
            if namesakes.exists():
                self.data = {**self.data.dict(), "same_name": name} if isinstance(self.data, QueryDict) else self.data
                raise ValidationError(self._explain(namesakes).format(name=name), code="same_name")
        return cleaned

    @staticmethod
    def _explain(namesakes: QuerySet[Participant]) -> str:
        """Return the error. A person whom the facilitators entered, with a topic for example, has no other phone."""
        if namesakes.filter(devices=None).exists():
            return gettext(
                "The facilitators have entered someone called {name}. If it is you, ask them for a code; "
                "if not, press the button again."
            )
        return gettext(
            "Someone called {name} is already here. If it is you, come with a code from your other phone; "
            "if not, press the button again."
        )

    @property
    def person_fields(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class FeedbackForm(forms.ModelForm[Feedback]):
    class Meta:
        model = Feedback
        fields = ("words", "keep", "change")
        widgets = {"words": forms.Textarea(attrs={"rows": 4})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) for name in self.Meta.fields) and not self.errors:
            raise ValidationError(_("Write at least one word."))
        return cleaned
