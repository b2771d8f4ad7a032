"""Compare-and-set: a field is saved only if it still has the value that its writer had seen."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models


def base_of(value: object) -> str:
    """Return the base of a value: the hash that a form carries and sends back, to compare it with the stored one."""
    return hashlib.sha256(str("" if value is None else value).encode()).hexdigest()[:16]


def form_text(value: Any) -> str:
    """Return a value as a form shows it, without the spaces around it."""
    return "" if value is None else str(value).strip()


def extend(stored: Any, written: Any) -> Any:
    """Return `written` if it only adds to the stored value, with the stored text kept as it is; None if it changes it.

    A value adds to an empty field, and a text adds lines to a text.
    """
    text = form_text(stored)
    if not text:
        return written
    if isinstance(stored, str) and str(written).startswith(f"{text}\n"):
        return stored.rstrip() + written[len(text) :]
    return None


@dataclass
class WriteResult:
    """The outcome of one submission, field by field."""

    saved: dict[str, Any] = field(default_factory=dict)
    """The new values, of fields that nobody else had changed."""
    conflicts: dict[str, Any] = field(default_factory=dict)
    """The stored values, of fields that somebody else had changed too."""


class SharedFields(models.Model):
    """Fields that several people write by forms."""

    SHARED_FIELDS: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def bases(self) -> dict[str, str]:
        return {name: base_of(getattr(self, name)) for name in self.SHARED_FIELDS}

    def compare_and_set(self, written: Mapping[str, Any], bases: Mapping[str, str]) -> WriteResult:
        """Set each field that its writer changed and nobody else did. `bases`: of what the writer had seen."""
        result = WriteResult()
        for name in self.SHARED_FIELDS:
            if name not in written:
                continue
            new, stored, base = written[name], getattr(self, name), bases.get(name)
            if base_of(new) in (base_of(stored), base):
                continue  # stored already, or not changed by this writer
            if base == base_of(stored):
                setattr(self, name, new)
                result.saved[name] = new
            else:
                result.conflicts[name] = stored
        return result

    def set_additions(self, written: Mapping[str, Any], bases: Mapping[str, str]) -> WriteResult:
        """Set the fields to which `written` only adds."""
        result = WriteResult()
        for name in self.SHARED_FIELDS:
            if name not in written:
                continue
            new, stored = written[name], self.stored_value(name)
            if base_of(new) == bases.get(name) or form_text(new) == form_text(stored):
                continue
            extended = extend(stored, new)
            if extended is None:
                result.conflicts[name] = stored
            else:
                setattr(self, name, extended)
                result.saved[name] = extended
        return result

    def stored_value(self, name: str) -> Any:
        """Return the value to which a form adds."""
        return getattr(self, name)
