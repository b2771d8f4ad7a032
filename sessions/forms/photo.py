"""What is said of a photo, and the words of a sheet that somebody transcribes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions.forms.report import ReportForm, SharedForm
from sessions.models import Photo, Report
from sessions.models.writing import SECTIONS


class PhotoForm(SharedForm):
    class Meta:
        model = Photo
        fields = Photo.SHARED
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

    def explain_what_stays(self, name: str, theirs: Any) -> None:
        """To who may only add: show what the group wrote, and after it, where there is room, what they typed."""
        mine = self.data.get(name, "")
        if name in SECTIONS:
            self.data = {**self.data, name: f"{theirs}\n{mine}"}
            said = _("Its group has written here: that stays. Your words come after theirs; send again to keep both.")
        else:
            self.data = {**self.data, name: theirs}
            said = _("Its group has written this, and it stays; you typed “{text}”.")
        self.add_error(name, said.format(text=mine))
