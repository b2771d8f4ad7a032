"""A message of the facilitators, and to whom it goes."""

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from forum.models import Forum, Message
from forum.templatetags.words import spaced

LONGEST_TITLE = 60
EVERYONE = "everyone"


class MessageForm(forms.ModelForm[Message]):
    """Its text, and `to`: `everyone`, the groups of a slot (`slot-3`), or the people of a topic (`topic-7`)."""

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
        hours = [(key, spaced(slot.start_label)) for key, slot in self.slots.items()]
        titles = [(key, spaced(Truncator(str(topic)).chars(LONGEST_TITLE))) for key, topic in self.topics.items()]
        choices: list[Any] = [(EVERYONE, _("everyone"))]
        choices += [(_("The groups of"), hours)] if hours else []
        choices += [(_("The people of a topic"), titles)] if titles else []
        self.fields["to"].choices = choices  # type: ignore[attr-defined]  # a field with choices

    @property
    def fields_of_message(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"text": said["text"], "slot": self.slots.get(said["to"]), "topic": self.topics.get(said["to"])}
