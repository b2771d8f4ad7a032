"""The sheets to print, their number, and the paper."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from forum.models import Forum
from sessions.printing.kit import MAX_BLANK, PAPERS, POSTERS, KitOrder


class KitForm(forms.Form):
    posters = forms.MultipleChoiceField(
        label=_("Posters"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("question", _("The question of the forum")),
            ("principles", _("The four principles")),
            ("law", _("The law of your two feet")),
            ("join", _("How to join, with the QR code")),
        ],
        initial=list(POSTERS),
    )
    paper = forms.ChoiceField(
        label=_("Paper of the posters"), choices=[(paper, paper) for paper in PAPERS], widget=forms.RadioSelect
    )
    topics = forms.BooleanField(label=_("One for each topic on the board"), required=False)
    blank_topics = forms.IntegerField(label=_("Empty ones"), min_value=0, max_value=MAX_BLANK, required=False)
    reports = forms.BooleanField(label=_("One for each topic on the board"), required=False)
    blank_reports = forms.IntegerField(label=_("Empty ones"), min_value=0, max_value=MAX_BLANK, required=False)
    numbered = forms.BooleanField(label=_("Number the empty ones"), required=False)
    places = forms.BooleanField(label=_("One for each place"), required=False)
    guests = forms.BooleanField(label=_("One row for each person expected"), required=False)
    blank_rows = forms.IntegerField(label=_("Empty rows"), min_value=0, max_value=500, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, forum: Forum) -> None:
        has_topics = forum.topics.active().exists()
        # Before the day, posters and empty sheets; once there are topics, their sheets.
        initial = {
            "paper": "A4", "topics": has_topics, "blank_topics": 0 if has_topics else 20, "reports": has_topics,
            "blank_reports": 0 if has_topics else 20, "numbered": True, "places": forum.places.exists(), "guests": True,
            "blank_rows": 20, "language": forum.language,
        }  # fmt: skip
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        sheets = ("posters", "topics", "blank_topics", "reports", "blank_reports", "places", "guests", "blank_rows")
        if not self.errors and not any(cleaned.get(name) for name in sheets):
            raise ValidationError(_("Choose at least one sheet."))
        return cleaned

    def order(self) -> KitOrder:
        cleaned = self.cleaned_data
        return KitOrder(
            posters=tuple(name for name in POSTERS if name in cleaned["posters"]),
            paper=cleaned["paper"],
            topics=cleaned["topics"],
            blank_topics=cleaned["blank_topics"] or 0,
            reports=cleaned["reports"],
            blank_reports=cleaned["blank_reports"] or 0,
            numbered=cleaned["numbered"],
            places=cleaned["places"],
            guests=cleaned["guests"],
            blank_rows=cleaned["blank_rows"] or 0,
            language=cleaned["language"],
        )
