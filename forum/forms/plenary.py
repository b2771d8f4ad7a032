"""The duration of pitches in the plenary."""

from django import forms

from forum.models import Forum


class PitchSecondsForm(forms.ModelForm[Forum]):
    """Seconds of each pitch; empty or 0 for no countdown."""

    class Meta:
        model = Forum
        fields = ("pitch_seconds",)
        widgets = {"pitch_seconds": forms.NumberInput(attrs={"min": 0, "max": 600})}

    def __init__(self, data: object = None, *, instance: Forum) -> None:
        super().__init__(data, instance=instance)  # type: ignore[arg-type]  # a QueryDict or None
        self.fields["pitch_seconds"].required = False

    def clean_pitch_seconds(self) -> int:
        return self.cleaned_data["pitch_seconds"] or 0
