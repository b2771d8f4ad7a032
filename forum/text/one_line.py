"""Texts of one line: whatever is typed, pasted, sent or imported into such a field keeps to one line."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""Control characters, overrides of the reading direction, what is no character: nothing that a reader sees."""

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


def one_line(text: str) -> str:
    """The words of a text with one space between them, without the signs that nobody sees."""
    # A space first for what ends a line, some of which nobody sees either.
    return " ".join(UNSEEN.sub("", " ".join(text.split())).split())


class OneLine(forms.CharField):
    """The field of a form that takes one line. NUL, which nobody can type or paste, is refused as everywhere."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return super().to_python(one_line(text)) if isinstance(text, str) and "\0" not in text else text


class LineField(_Text):
    """The field of a model that holds one line: forms, verbs, imports and scripts all end here.

    To the database, and so to migrations, it is a CharField.
    """

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return one_line(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        kept = super().pre_save(model_instance, add)
        if isinstance(kept, str):
            kept = one_line(kept)
            setattr(model_instance, self.attname, kept)  # who goes on with the row, and the journal, know what is kept
        return kept

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": OneLine, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
