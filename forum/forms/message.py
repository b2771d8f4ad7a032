"""A message of the facilitators, and its recipients."""

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from forum.models import Forum, Message
from forum.text.typography import spaced

MAX_TITLE_LENGTH = 60
EVERYONE = "everyone"


class MessageForm(forms.ModelForm[Message]):
    """The text, and `to`: `everyone`, the groups of a slot (`slot-3`), or the people of a topic (`topic-7`)."""

    to = forms.ChoiceField(
        label=_("To"),
        error_messages={"invalid_choice": _("This slot or topic is no longer on the agenda. Choose again.")},
    )

    class Meta:
        model = Message
        fields = ("text",)
        labels = {"text": _("Your message")}
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
        error_messages = {"text": {"required": _("Write the message first.")}}

    def __init__(self, data: Any = None, *, forum: Forum, **options: Any) -> None:
        super().__init__(data, **options)
        self.slots = {f"slot-{slot.pk}": slot for slot in forum.slots.for_groups().select_related("forum")}
        self.topics = {f"topic-{topic.pk}": topic for topic in forum.topics.active()}
        slots = [(key, spaced(slot.start_label)) for key, slot in self.slots.items()]
        topics = [(key, spaced(Truncator(str(topic)).chars(MAX_TITLE_LENGTH))) for key, topic in self.topics.items()]
        choices: list[Any] = [(EVERYONE, _("everyone"))]
        choices += [(_("The groups of"), slots)] if slots else []
        choices += [(_("The people of a topic"), topics)] if topics else []
        self.fields["to"].choices = choices  # type: ignore[attr-defined]  # a field with choices

    @property
    def message_fields(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        to = cleaned["to"]
        return {"text": cleaned["text"], "slot": self.slots.get(to), "topic": self.topics.get(to)}
