"""A comment on another group's report."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sessions.models import Comment


class CommentForm(forms.ModelForm[Comment]):
    class Meta:
        model = Comment
        fields = ("text", "concerns_us")
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["text"] and not cleaned["concerns_us"]:
            raise ValidationError(_("Write a word, or tick that it concerns you too."))
        return {**cleaned, "text": cleaned.get("text", "").replace("\r\n", "\n")}
