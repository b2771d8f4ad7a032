"""Forms of a topic: proposed or edited, typed while it is announced, merged, split, handed over."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from forum.forms.person_choice import PersonField
from forum.models import Actor, Forum, Participant, Topic
from forum.text.names import MAX_NAME_LENGTH, name_key
from forum.text.one_line import LineFormField

NOBODY = _("nobody yet: a request")


def check_title(forum: Forum, title: str, topic: int = 0) -> str:
    """Return the title. Raises ValidationError if another topic of the board than `topic` has the same."""
    other = forum.topics.active().filter(title__iexact=title).exclude(pk=topic).first()
    if other:
        raise ValidationError(
            _("This very topic is already on the board, as number {number}.").format(number=other.number)
        )
    return title


class TopicForm(forms.ModelForm[Topic]):
    """Title and description. Whoever acts for others chooses the convener too."""

    class Meta:
        model = Topic
        fields = ("title", "description", "convener")
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "next"}),
            "description": forms.Textarea(attrs={"rows": 4}),
        }
        labels = {"title": _("Your topic, if possible as a question"), "description": _("In a few lines")}
        error_messages = {"title": {"required": _("A topic needs a title.")}}

    def __init__(
        self,
        data: Any = None,
        *,
        forum: Forum,
        actor: Actor,
        chooses_convener: bool,
        instance: Topic | None = None,
    ) -> None:
        super().__init__(data, instance=instance)
        self.forum, self.actor = forum, actor
        if chooses_convener:
            people = forum.participants.present()
            self.fields["convener"] = PersonField(people, required=False, label=_("Convener"), empty_label=NOBODY)
            self.initial.setdefault("convener", actor.participant)
        else:
            del self.fields["convener"]

    def clean_title(self) -> str:
        return check_title(self.forum, self.cleaned_data["title"], self.instance.pk or 0)

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    @property
    def convener(self) -> Any:
        return self.cleaned_data.get("convener") if "convener" in self.fields else self.actor.participant


class AnnouncedTopicForm(forms.Form):
    """A topic typed while somebody announces it: a title, and a name as typed or a person as chosen."""

    title = LineFormField(
        max_length=Topic.MAX_TITLE_LENGTH,
        label=_("Title, as the person says it"),
        error_messages={"required": _("A topic needs a title.")},
    )
    name = LineFormField(max_length=MAX_NAME_LENGTH, required=False, label=_("Convener"))
    convener = forms.ModelChoiceField(
        Participant.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("This person is not here any more: choose somebody else.")},
    )
    """The chosen person; without one, `name` is looked up."""

    def __init__(self, data: Any = None, *, forum: Forum, topic: Topic | None = None) -> None:
        super().__init__(data)
        self.forum, self.topic = forum, topic
        self.people = forum.participants.filter(removed_at=None)
        self.fields["convener"].queryset = self.people  # type: ignore[attr-defined]  # a field with a choice of rows

    def clean_title(self) -> str:
        return check_title(self.forum, self.cleaned_data["title"], self.topic.pk if self.topic else 0)

    def clean(self) -> dict[str, Any]:
        """Find the person by the typed name, whatever its case, accents and order."""
        cleaned = super().clean() or self.cleaned_data
        key = name_key(cleaned.get("name", ""))
        if cleaned.get("convener") is None and key and "convener" not in self.errors:
            rows = self.people.order_by("is_expected", "pk").values_list("pk", "name", "is_expected")
            matches = [(pk, is_expected) for pk, name, is_expected in rows if name_key(name) == key]
            matches = [match for match in matches if not match[1]] or matches
            if len(matches) > 1:
                raise ValidationError(
                    _("Several people are called {name}: choose one in the list.").format(name=cleaned["name"])
                )
            cleaned["convener"] = self.people.get(pk=matches[0][0]) if matches else None
        return cleaned

    def save_convener(self, by: Actor) -> Participant | None:
        """Return the convener; mark an expected one as arrived, create one whose name is new."""
        person: Participant | None = self.cleaned_data["convener"]
        name = self.cleaned_data["name"]
        if person is None:
            return Participant.join(self.forum, by=by, name=name) if name else None
        if person.is_expected:
            person.forum = self.forum
            person.arrive(by)
        return person


class MergeForm(forms.Form):
    """The other topic, and which of the two keeps its number and its cell."""

    other = forms.IntegerField(
        min_value=1, error_messages={"required": _("Choose a topic first."), "invalid": _("Choose a topic first.")}
    )
    stays = forms.ChoiceField(choices=[("other", ""), ("this", "")], required=False)

    def __init__(self, data: Any, *, topic: Topic) -> None:
        super().__init__(data)
        self.topic = topic

    def clean_other(self) -> Topic:
        number = self.cleaned_data["other"]
        topic = Topic.cards_of(self.topic.forum).filter(number=number).first()
        if topic is None:
            raise ValidationError(_("No topic has this number."))
        topic.forum = self.topic.forum
        return topic

    @property
    def merged_and_kept(self) -> tuple[Topic, Topic]:
        other = self.cleaned_data["other"]
        return (other, self.topic) if self.cleaned_data["stays"] == "this" else (self.topic, other)


def possible_conveners(topic: Topic, actor: Actor) -> QuerySet[Participant]:
    """Return the people whom a convener may name: those who come to the topic, its conveners, and themselves."""
    people = topic.forum.participants.present()
    coming = Q(interests__topic=topic) | Q(presences__group__topic=topic, presences__left_at=None)
    conveners = [person.pk for person in (*topic.conveners, actor.participant) if person]
    return people.filter(coming | Q(pk__in=conveners)).distinct()


class HandOverForm(forms.Form):
    """The convener from now on; empty for nobody yet."""

    convener = PersonField(
        Participant.objects.none(), required=False, label=_("Who convenes it from now on"), empty_label=NOBODY
    )

    def __init__(self, data: Any = None, *, people: QuerySet[Participant]) -> None:
        super().__init__(data)
        self.fields["convener"].queryset = people  # type: ignore[attr-defined]  # a field with a choice of rows


class SplitForm(HandOverForm):
    """The title of the topic, and the title and the convener of the second one."""

    title = LineFormField(
        max_length=Topic.MAX_TITLE_LENGTH, label=_("This one"), error_messages={"required": _("A topic needs a title.")}
    )
    second = LineFormField(
        max_length=Topic.MAX_TITLE_LENGTH,
        label=_("The second one"),
        error_messages={"required": _("The second topic needs a title.")},
    )
    field_order = ("title", "second", "convener")

    def __init__(self, data: Any = None, *, topic: Topic, people: QuerySet[Participant]) -> None:
        super().__init__(data, people=people)
        self.topic = topic
        self.initial = {"title": topic.title}
        self.fields["convener"].label = _("Who convenes the second one")

    def clean_title(self) -> str:
        return check_title(self.topic.forum, self.cleaned_data["title"], self.topic.pk)

    def clean_second(self) -> str:
        return check_title(self.topic.forum, self.cleaned_data["second"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        title, second = cleaned.get("title", ""), cleaned.get("second", "")
        if title and title.casefold() == second.casefold():
            raise ValidationError(_("Give the two topics different titles."))
        return cleaned
