"""The imprint of the report: texts of the organisers, accent colour, licence, readers; and its logos."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.text.one_line import LineFormField
from sessions.colour_contrast import MIN_CONTRAST, InvalidColour, contrast, parse_colour
from sessions.models import Imprint

OWN = "own"
ACCENTS = {
    "": gettext_lazy("Those of the house"),
    "#0f3d3c": gettext_lazy("Deep green"),
    "#b23c16": gettext_lazy("Brick"),
    "#1d5f8f": gettext_lazy("Blue"),
    "#4d7339": gettext_lazy("Leaf green"),
    "#7a4e8a": gettext_lazy("Purple"),
    "#845300": gettext_lazy("Brown"),
    OWN: gettext_lazy("Another one, written below"),
}


class ImprintForm(forms.ModelForm[Imprint]):
    """All of the page but the logos; every field is optional.

    `accent` is one of ACCENTS; if it is "own", the colour is in `own_accent`.
    """

    accent = forms.ChoiceField(
        label=gettext_lazy("Accent colour"),
        required=False,
        widget=forms.RadioSelect,
        choices=list(ACCENTS.items()),
    )
    own_accent = forms.CharField(
        label=gettext_lazy("Your own colour"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("For example #1d5f8f, as your graphic charter gives it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    TEXTS = ("word", "signed_by", "signed_role", "priorities", "next_dates", "credits")

    class Meta:
        model = Imprint
        fields = (
            "word", "signed_by", "signed_role", "priorities", "next_dates", "credits",
            "licence", "is_public", "is_listed",
        )  # fmt: skip
        widgets = {
            "word": forms.Textarea(attrs={"rows": 8}),
            "priorities": forms.Textarea(attrs={"rows": 5}),
            "next_dates": forms.Textarea(attrs={"rows": 3}),
            "credits": forms.Textarea(attrs={"rows": 3}),
            "licence": forms.RadioSelect,
        }
        help_texts = {
            "word": gettext_lazy("It takes the page after the cover. Leave an empty line between paragraphs."),
            "priorities": gettext_lazy(
                "If there was one. With the dots after a colon, where you counted them: “A common charter: 34”."
            ),
            "next_dates": gettext_lazy("For example: “12 March 2027: follow-up meeting, in Amiens”."),
            "credits": gettext_lazy("Who facilitated, took the photos, lent the rooms…"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accent = self.instance.accent
        self.initial["accent"] = accent if accent in ACCENTS else OWN
        self.initial["own_accent"] = "" if accent in ACCENTS else accent
        for name, field in self.fields.items():  # the page sends the values that it showed, see `edited`
            field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data

    @property
    def edited(self) -> set[str]:
        """Fields that differ from what the page showed; the others keep what somebody else has saved meanwhile."""
        return {"accent" if name == "own_accent" else name for name in self.changed_data}

    @property
    def accent_as_shown(self) -> str:
        """The hidden field with the accent that the page shows; the template renders the choices one by one."""
        return self["accent"].as_hidden(only_initial=True)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        accent = cleaned.get("accent", "")
        if accent == OWN:
            try:
                cleaned["accent"] = self._clean_own_accent(cleaned.get("own_accent", ""))
            except ValidationError as error:
                self.add_error("own_accent", error)
        self.instance.accent = cleaned.get("accent", "")
        for name in self.edited & set(self.TEXTS):
            self._check_conflict(name, cleaned.get(name, ""))
        return cleaned

    def _check_conflict(self, name: str, text: str) -> None:
        """Refuse once a text that would replace one that its writer has not seen."""
        shown_name = self.add_initial_prefix(name)
        saved = self.initial.get(name, "")
        if shown_name not in self.data or _lines(saved) in (_lines(text), _lines(self.data[shown_name])):
            return
        reason = _("Somebody changed this meanwhile. Save again to put your text in the place of theirs: “{text}”")
        self.add_error(name, reason.format(text=saved))
        self.data = dict(self.data.items()) | {shown_name: saved}

    @staticmethod
    def _clean_own_accent(text: str) -> str:
        try:
            colour = parse_colour(text)
        except InvalidColour:
            raise ValidationError(_("Write a colour as # and six figures or letters from a to f: #1d5f8f.")) from None
        ratio = contrast(colour)
        if ratio < MIN_CONTRAST:
            raise ValidationError(
                _("This colour is too pale: its contrast with white is %(found)s to 1, and text needs %(needed)s to 1.")
                % {"found": _format_ratio(ratio), "needed": _format_ratio(MIN_CONTRAST)}
            )
        return colour


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


def _format_ratio(ratio: float) -> str:
    """Round down to one decimal, never up to a sufficient ratio."""
    return number_format(int(ratio * 10) / 10, 1)


class LogoForm(forms.Form):
    """A new logo: the name of its owner, and its image file."""

    name = LineFormField(
        label=gettext_lazy("Whose logo it is"),
        max_length=120,
        help_text=gettext_lazy("Read aloud to those who do not see it."),
    )
    image = forms.FileField(
        label=gettext_lazy("Its image"),
        help_text=gettext_lazy("PNG, JPEG or WebP, at best over 600 pixels wide."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={"required": gettext_lazy("Choose an image first.")},
    )
