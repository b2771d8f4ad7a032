"""The texts of a photo, and the transcription of a sheet."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions.forms.report import ReportForm, SharedTextForm
from sessions.models import Photo, Report
from sessions.models.manuscript import SECTIONS


class PhotoForm(SharedTextForm):
    class Meta:
        model = Photo
        fields = Photo.SHARED_FIELDS
        widgets = {
            "caption": forms.TextInput(attrs={"autocomplete": "off"}),
            "alternative": forms.TextInput(
                attrs={"autocomplete": "off", "placeholder": _("For example: four people around a plan of the square")}
            ),
        }


class TranscriptionForm(ReportForm):
    """The fields of the report, in the order of the printed sheet."""

    class Meta(ReportForm.Meta):
        fields = ("title", *SECTIONS, "quote", "quote_author", "scribes", "head_count", "contact")

    def __init__(self, data: Any = None, *, row: Report) -> None:
        super().__init__(data, row=row)
        for name in SECTIONS:
            self.fields[name].widget.attrs["rows"] = 3

    def keep_existing(self, existing: Mapping[str, Any]) -> None:
        """Show what the group wrote in these fields to a writer who may only add, whose text follows in a section."""
        for name, value in existing.items():
            self.conflicts.add(name)
            typed = self.data.get(name, "")
            if name in SECTIONS:
                shown = f"{value}\n{typed}"
                error = _("Its group has written here: that stays. Your words come after; send again to keep both.")
            else:
                shown = value
                error = _("Its group has written this, and it stays; you typed “{text}”.")
            self.data = dict(self.data.items()) | {name: shown}
            self.add_error(name, error.format(text=typed))
