"""What a participant says of another group's report."""

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
        said = super().clean() or self.cleaned_data
        if not self.errors and not said["text"] and not said["concerns_us"]:
            raise ValidationError(_("Write a word, or tick that it concerns you too."))
        return {**said, "text": said.get("text", "").replace("\r\n", "\n")}
