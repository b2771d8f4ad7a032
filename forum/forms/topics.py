"""A topic as its convener words it, as it is typed for everyone, and what becomes of it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from forum.forms.person_choice import SomeoneField
from forum.models import Actor, Forum, Participant, Topic
from forum.text.names import name_key
from forum.text.one_line import LineFormField

NOBODY = _("nobody yet: a request")


def check_title(forum: Forum, title: str, but: int = 0) -> str:
    """The title. Raises ValidationError when another topic of the board has the very same."""
    same = forum.topics.active().filter(title__iexact=title).exclude(pk=but).first()
    if same:
        raise ValidationError(
            _("This very topic is already on the board, as number {number}.").format(number=same.number)
        )
    return title


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
            self.fields["convener"] = SomeoneField(people, required=False, label=_("Convener"), empty_label=NOBODY)
            self.initial.setdefault("convener", actor.participant)
        else:
            del self.fields["convener"]

    def clean_title(self) -> str:
        return check_title(self.forum, self.cleaned_data["title"], self.instance.pk or 0)

    def clean_description(self) -> str:
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    @property
    def convener(self) -> Any:
        return self.cleaned_data.get("convener") if self.actor.facilitator else self.actor.participant


class LineForm(forms.Form):
    """A topic typed while somebody announces it: a title, and a name as it was heard or a person who was chosen."""

    title = LineFormField(
        max_length=Topic._meta.get_field("title").max_length,
        label=_("Title, as the person says it"),
        error_messages={"required": _("A topic needs a title.")},
    )
    name = LineFormField(max_length=Participant._meta.get_field("name").max_length, required=False, label=_("Convener"))
    convener = forms.ModelChoiceField(
        Participant.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("This person is not here any more: choose somebody else.")},
    )
    """The person whom `name` was chosen for; without one, the name says who it is."""

    def __init__(self, data: Any = None, *, forum: Forum, topic: Topic | None = None) -> None:
        super().__init__(data)
        self.forum, self.topic = forum, topic
        self.people = forum.participants.filter(removed_at=None)
        self.fields["convener"].queryset = self.people  # type: ignore[attr-defined]  # a field with a choice of rows

    def clean_title(self) -> str:
        return check_title(self.forum, self.cleaned_data["title"], self.topic.pk if self.topic else 0)

    def clean(self) -> dict[str, Any]:
        """Find the person under the name that was typed, whatever its case, accents and order."""
        said = super().clean() or self.cleaned_data
        key = name_key(said.get("name", ""))
        if said.get("convener") is None and key and "convener" not in self.errors:
            rows = self.people.order_by("is_expected", "pk").values_list("pk", "name", "is_expected")
            found = [(pk, is_expected) for pk, name, is_expected in rows if name_key(name) == key]
            found = [row for row in found if not row[1]] or found
            if len(found) > 1:
                raise ValidationError(
                    _("Several people are called {name}: choose one in the list.").format(name=said["name"])
                )
            said["convener"] = self.people.get(pk=found[0][0]) if found else None
        return said

    def person(self, by: Actor) -> Participant | None:
        """Who convenes: someone who is here, someone expected who has thus arrived, or someone new, entered now."""
        person: Participant | None = self.cleaned_data["convener"]
        name = self.cleaned_data["name"]
        if person is None:
            return Participant.join(self.forum, by=by, name=name) if name else None
        if person.is_expected:
            person.forum = self.forum
            person.arrive(by)
        return person

    @property
    def reasons(self) -> str:
        return all_reasons(self)


def all_reasons(form: forms.BaseForm) -> str:
    """Why a form was not taken, as one text."""
    return " ".join(str(reason) for reasons in form.errors.values() for reason in reasons)


class MergeForm(forms.Form):
    """With which topic, and which of the two keeps its number and its cell."""

    other = forms.IntegerField(
        min_value=1, error_messages={"required": _("Choose a topic first."), "invalid": _("Choose a topic first.")}
    )
    stays = forms.ChoiceField(choices=[("other", ""), ("this", "")], required=False)

    def __init__(self, data: Any, *, topic: Topic) -> None:
        super().__init__(data)
        self.topic = topic

    def clean_other(self) -> Topic:
        number = self.cleaned_data["other"]
        found = Topic.cards_of(self.topic.forum).filter(number=number).first()
        if found is None:
            raise ValidationError(_("No topic has this number."))
        found.forum = self.topic.forum
        return found

    @property
    def goes_and_stays(self) -> tuple[Topic, Topic]:
        other = self.cleaned_data["other"]
        return (other, self.topic) if self.cleaned_data["stays"] == "this" else (self.topic, other)

    @property
    def reasons(self) -> str:
        return all_reasons(self)


def people_around(topic: Topic, actor: Actor) -> QuerySet[Participant]:
    """Whom this person may name as a convener: a facilitator anybody, a convener those who come, and themselves."""
    people = topic.forum.participants.present()
    if actor.facilitator:
        return people
    comes = Q(interests__topic=topic) | Q(presences__group__topic=topic, presences__left_at=None)
    conveners = [person.pk for person in (*topic.conveners, actor.participant) if person]
    return people.filter(comes | Q(pk__in=conveners)).distinct()


class HandOverForm(forms.Form):
    """Who convenes from now on; empty: nobody yet."""

    convener = SomeoneField(
        Participant.objects.none(), required=False, label=_("Who convenes it from now on"), empty_label=NOBODY
    )

    def __init__(self, data: Any = None, *, topic: Topic, actor: Actor) -> None:
        super().__init__(data)
        self.fields["convener"].queryset = people_around(topic, actor)  # type: ignore[attr-defined]  # a field with a choice of rows


class SplitForm(HandOverForm):
    """A title for what stays, another for the second topic, and who convenes that one."""

    title = LineFormField(max_length=200, label=_("This one"), error_messages={"required": _("A topic needs a title.")})
    second = LineFormField(
        max_length=200, label=_("The second one"), error_messages={"required": _("The second topic needs a title.")}
    )
    field_order = ("title", "second", "convener")

    def __init__(self, data: Any = None, *, topic: Topic, actor: Actor) -> None:
        super().__init__(data, topic=topic, actor=actor)
        self.topic = topic
        self.initial = {"title": topic.title}
        self.fields["convener"].label = _("Who convenes the second one")

    def clean_title(self) -> str:
        return check_title(self.topic.forum, self.cleaned_data["title"], self.topic.pk)

    def clean_second(self) -> str:
        return check_title(self.topic.forum, self.cleaned_data["second"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("title", "").casefold() == said.get("second", "").casefold() and said.get("title"):
            raise ValidationError(_("Give the two topics different titles."))
        return said
