"""A change: what one verb does to rows, recorded so that it can be undone and shown."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from forum.fragment_keys import Key, RowKey

if TYPE_CHECKING:
    from forum.models.participant import Participant
    from forum.models.topic import Topic

AT_ONCE = 500
"""Rows in one query: databases take only so many values."""
Values = dict[str, str | None]
"""Fields of one row as text, by name, as the journal keeps them."""


class CannotUndo(Exception):
    """What was done cannot be taken back: it never could, it was already, or things moved since."""


@dataclass(frozen=True)
class Retraction:
    """What may not be shown any more, though documents may tell it: those that hold these words, and know of `since`.

    The words are a name, of somebody or of a file; without any, whatever was made since then tells it.
    """

    words: str = ""
    since: datetime | None = None


def _read(row: models.Model, names: Iterable[str]) -> Values:
    fields = [row._meta.get_field(name) for name in names]
    return {
        field.name: None if field.value_from_object(row) is None else field.value_to_string(row)  # type: ignore[union-attr]  # a column, never a relation back
        for field in fields
    }


def _write(row: models.Model, values: Values) -> None:
    for name, text in values.items():
        field = row._meta.get_field(name)
        setattr(row, field.attname, None if text is None else field.to_python(text))  # type: ignore[union-attr]  # a column, never a relation back


def _with(row: models.Model, values: Values | None) -> models.Model | None:
    """A row as it is with these values; None: there is none."""
    if values is None:
        return None
    twin = copy(row)
    _write(twin, values)
    return twin


def _are_needed(model: type[models.Model], pks: list[Any]) -> bool:
    """Whether rows other than these depend on one of them."""
    for told in model._meta.related_objects:
        others = told.related_model._base_manager.filter(**{f"{told.field.name}__in": pks})
        if (others.exclude(pk__in=pks) if told.related_model is model else others).exists():
            return True
    return False


def _kind(told: dict[str, Any]) -> tuple[str, bool, bool]:
    return told["model"], told["before"] is None, told["after"] is None


def _all_fields(row: models.Model) -> list[str]:
    untold = getattr(row, "UNLOGGED", ())
    return [field.name for field in row._meta.concrete_fields if field.name not in untold]


class Change:
    """What one verb does. It keeps rows so that they can be put back, and names what the board shows of them.

    Keys that a verb touches: `topic-12`, `person-7`, `me-7`, `status`…
    """

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.invalidated: set[str] = set()
        self.details: dict[str, Any] = {}
        self.rows: list[dict[str, Any]] = []
        """What was kept, in order: `model`, `pk`, and the values `before` and `after`; None: there was no row."""
        self._has_irreversible_effect = False
        self.retractions: list[Retraction] = []
        """As the models say, whichever verb did it: theirs, or the undoing of another one."""

    def save(self, row: models.Model, *names: str) -> None:
        """Save these fields of a row, so that the change can be undone."""
        before = _read(type(row)._base_manager.get(pk=row.pk), names)
        for name in names:  # fields of one line normalise what they are given
            row._meta.get_field(name).pre_save(row, add=False)  # type: ignore[union-attr]  # a column, never a relation back
        if before == _read(row, names):
            return
        row.save(update_fields=names)
        self.record(row, before, _read(row, names))

    @property
    def has_effect(self) -> bool:
        """Whether anything was changed. A change without effect leaves no trace, whatever it invalidates."""
        return bool(self.rows) or self._has_irreversible_effect

    def note_irreversible_effect(self) -> None:
        """Note an effect that `rows` does not hold, so that undoing cannot revert it."""
        self._has_irreversible_effect = True

    def create(self, row: models.Model) -> None:
        """Save a new row; undoing takes it away, unless others have come to depend on it."""
        row.save(force_insert=True)
        self.record(row, None, _read(row, _all_fields(row)))

    def create_all(self, rows: Iterable[models.Model]) -> None:
        """Save many new rows of one model at once."""
        new = list(rows)
        for row in type(new[0])._base_manager.bulk_create(new, batch_size=AT_ONCE) if new else ():
            self.record(row, None, _read(row, _all_fields(row)))

    def delete(self, row: models.Model) -> None:
        """Take a row away that nothing depends on; undoing puts it back as it was."""
        self.delete_all([row])

    def delete_all(self, rows: Iterable[models.Model]) -> None:
        """Take away some rows of one model at once."""
        gone = list(rows)
        for row in gone:
            self.record(row, _read(row, _all_fields(row)), None)
        if gone:
            type(gone[0])._base_manager.filter(pk__in=[row.pk for row in gone]).delete()

    def record(self, row: models.Model, before: Values | None, after: Values | None) -> None:
        """Note how a row is put back. A verb whose undoing is not its reverse says here what it is."""
        if before != after:
            self.rows.append({"model": row._meta.label, "pk": row.pk, "before": before, "after": after})
            if retractions := getattr(row, "retractions", None):
                self.retractions += retractions(_with(row, before), _with(row, after))

    def changes(self, row: models.Model, name: str) -> bool:
        """Whether this field of this row changes."""
        mine = [told for told in self.rows if (told["model"], told["pk"]) == (row._meta.label, row.pk)]
        return any((told["before"] or {}).get(name) != (told["after"] or {}).get(name) for told in mine)

    def revert(self, rows: list[dict[str, Any]]) -> None:
        """Undo what another change did to these rows. Raises CannotUndo when one of them moved since."""
        put_back = []
        for (label, was_new, is_gone), alike in groupby(reversed(rows), _kind):
            model = apps.get_model(label)
            told = list(alike)
            if not was_new and not is_gone:
                put_back += [self._revert_fields(model, row) for row in told]
                continue
            for begin in range(0, len(told), AT_ONCE):
                act = self._delete_created if was_new else self._create_deleted
                act(model, told[begin : begin + AT_ONCE])
        for row in put_back:
            if follow := getattr(row, "after_revert", None):
                follow(self)

    def _revert_fields(self, model: type[models.Model], told: dict[str, Any]) -> models.Model:
        """The fields of a row as they were."""
        row = model._base_manager.filter(pk=told["pk"]).first()
        if row is None or _read(row, told["after"]) != told["after"]:
            raise CannotUndo
        _write(row, told["before"])
        self.save(row, *told["before"])
        return row

    def _delete_created(self, model: type[models.Model], rows: list[dict[str, Any]]) -> None:
        """Rows that were made, at once: there may be thousands."""
        standing = model._base_manager.in_bulk([told["pk"] for told in rows])
        for told in rows:
            row = standing.get(told["pk"])
            if row is None or _read(row, told["after"]) != told["after"]:
                raise CannotUndo
        if _are_needed(model, list(standing)):
            raise CannotUndo
        self.delete_all(standing[told["pk"]] for told in rows)

    def _create_deleted(self, model: type[models.Model], rows: list[dict[str, Any]]) -> None:
        """Rows that were taken away, at once."""
        if model._base_manager.filter(pk__in=[told["pk"] for told in rows]).exists():
            raise CannotUndo
        returning = [model(pk=told["pk"]) for told in rows]
        for row, told in zip(returning, rows, strict=True):
            _write(row, told["before"])
        self.create_all(returning)

    def invalidate(self, *keys: str) -> None:
        self.invalidated.update(keys)

    def invalidate_topic(self, topic: "Topic") -> None:
        """Its card, the news of its report, and the card of the topic with which it was merged."""
        shown = topic.merged_into_id or topic.pk
        self.invalidated.update(
            (RowKey.TOPIC.of(shown), RowKey.TOPIC.of(topic.pk), RowKey.NEWS.of(topic.pk), Key.STATUS)
        )

    def invalidate_person(self, person: "Participant") -> None:
        """Their row on the desk, and what their own phones mark as theirs."""
        self.invalidated.update((RowKey.PERSON.of(person.pk), RowKey.MARKS.of(person.pk)))

    def invalidate_everything(self) -> None:
        self.invalidated.add(Key.EVERYTHING)
