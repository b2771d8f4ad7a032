"""A topic as its convener words it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from forum.models import Actor, Forum, Topic


class TopicForm(forms.ModelForm[Topic]):
    """Title and a few lines; facilitators also say for whom."""

    class Meta:
        model = Topic
        fields = ("title", "description", "convener")
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
            "description": forms.Textarea(attrs={"rows": 4}),
        }
        labels = {"title": _("Your topic, if possible as a question"), "description": _("In a few lines")}
        error_messages = {"title": {"required": _("A topic needs a title.")}}

    def __init__(self, data: Any = None, *, forum: Forum, actor: Actor, instance: Topic | None = None) -> None:
        super().__init__(data, instance=instance)
        self.forum, self.actor = forum, actor
        if actor.facilitator:
            people = forum.participants.present()
            self.fields["convener"] = forms.ModelChoiceField(
                people, required=False, label=_("Convener"), empty_label=_("nobody yet: a request")
            )
            self.initial.setdefault("convener", actor.participant)
        else:
            del self.fields["convener"]

    def clean_title(self) -> str:
        title = " ".join(self.cleaned_data["title"].split())
        same = self.forum.topics.standing().filter(title__iexact=title).exclude(pk=self.instance.pk).first()
        if same:
            raise ValidationError(
                _("This very topic is already on the board, as number {number}.").format(number=same.number)
            )
        return title

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    @property
    def convener(self) -> Any:
        return self.cleaned_data.get("convener") if self.actor.facilitator else self.actor.participant
