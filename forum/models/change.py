"""A change: the rows that one verb changes, recorded so that they can be undone and shown.

A model may define three hooks: `UNLOGGED` (names of fields that the journal never holds), `retractions(before, after)`
(see Retraction) and `after_revert(change)` (called after an undo has saved fields of the row, or created it again).
"""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, TypedDict

from django.apps import apps
from django.db import models

from forum.fragment_keys import Key, RowKey

if TYPE_CHECKING:
    from forum.models.participant import Participant
    from forum.models.topic import Topic

BATCH_SIZE = 500
"""Rows in one query: databases accept a limited number of parameters."""
Values = dict[str, str | None]
"""Fields of one row as text, by name, as the journal stores them."""


class RowChange(TypedDict):
    """One change of one row, as the journal stores it."""

    model: str
    """The label of the model, as "forum.Topic"."""
    pk: Any
    before: Values | None
    """None: the row was created."""
    after: Values | None
    """None: the row was deleted."""


class CannotUndo(Exception):
    """The change is not undoable, was undone already, or its rows changed since."""


@dataclass(frozen=True)
class Retraction:
    """Content that must not be shown any more, though documents may hold it."""

    name: str = ""
    """A name of a person or of a file. Empty: every document made since `since` may hold the content."""
    since: datetime | None = None
    """Documents whose content is older cannot hold it."""


class Details(TypedDict, total=False):
    """What the journal says of a change beside its verb and its rows."""

    left_phase: str
    entered_phase: str
    merged: int
    """Number of the topic that was merged."""
    into: int
    """Number of the topic that stays."""
    followed: list[int]
    """Primary keys of the participants whose interest moved with it."""
    facilitator: str
    """Name of another facilitator."""
    role: str
    """Of a facilitator or an invitation, from now on."""
    """Name of the facilitator about whom it was done."""
    edition: int
    """Number of the edition."""
    undone_verb: str
    """The verb of the change that was undone or, when its undo was undone, redone."""
    repeats: int
    """Revision of the change that is undone or redone by this one, itself neither an undo nor a redoing."""


class Change:
    """The recorder of one verb: its rows, what it invalidates on boards, and what the journal says of it."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.invalidated: set[str] = set()
        """Fragment keys: `topic-12`, `person-7`, `me-7`, `status`…"""
        self.details: Details = {}
        self.rows: list[RowChange] = []
        """In the order of the verb."""
        self._has_unrecorded_effect = False
        self.retractions: list[Retraction] = []
        """From the hooks of the recorded rows, for any verb and for its undo."""

    @property
    def has_effect(self) -> bool:
        """Whether anything was changed. A change without effect is not journaled, whatever it invalidates."""
        return bool(self.rows) or self._has_unrecorded_effect

    def note_unrecorded_effect(self) -> None:
        """Note an effect that `rows` does not hold, so that undoing cannot revert it."""
        self._has_unrecorded_effect = True

    # rows

    def save(self, row: models.Model, *names: str) -> None:
        """Save these fields of a row."""
        before = _field_values(type(row)._base_manager.get(pk=row.pk), names)
        for name in names:  # LineField normalises its value in pre_save
            row._meta.get_field(name).pre_save(row, add=False)  # type: ignore[union-attr]  # a column, never a relation back
        after = _field_values(row, names)
        if before == after:
            return
        row.save(update_fields=names)
        self.record(row, before, after)

    def create(self, row: models.Model) -> None:
        """Save a new row. Undoing deletes it, unless other rows refer to it by then."""
        row.save(force_insert=True)
        self.record(row, None, _logged_values(row))

    def create_all(self, rows: Iterable[models.Model]) -> None:
        """Save new rows of one model."""
        new = list(rows)
        for row in type(new[0])._base_manager.bulk_create(new, batch_size=BATCH_SIZE) if new else ():
            self.record(row, None, _logged_values(row))

    def delete(self, row: models.Model) -> None:
        """Delete a row to which no other refers. Undoing creates it again."""
        self.delete_all([row])

    def delete_all(self, rows: Iterable[models.Model]) -> None:
        """Delete rows of one model."""
        deleted = list(rows)
        for row in deleted:
            self.record(row, _logged_values(row), None)
        if deleted:
            type(deleted[0])._base_manager.filter(pk__in=[row.pk for row in deleted]).delete()

    def record(self, row: models.Model, before: Values | None, after: Values | None) -> None:
        """Record how a row is reverted. Called directly by verbs whose undo is not their reverse."""
        if before == after:
            return
        self.rows.append({"model": row._meta.label, "pk": row.pk, "before": before, "after": after})
        if retractions := getattr(row, "retractions", None):
            self.retractions += retractions(_copy_with(row, before), _copy_with(row, after))

    def changes(self, row: models.Model, name: str) -> bool:
        """Say whether this field of this row changes."""
        of_row = [entry for entry in self.rows if (entry["model"], entry["pk"]) == (row._meta.label, row.pk)]
        return any((entry["before"] or {}).get(name) != (entry["after"] or {}).get(name) for entry in of_row)

    def revert(self, rows: list[RowChange]) -> None:
        """Undo the row changes of another change. Raises CannotUndo when one of its rows changed since."""
        reverted: list[models.Model] = []
        for (label, was_created, was_deleted), entries in groupby(reversed(rows), _model_and_kind):
            model = apps.get_model(label)
            if was_created:
                for batch in _batches(entries):
                    self._delete_created(model, batch)
            elif was_deleted:
                for batch in _batches(entries):
                    reverted += self._create_deleted(model, batch)
            else:
                reverted += [self._revert_fields(model, entry) for entry in entries]
        for row in reverted:
            if after_revert := getattr(row, "after_revert", None):
                after_revert(self)

    def _revert_fields(self, model: type[models.Model], entry: RowChange) -> models.Model:
        row = model._base_manager.filter(pk=entry["pk"]).first()
        before = entry["before"] or {}
        if row is None or not _still_has(row, entry["after"]):
            raise CannotUndo
        _set_field_values(row, before)
        self.save(row, *before)
        return row

    def _delete_created(self, model: type[models.Model], entries: list[RowChange]) -> None:
        rows = model._base_manager.in_bulk([entry["pk"] for entry in entries])
        for entry in entries:
            row = rows.get(entry["pk"])
            if row is None or not _still_has(row, entry["after"]):
                raise CannotUndo
        if _are_referred_to(model, list(rows)):
            raise CannotUndo
        self.delete_all(rows[entry["pk"]] for entry in entries)

    def _create_deleted(self, model: type[models.Model], entries: list[RowChange]) -> list[models.Model]:
        if model._base_manager.filter(pk__in=[entry["pk"] for entry in entries]).exists():
            raise CannotUndo
        rows = [model(pk=entry["pk"]) for entry in entries]
        for row, entry in zip(rows, entries, strict=True):
            _set_field_values(row, entry["before"] or {})
        self.create_all(rows)
        return rows

    # fragments

    def invalidate(self, *keys: str) -> None:
        self.invalidated.update(keys)

    def invalidate_topic(self, topic: "Topic") -> None:
        """Invalidate a topic's card, its report's news, and the card of the topic into which it was merged."""
        shown = topic.merged_into_id or topic.pk
        self.invalidated.update(
            (RowKey.TOPIC.of(shown), RowKey.TOPIC.of(topic.pk), RowKey.NEWS.of(topic.pk), Key.STATUS, Key.WAITING)
        )

    def invalidate_person(self, person: "Participant") -> None:
        """Invalidate a participant's row on the desk, and the marks on their own phones."""
        self.invalidated.update((RowKey.PERSON.of(person.pk), RowKey.MARKS.of(person.pk), Key.WAITING))

    def invalidate_everything(self) -> None:
        self.invalidated.add(Key.EVERYTHING)


def _field_values(row: models.Model, names: Iterable[str]) -> Values:
    fields = [row._meta.get_field(name) for name in names]
    return {
        field.name: None if field.value_from_object(row) is None else field.value_to_string(row)  # type: ignore[union-attr]  # a column, never a relation back
        for field in fields
    }


def _logged_values(row: models.Model) -> Values:
    """Return all fields of a row but those that the journal never holds."""
    unlogged = getattr(row, "UNLOGGED", ())
    return _field_values(row, [field.name for field in row._meta.concrete_fields if field.name not in unlogged])


def _set_field_values(row: models.Model, values: Values) -> None:
    for name, text in values.items():
        field = row._meta.get_field(name)
        setattr(row, field.attname, None if text is None else field.to_python(text))  # type: ignore[union-attr]  # a column, never a relation back


def _copy_with(row: models.Model, values: Values | None) -> models.Model | None:
    """Return a copy of a row with these values; None when there are none."""
    if values is None:
        return None
    twin = copy(row)
    _set_field_values(twin, values)
    return twin


def _still_has(row: models.Model, values: Values | None) -> bool:
    return values is not None and _field_values(row, values) == values


def _are_referred_to(model: type[models.Model], pks: list[Any]) -> bool:
    """Say whether a row other than these refers to one of them."""
    for relation in model._meta.related_objects:
        rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": pks})
        if (rows.exclude(pk__in=pks) if relation.related_model is model else rows).exists():
            return True
    return False


def _batches(entries: Iterator[RowChange]) -> Iterator[list[RowChange]]:
    while batch := list(islice(entries, BATCH_SIZE)):
        yield batch


def _model_and_kind(entry: RowChange) -> tuple[str, bool, bool]:
    """Return the key by which revert() groups: the model, whether the row was created, whether it was deleted."""
    return entry["model"], entry["before"] is None, entry["after"] is None
