"""Forms of the agenda: a row for each slot and place, a new place, and the cell of a topic."""

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet, inlineformset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.forms.agenda_text import MAX_LINES
from forum.models import Change, Forum, Group, Place, Slot
from forum.text.one_line import LineFormField
from forum.text.parsing import parse_pk
from forum.text.typography import spaced


def describe_groups(row: Slot | Place) -> str:
    """List the groups that meet in this slot or place, by number and title; empty if none does."""
    topics = (group.topic for group in row.groups.select_related("topic").order_by("topic__number"))
    return " · ".join(f"{topic.number}. {topic.title}" for topic in topics)


class AgendaRowForm(forms.ModelForm[Any]):
    @property
    def row_fields(self) -> tuple[str, ...]:
        return tuple(self.Meta.fields)  # type: ignore[attr-defined]  # each form has its own

    def validate_constraints(self) -> None:
        """Do nothing: two rows may exchange their times or names. See `AgendaFormSet.clean`."""


class SlotRowForm(AgendaRowForm):
    class Meta:
        model = Slot
        fields = ("day", "starts_at", "minutes", "title")
        widgets = {
            "day": forms.NumberInput(attrs={"min": 1, "max": Slot.MAX_DAYS}),
            "starts_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "minutes": forms.NumberInput(attrs={"min": Slot.MIN_MINUTES, "max": Slot.MAX_MINUTES, "step": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].required = False

    def clean_day(self) -> int:
        return self.cleaned_data["day"] or 1


class PlaceRowForm(AgendaRowForm):
    class Meta:
        model = Place
        fields = ("name", "seats", "equipment")
        widgets = {"seats": forms.NumberInput(attrs={"min": 0, "max": Place.MAX_SEATS})}

    def clean_seats(self) -> int | None:
        seats: int | None = self.cleaned_data["seats"]
        if seats and seats > Place.MAX_SEATS:
            raise ValidationError(_("That is too many seats."))
        return seats


class AgendaFormSet(BaseInlineFormSet[Any, Forum, Any]):
    """The rows of a forum's slots or places. A change that would take a group's cell away is refused."""

    distinct_fields: frozenset[str] = frozenset()
    """Fields whose values, together, no two rows have in common."""
    temporary_field = ""
    """One of them, which gets a temporary value while rows exchange theirs, and shows the error of duplicates."""
    duplicate_error: Any = ""

    def clean(self) -> None:
        for form in self.initial_forms:
            if form.instance.pk is None:
                form.add_error(None, _("This row was removed in the meantime. Reload the page."))
        seen: set[Any] = set()
        for form in self.forms:
            if self.is_removed(form):
                self._check_removal(form)
                continue
            key = self.unique_key(form.cleaned_data) if hasattr(form, "cleaned_data") else None
            if key is None:
                continue
            if key in seen:
                form.add_error(self.temporary_field, self.duplicate_error)
            seen.add(key)

    def _check_removal(self, form: forms.ModelForm[Any]) -> None:
        if form.instance.pk and (groups := describe_groups(form.instance)):
            reason = _("“{name}” cannot be removed, groups meet there: {groups}. Move them first.")
            raise ValidationError(reason.format(name=self.row_name(form.instance), groups=groups))

    def validate_unique(self) -> None:
        """Do nothing: `clean` reports duplicates."""

    def is_removed(self, form: forms.ModelForm[Any]) -> bool:
        """Say whether this row is to be removed. `deleted_forms` is not available while other rows are invalid."""
        return bool(form.cleaned_data.get(DELETION_FIELD_NAME)) if hasattr(form, "cleaned_data") else False

    def unique_key(self, cleaned: dict[str, Any]) -> Any:
        """Return the values of `distinct_fields`; None if they are incomplete."""
        raise NotImplementedError

    def row_name(self, row: Any) -> str:
        return str(row)

    def save_rows(self, change: Change) -> None:
        """Save the rows; first give those that may exchange a time or a name a temporary one, for the constraints."""
        for form in self.deleted_forms:
            if form.instance.pk:
                change.delete(form.instance)
        changed = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        for rank, form in enumerate(changed):
            if form.instance.pk and not self.distinct_fields.isdisjoint(form.changed_data):
                saved = type(form.instance).objects.get(pk=form.instance.pk)
                setattr(saved, self.temporary_field, self.temporary_value(rank))
                change.save(saved, self.temporary_field)
        for form in changed:
            if form.instance.pk:
                change.save(form.instance, *form.row_fields)
            else:
                self.create_row(form.instance, change)

    def temporary_value(self, rank: int) -> Any:
        """Return a value of `temporary_field` that nobody types, another one for each rank."""
        raise NotImplementedError

    def create_row(self, row: Any, change: Change) -> None:
        change.create(row)


class BaseSlotFormSet(AgendaFormSet):
    distinct_fields = frozenset({"day", "starts_at"})
    temporary_field = "starts_at"
    duplicate_error = gettext_lazy("Two slots start at the same time.")

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            if self.is_removed(form) or "title" not in form.changed_data or not form.instance.pk:
                continue
            if form.cleaned_data.get("title") and (groups := describe_groups(form.instance)):
                reason = _("Groups meet at that time: {groups}. Move them before making it a moment in common.")
                form.add_error("title", reason.format(groups=groups))

    @property
    def several_days(self) -> bool:
        """Whether a row is on another day than the first. Until then, the page does not ask for the day."""
        return any(str(form["day"].value()) not in ("1", "", "None") for form in self.forms)

    def unique_key(self, cleaned: dict[str, Any]) -> tuple[int, time] | None:
        day, starts_at = cleaned.get("day"), cleaned.get("starts_at")
        return (day, starts_at) if day and starts_at else None

    def row_name(self, row: Slot) -> str:
        return spaced(row.title or row.start_label)

    def temporary_value(self, rank: int) -> time:
        return time(23, 59, 59, 1 + rank)


class BasePlaceFormSet(AgendaFormSet):
    distinct_fields = frozenset({"name"})
    temporary_field = "name"
    duplicate_error = gettext_lazy("Two places have the same name.")

    def unique_key(self, cleaned: dict[str, Any]) -> str | None:
        return cleaned["name"].casefold() if cleaned.get("name") else None

    def temporary_value(self, rank: int) -> str:
        return f"… {rank}"

    def create_row(self, row: Place, change: Change) -> None:
        row.create_last(change)


_options: dict[str, Any] = {
    "can_delete": True,
    "max_num": MAX_LINES,
    "validate_max": True,
    "absolute_max": MAX_LINES * 2,
}
SlotFormSet: Any = inlineformset_factory(Forum, Slot, form=SlotRowForm, formset=BaseSlotFormSet, extra=1, **_options)
PlaceFormSet: Any = inlineformset_factory(
    Forum, Place, form=PlaceRowForm, formset=BasePlaceFormSet, extra=1, **_options
)


class PlaceForm(PlaceRowForm):
    """A new place during the day, and the topic that goes there at once, if one was chosen."""

    topic = forms.IntegerField(required=False, widget=forms.HiddenInput)
    slot = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, forum: Forum) -> None:
        super().__init__(data)
        self.forum = forum

    def clean(self) -> dict[str, Any]:
        """Replace the numbers by the topic and the slot of this forum; None if the place stays free."""
        cleaned = self.cleaned_data
        number, slot = cleaned.get("topic"), cleaned.get("slot")
        cleaned["topic"] = self.forum.topics.active().filter(number=number).first() if number else None
        cleaned["slot"] = self.forum.slots.for_groups().filter(pk=slot).first() if slot else None
        if (number and not cleaned["topic"]) or (slot and not cleaned["slot"]):
            raise ValidationError(_("This topic or slot is no longer on the agenda. Choose another one."))
        return cleaned


class CellForm(forms.Form):
    """A cell of the agenda: `slot` and `place` (a primary key or "elsewhere"), or both in `cell` as "3-7"."""

    cell = forms.CharField(required=False, max_length=40)
    slot = forms.CharField(required=False, max_length=20)
    place = forms.CharField(required=False, max_length=20)
    elsewhere = LineFormField(
        required=False,
        max_length=Group.MAX_ELSEWHERE_LENGTH,
        error_messages={"max_length": gettext_lazy("This place’s name is too long.")},
    )

    def __init__(self, data: Any, *, forum: Forum) -> None:
        super().__init__(data)
        self.forum = forum

    def clean(self) -> dict[str, Any]:
        """Replace the primary keys by the rows of this forum; `place` is None for elsewhere."""
        cleaned = self.cleaned_data
        slot_text, place_text = cleaned.get("slot"), cleaned.get("place")
        if cleaned.get("cell"):
            slot_text, _dash, place_text = cleaned["cell"].partition("-")
        if not slot_text or not place_text:
            raise ValidationError(_("Choose a slot and a place."))
        slot = self.forum.slots.filter(pk=parse_pk(slot_text)).first()
        place = self.forum.places.filter(pk=parse_pk(place_text)).first()
        if slot is None or (place is None and place_text != "elsewhere"):
            raise ValidationError(_("This slot or place is no longer on the agenda. Choose another one."))
        if not slot.is_for_groups:
            reason = _("Everyone is together at that time: {title}. Choose another slot.")
            raise ValidationError(reason.format(title=slot.title))
        return {"slot": slot, "place": place, "elsewhere": cleaned.get("elsewhere", "")}
