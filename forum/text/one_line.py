"""Texts of one line: a form field and a model field that keep to one line whatever is typed, pasted or imported."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""Control characters, overrides of the reading direction, and code points that are no characters."""

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


def one_line(text: str) -> str:
    """Return the words of a text with one space between them, without invisible characters."""
    # Split first: some characters that end a line are invisible too.
    return " ".join(INVISIBLE.sub("", " ".join(text.split())).split())


class LineFormField(forms.CharField):
    """A form field of one line. NUL, which nobody can type or paste, is refused as in any CharField."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return super().to_python(one_line(text)) if isinstance(text, str) and "\0" not in text else text


class LineField(_CharField):
    """A model field of one line, which forms, model methods, imports and scripts all go through.

    In migrations it is a CharField.
    """

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return one_line(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        text = super().pre_save(model_instance, add)
        if isinstance(text, str):
            text = one_line(text)
            setattr(model_instance, self.attname, text)  # the instance and the journal then hold what is saved
        return text

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LineFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
