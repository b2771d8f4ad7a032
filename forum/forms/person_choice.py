"""Choose among everybody in the room: hundreds of options, rendered ten times faster than by a template."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from forum.models import Participant

if TYPE_CHECKING:
    from django.forms.models import ModelChoiceIterator


def people_options(people: QuerySet[Participant], chosen: object = "") -> SafeString:
    """Return the option elements of these people, in their order."""
    options = (
        f'<option value="{pk}"{" selected" if str(pk) == str(chosen) else ""}>'
        f"{escape(f'{name}, {organisation}' if organisation else name)}</option>"
        for pk, name, organisation in people.values_list("pk", "name", "organisation")
    )
    return mark_safe("".join(options))  # noqa: S308 escaped above


class PeopleSelect(forms.Select):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        choices = cast("ModelChoiceIterator[Participant]", self.choices)
        empty_label, people = choices.field.empty_label, choices.queryset
        attributes = flatatt(self.build_attrs({**self.attrs, "name": name}, attrs))
        return format_html(
            '<select{}><option value="">{}</option>{}</select>', attributes, empty_label, people_options(people, value)
        )


class PersonField(forms.ModelChoiceField[Participant]):
    """A person of the room, or nobody."""

    widget = PeopleSelect
