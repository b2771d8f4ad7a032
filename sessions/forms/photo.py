"""What is said of a photo, and the words of a sheet that somebody transcribes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions.forms.report import ReportForm, SharedForm
from sessions.models import Photo, Report
from sessions.models.manuscript import SECTIONS


class PhotoForm(SharedForm):
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
    """The report's own fields, in the order in which the printed sheet asks for them."""

    class Meta(ReportForm.Meta):
        fields = ("title", *SECTIONS, "quote", "quote_author", "scribes", "head_count", "contact")

    def __init__(self, data: Any = None, *, shown: Report) -> None:
        super().__init__(data, shown=shown)
        for name in SECTIONS:
            self.fields[name].widget.attrs["rows"] = 3

    def keep_what_stands(self, theirs: Mapping[str, Any]) -> None:
        """To who may only add: show what the group wrote in these fields, and after it, in a text, what they typed."""
        for name, stands in theirs.items():
            self.clashes.add(name)
            mine = self.data.get(name, "")
            if name in SECTIONS:
                shown = f"{stands}\n{mine}"
                said = _("Its group has written here: that stays. Your words come after; send again to keep both.")
            else:
                shown = stands
                said = _("Its group has written this, and it stays; you typed “{text}”.")
            self.data = dict(self.data.items()) | {name: shown}
            self.add_error(name, said.format(text=mine))
