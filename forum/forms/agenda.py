"""The agenda's slots and places as rows to fill, and where a topic is put."""

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet, inlineformset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.forms.programme import MOST_DAYS, MOST_LINES, MOST_SEATS
from forum.models import Change, Forum, Place, Slot
from forum.templatetags.words import spaced
from forum.text.one_line import LineFormField
from forum.text.parsing import parse_pk


def groups_in_words(side: Slot | Place) -> str:
    """The groups that meet in this slot or place, by number and title; empty when none does."""
    topics = (group.topic for group in side.groups.select_related("topic").order_by("topic__number"))
    return " · ".join(f"{topic.number}. {topic.title}" for topic in topics)


class Row(forms.ModelForm[Any]):
    @property
    def fields_of_row(self) -> tuple[str, ...]:
        return tuple(self.Meta.fields)  # type: ignore[attr-defined]  # each form has its own

    def validate_constraints(self) -> None:
        """Left to the set of rows: two that exchange their hours or names are no clash."""


class SlotRow(Row):
    class Meta:
        model = Slot
        fields = ("day", "starts_at", "minutes", "title")
        widgets = {
            "day": forms.NumberInput(attrs={"min": 1, "max": MOST_DAYS}),
            "starts_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "minutes": forms.NumberInput(attrs={"min": 5, "max": 720, "step": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].required = False

    def clean_day(self) -> int:
        return self.cleaned_data["day"] or 1


class PlaceRow(Row):
    class Meta:
        model = Place
        fields = ("name", "seats", "equipment")
        widgets = {"seats": forms.NumberInput(attrs={"min": 0, "max": MOST_SEATS})}

    def clean_seats(self) -> int | None:
        seats: int | None = self.cleaned_data["seats"]
        if seats and seats > MOST_SEATS:
            raise ValidationError(_("That is too many seats."))
        return seats


class Rows(BaseInlineFormSet[Any, Forum, Any]):
    """Rows that refuse what would put a group out of its cell, and name that group."""

    key = ""
    """The field that steps aside while rows exchange what no two may have in common…"""
    moves: frozenset[str] = frozenset()
    """…and the fields of which that is made."""
    twice: Any = ""

    def clean(self) -> None:
        for form in self.initial_forms:
            if form.instance.pk is None:
                form.add_error(None, _("This row was removed in the meantime. Reload the page."))
        seen: set[Any] = set()
        for form in self.forms:
            if self.goes(form):
                self._check_removal(form)
                continue
            same = self.same(form.cleaned_data) if hasattr(form, "cleaned_data") else None
            if same is None:
                continue
            if same in seen:
                form.add_error(self.key, self.twice)
            seen.add(same)

    def _check_removal(self, form: forms.ModelForm[Any]) -> None:
        if form.instance.pk and (groups := groups_in_words(form.instance)):
            reason = _("“{name}” cannot be removed, groups meet there: {groups}. Move them first.")
            raise ValidationError(reason.format(name=self.name_of(form.instance), groups=groups))

    def validate_unique(self) -> None:
        """See `clean`, which says it in words."""

    def goes(self, form: forms.ModelForm[Any]) -> bool:
        """Whether this row is to be removed. `deleted_forms` cannot say it while others are wrong."""
        return bool(form.cleaned_data.get(DELETION_FIELD_NAME)) if hasattr(form, "cleaned_data") else False

    def same(self, said: dict[str, Any]) -> Any:
        """What no two rows may have in common; None: this one has nothing of the kind."""
        raise NotImplementedError

    def name_of(self, row: Any) -> str:
        return str(row)

    def keep(self, change: Change) -> None:
        """Save the rows. Those that exchange an hour or a name step aside first, so that none meets the other."""
        for form in self.deleted_forms:
            if form.instance.pk:
                change.delete(form.instance)
        changed = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        for rank, form in enumerate(changed):
            if form.instance.pk and not self.moves.isdisjoint(form.changed_data):
                aside = type(form.instance).objects.get(pk=form.instance.pk)
                setattr(aside, self.key, self.aside(rank))
                change.save(aside, self.key)
        for rank, form in enumerate(self.forms):
            if form not in changed:
                continue
            if form.instance.pk:
                change.save(form.instance, *form.fields_of_row)
            else:
                self.put(form.instance, rank)
                change.create(form.instance)

    def aside(self, rank: int) -> Any:
        """A value that nobody writes, while rows exchange theirs."""
        raise NotImplementedError

    def put(self, row: Any, rank: int) -> None:
        """Set what the form does not ask of a new row."""


class SlotRows(Rows):
    key = "starts_at"
    moves = frozenset({"day", "starts_at"})
    twice = gettext_lazy("Two slots start at the same time.")

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            if self.goes(form) or "title" not in form.changed_data or not form.instance.pk:
                continue
            if form.cleaned_data.get("title") and (groups := groups_in_words(form.instance)):
                reason = _("Groups meet at that time: {groups}. Move them before making it a moment in common.")
                form.add_error("title", reason.format(groups=groups))

    @property
    def several_days(self) -> bool:
        """Whether a row stands on another day than the first: before that, nobody need be asked for the day."""
        return any(str(form["day"].value()) not in ("1", "", "None") for form in self.forms)

    def same(self, said: dict[str, Any]) -> tuple[int, time] | None:
        return (said["day"], said["starts_at"]) if said.get("day") and said.get("starts_at") else None

    def name_of(self, row: Slot) -> str:
        return spaced(row.title or row.start_label)

    def aside(self, rank: int) -> time:
        return time(23, 59, 59, 1 + rank)


class PlaceRows(Rows):
    key = "name"
    moves = frozenset({"name"})
    twice = gettext_lazy("Two places have the same name.")

    def same(self, said: dict[str, Any]) -> str | None:
        return said["name"].casefold() if said.get("name") else None

    def aside(self, rank: int) -> str:
        return f"… {rank}"

    def put(self, row: Place, rank: int) -> None:
        row.position = rank


_rows: dict[str, Any] = {
    "can_delete": True,
    "max_num": MOST_LINES,
    "validate_max": True,
    "absolute_max": MOST_LINES * 2,
}
SlotFormSet: Any = inlineformset_factory(Forum, Slot, form=SlotRow, formset=SlotRows, extra=1, **_rows)
PlaceFormSet: Any = inlineformset_factory(Forum, Place, form=PlaceRow, formset=PlaceRows, extra=1, **_rows)


class PlaceForm(PlaceRow):
    """A place added on the spot, and the topic that goes there at once, if one was chosen."""

    topic = forms.IntegerField(required=False, widget=forms.HiddenInput)
    slot = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, forum: Forum) -> None:
        super().__init__(data)
        self.forum = forum

    def clean(self) -> dict[str, Any]:
        """Replace the numbers by the topic and the slot of this forum; None: the place stays free."""
        said = self.cleaned_data
        number, slot = said.get("topic"), said.get("slot")
        said["topic"] = self.forum.topics.active().filter(number=number).first() if number else None
        said["slot"] = self.forum.slots.filter(pk=slot, title="").first() if slot else None
        if (number and not said["topic"]) or (slot and not said["slot"]):
            raise ValidationError(_("This topic or slot is no longer on the agenda. Choose another one."))
        return said


class CellForm(forms.Form):
    """A cell of the agenda: `slot` and `place` (a number or "elsewhere"), or both at once in `cell` as "3-7"."""

    cell = forms.CharField(required=False, max_length=40)
    slot = forms.CharField(required=False, max_length=20)
    place = forms.CharField(required=False, max_length=20)
    elsewhere = LineFormField(
        required=False, max_length=80, error_messages={"max_length": gettext_lazy("This place’s name is too long.")}
    )

    def __init__(self, data: Any, *, forum: Forum) -> None:
        super().__init__(data)
        self.forum = forum

    def clean(self) -> dict[str, Any]:
        """Replace the names by the objects of this forum; `place` is None for elsewhere."""
        said = self.cleaned_data
        slot, _dash, place = (
            said["cell"].partition("-") if said.get("cell") else (said.get("slot"), "", said.get("place"))
        )
        if not slot or not place:
            raise ValidationError(_("Choose a slot and a place."))
        found = self.forum.slots.filter(pk=parse_pk(slot)).first()
        where = self.forum.places.filter(pk=parse_pk(place)).first()
        if found is None or (where is None and place != "elsewhere"):
            raise ValidationError(_("This slot or place is no longer on the agenda. Choose another one."))
        if not found.is_for_groups:
            reason = _("Everyone is together at that time: {title}. Choose another slot.")
            raise ValidationError(reason.format(title=found.title))
        return {"slot": found, "place": where, "elsewhere": said.get("elsewhere", "")}
