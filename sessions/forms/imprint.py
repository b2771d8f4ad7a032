"""What the organisers add to the report: their word, their colour, their licence, their logos, and who may read it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.lines import OneLine
from sessions import colours
from sessions.models import Imprint

OWN = "own"
NAMES = {
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
    """Everything is optional. `accent` is a colour of the house or `own`, which `own_accent` then tells."""

    accent = forms.ChoiceField(
        label=gettext_lazy("Accent colour"),
        required=False,
        widget=forms.RadioSelect,
        choices=list(NAMES.items()),
    )
    own_accent = forms.CharField(
        label=gettext_lazy("Your own colour"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("For example #1d5f8f, as your graphic charter gives it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Imprint
        fields = ("word", "signed_by", "signed_role", "priorities", "next_dates", "credits", "licence")
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
        self.initial["accent"] = accent if accent in NAMES else OWN
        self.initial["own_accent"] = "" if accent in NAMES else accent

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        accent = cleaned.get("accent", "")
        if accent == OWN:
            try:
                cleaned["accent"] = self._own(cleaned.get("own_accent", ""))
            except ValidationError as error:
                self.add_error("own_accent", error)
        self.instance.accent = cleaned.get("accent", "")
        return cleaned

    @staticmethod
    def _own(text: str) -> str:
        try:
            colour = colours.read(text)
        except colours.NotAColour:
            raise ValidationError(_("Write a colour as # and six figures or letters from a to f: #1d5f8f.")) from None
        contrast = colours.contrast(colour)
        if contrast < colours.ENOUGH:
            raise ValidationError(
                _("This colour is too pale: its contrast with white is %(found)s to 1, and text needs %(needed)s to 1.")
                % {"found": _figure(contrast), "needed": _figure(colours.ENOUGH)}
            )
        return colour


def _figure(contrast: float) -> str:
    """Never rounded up to what would be enough."""
    return number_format(int(contrast * 10) / 10, 1)


class LogoForm(forms.Form):
    """One more logo: whose it is, and its image as it came."""

    name = OneLine(
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


class PublishForm(forms.ModelForm[Imprint]):
    class Meta:
        model = Imprint
        fields = ("is_public", "is_listed")
