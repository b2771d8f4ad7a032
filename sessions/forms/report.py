"""Forms of a report and its actions, which several people write at once."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions.models import Action, Report
from sessions.models.field_conflicts import SharedFields


class SharedTextForm(forms.ModelForm[Any]):
    """Validate the texts of one writer; `SharedFields.compare_and_set` decides about conflicts with other writers."""

    def __init__(self, data: QueryDict | None = None, *, row: SharedFields) -> None:
        # Initial values, not `instance`: cleaning must not change the row, which is compared later.
        values = {name: getattr(row, name) for name in row.SHARED_FIELDS}
        self.sent = {name for name in values if data is not None and name in data}
        """Names of the fields in this submission; a page may send some of them only."""
        if data is not None:
            data = data.copy()
            for name in values.keys() - self.sent:
                data[name] = "" if values[name] is None else str(values[name])
        super().__init__(data, initial=values)
        self.row = row
        self.conflicts: set[str] = set()
        """Names of the fields that somebody else changed meanwhile."""

    def show_conflicts(self, others: Mapping[str, Any]) -> None:
        """Show what somebody else wrote meanwhile in these fields, beside what was typed."""
        error = gettext("Somebody wrote here in the meantime: “{text}”. Yours is in the field; send again to keep it.")
        for name, text in others.items():
            self.conflicts.add(name)
            self.add_error(name, error.format(text="" if text is None else text))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return {
            name: value.replace("\r\n", "\n") if isinstance(value, str) else value
            for name, value in cleaned.items()
            if name in self.sent
        }

    def _post_clean(self) -> None:
        """Do nothing: fields are validated one by one, and an invalid one does not keep the others from being saved."""

    @property
    def bases(self) -> dict[str, str]:
        """By field, the base of the text that the writer had seen (hidden inputs `b_…`)."""
        return {name: str(self.data.get(f"b_{name}", "")) for name in self.fields}

    @property
    def next_bases(self) -> dict[str, str]:
        """The bases for the page that shows this form.

        Nothing of a refused form is saved, so its fields keep their bases; in case of a conflict the writer now sees
        what somebody else wrote.
        """
        unchanged = {name: base for name, base in self.bases.items() if name in self.sent - self.conflicts}
        return self.row.bases() | unchanged


def _textarea(rows: int, placeholder: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})


class ReportForm(SharedTextForm):
    class Meta:
        model = Report
        fields = Report.SHARED_FIELDS
        widgets = {
            "scribes": forms.TextInput(attrs={"autocomplete": "off"}),
            "head_count": forms.NumberInput(attrs={"min": 1, "max": 2000, "inputmode": "numeric"}),
            "findings": _textarea(4, _("What we see, what we know. One idea a line.")),
            "debate": _textarea(5, _("What we agree on, where we differ.")),
            "proposals": _textarea(4, _("What should be done. One proposal a line.")),
            "needs": _textarea(3, _("What we ask for, and of whom.")),
            "open_questions": _textarea(3, _("What we did not settle.")),
            "resources": _textarea(2, _("Guides, people, links. One a line.")),
            "quote": forms.TextInput(attrs={"autocomplete": "off"}),
            "quote_author": forms.TextInput(attrs={"autocomplete": "off"}),
            "contact": forms.TextInput(attrs={"autocomplete": "off"}),
        }


class ActionForm(SharedTextForm):
    class Meta:
        model = Action
        fields = Action.SHARED_FIELDS
        widgets = {
            "due_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "point_person": forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
        }
