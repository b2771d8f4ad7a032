"""A report and its actions, as several people write them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions.models import Action, Report
from sessions.models.shared_fields import SharedFields


class SharedForm(forms.ModelForm[Any]):
    """Checks what was written; which writer wins which field is decided by `SharedText.merge`."""

    def __init__(self, data: QueryDict | None = None, *, shown: SharedFields) -> None:
        # A copy of the values, not the row itself: cleaning must not touch what will be compared.
        values = {name: getattr(shown, name) for name in shown.SHARED_FIELDS}
        self.sent = {name for name in values if data is not None and name in data}
        """The fields that this submission carries; a page may send a part of them."""
        if data is not None:
            data = data.copy()
            for name in values.keys() - self.sent:
                data[name] = "" if values[name] is None else str(values[name])
        super().__init__(data, initial=values)
        self.shown = shown
        self.clashes: set[str] = set()

    def clash(self, theirs: Mapping[str, Any]) -> None:
        """Show what somebody else wrote meanwhile in these fields, beside what was typed."""
        sentence = gettext(
            "Somebody wrote here in the meantime: “{text}”. Yours is in the field; send again to keep it."
        )
        for name, text in theirs.items():
            self.clashes.add(name)
            self.add_error(name, sentence.format(text="" if text is None else text))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value
            for name, value in said.items()
            if name in self.sent
        }

    def _post_clean(self) -> None:
        """Fields are checked one by one; a field that is wrong does not keep the others from being saved."""

    @property
    def bases(self) -> dict[str, str]:
        """Per field, the mark of what the writer had seen (hidden inputs `b_…`)."""
        return {name: str(self.data.get(f"b_{name}", "")) for name in self.fields}

    @property
    def bases_to_show(self) -> dict[str, str]:
        """The marks for the page that shows this form.

        A form that is refused leaves nothing (see access.once), so what it carried is sent again as it came; where
        somebody else wrote, what they wrote is seen now.
        """
        again = {name: mark for name, mark in self.bases.items() if name in self.sent - self.clashes}
        return self.shown.bases() | again


def _area(rows: int, hint: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": hint})


class ReportForm(SharedForm):
    class Meta:
        model = Report
        fields = Report.SHARED_FIELDS
        widgets = {
            "scribes": forms.TextInput(attrs={"autocomplete": "off"}),
            "head_count": forms.NumberInput(attrs={"min": 1, "max": 2000, "inputmode": "numeric"}),
            "findings": _area(4, _("What we see, what we know. One idea a line.")),
            "debate": _area(5, _("What we agree on, where we differ.")),
            "proposals": _area(4, _("What should be done. One proposal a line.")),
            "needs": _area(3, _("What we ask for, and of whom.")),
            "open_questions": _area(3, _("What we did not settle.")),
            "resources": _area(2, _("Guides, people, links. One a line.")),
            "quote": forms.TextInput(attrs={"autocomplete": "off"}),
            "quote_author": forms.TextInput(attrs={"autocomplete": "off"}),
            "contact": forms.TextInput(attrs={"autocomplete": "off"}),
        }


class ActionForm(SharedForm):
    class Meta:
        model = Action
        fields = Action.SHARED_FIELDS
        widgets = {
            "due_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "point_person": forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
        }
