"""Check what a copy of the database holds, row by row, like any input: somebody may have written in it.

Below `management`, above `models`. Takes the models of all apps, also of those that import this one.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connections, models

from forum.models import Forum, JournalEntry
from forum.models.tokens import fingerprint, new_token

ALIAS = "copy"
"""Of the copy among the databases, while it is checked."""


class InvalidRow(Exception):
    """A row that this app cannot have written. The message names its table and its primary key."""


def update_and_check(path: Path) -> None:
    """Bring a copy up to date, drop its queued tasks, which name what to run, and check its rows. Raises InvalidRow."""
    with _as_database(path):
        call_command("migrate", database=ALIAS, interactive=False, verbosity=0)
        apps.get_model("django_tasks_database", "DBTaskResult").objects.using(ALIAS).all().delete()
        for model in apps.get_models():
            _check_rows(model)
            _check_owners(model)


@contextlib.contextmanager
def _as_database(path: Path) -> Iterator[None]:
    default = connections.settings["default"]
    connections.settings[ALIAS] = {**default, "NAME": path, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
    try:
        yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def _check_rows(model: type[models.Model]) -> None:
    pk: Any = "?"
    try:
        for row in model._base_manager.using(ALIAS).order_by("pk").iterator():
            pk = row.pk
            for field in model._meta.concrete_fields:
                _check_value(field, getattr(row, field.attname))
            if isinstance(row, JournalEntry):
                _check_journal(row)
    except (ValidationError, DatabaseError, TypeError, ValueError, KeyError, LookupError, FieldDoesNotExist) as error:
        raise InvalidRow(f"{model._meta.db_table} {pk}") from error


def _check_value(field: Any, value: Any) -> None:
    """Raise ValidationError or TypeError unless a form, or a verb, could have saved this value."""
    if value is None and not field.null:  # also what could not be read, such as a date that is none
        raise TypeError(field.name)
    if value is None or (value == "" and field.blank):
        return
    if isinstance(field, models.JSONField):
        if type(value) is not type(field.get_default()):
            raise TypeError(field.name)
        return
    field.run_validators(field.to_python(value))
    if field.choices and value not in dict(field.flatchoices):
        raise ValidationError(field.name)


def _check_journal(entry: JournalEntry) -> None:
    """Raise an error unless what undoing the entry reverts are values of known fields."""
    if not all(isinstance(key, str) for key in entry.invalidated):
        raise TypeError("invalidated")
    for change in entry.rows:
        fields = apps.get_model(change["model"])._meta
        for values in filter(None, (change["before"], change["after"])):
            for name, text in values.items():
                field: Any = fields.get_field(name)
                if text is not None:
                    field.to_python(text)


def _check_owners(model: type[models.Model]) -> None:
    """Raise InvalidRow if a row belongs to one forum by one of its relations, and to another by another one."""
    own, *others = _paths_to_forum(model) or [""]
    for other in others:
        rows = model._base_manager.using(ALIAS).filter(**{f"{own}__isnull": False, f"{other}__isnull": False})
        if foreign := rows.exclude(**{own: models.F(other)}).values_list("pk", flat=True).first():
            raise InvalidRow(f"{model._meta.db_table} {foreign}")


def _paths_to_forum(model: type[models.Model]) -> list[str]:
    """List the paths of relations by which the rows of a model belong to a forum."""
    paths: list[str] = []
    for field in model._meta.concrete_fields:
        target = field.related_model
        if target is Forum:
            paths.append(field.name)
        elif isinstance(target, type) and (further := paths if target is model else _paths_to_forum(target)):
            paths.append(f"{field.name}__{further[0]}")
    return paths


def keep_known_access(copy: sqlite3.Connection, present: Path) -> bool:
    """End the devices, accounts and links of a copy that the present database does not know; say whether it was asked.

    Who made the copy may hold a key in it. A facilitator whose link was changed since then keeps the new one. When
    there is no facilitator at present, as on a new computer, nobody can be asked, and all stay.
    """
    known = _read_access(present)
    if known is None:
        return False
    links, devices = known
    for facilitator, name in copy.execute("SELECT id, name FROM forum_facilitator").fetchall():
        link = links.get((facilitator, name), fingerprint(new_token()))
        copy.execute("UPDATE forum_facilitator SET link_fingerprint = ? WHERE id = ?", (link, facilitator))
    people = set(copy.execute("SELECT id, name FROM forum_facilitator").fetchall())
    for device, *holder in copy.execute(_DEVICES.replace("SELECT", "SELECT d.id,")).fetchall():
        _token, _participant, facilitator, name = holder
        is_known = tuple(holder) in devices and (facilitator is None or (facilitator, name) in people & links.keys())
        if not is_known:
            copy.execute("DELETE FROM forum_device WHERE id = ?", (device,))
    accounts = _read_accounts(present)
    for account, *holder in copy.execute(_ACCOUNTS.replace("SELECT", "SELECT a.id,")).fetchall():
        if tuple(holder) not in accounts:
            copy.execute("DELETE FROM forum_account WHERE id = ?", (account,))
    copy.commit()
    return True


_DEVICES = (
    "SELECT d.token_fingerprint, d.participant_id, d.facilitator_id, f.name"
    " FROM forum_device d LEFT JOIN forum_facilitator f ON f.id = d.facilitator_id"
)

_ACCOUNTS = (
    "SELECT a.issuer, a.subject_fingerprint, a.facilitator_id, f.name"
    " FROM forum_account a JOIN forum_facilitator f ON f.id = a.facilitator_id"
)


def _read_accounts(present: Path) -> set[tuple[Any, ...]]:
    """Return the accounts with their facilitators; none if they cannot be read."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(present)) as connection:
        return set(connection.execute(_ACCOUNTS).fetchall())
    return set()


def _read_access(present: Path) -> tuple[dict[tuple[int, str], str], set[tuple[Any, ...]]] | None:
    """Return the links by facilitator (primary key and name), and the devices; None if nobody runs a forum here."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(present)) as connection:
        rows = connection.execute("SELECT id, name, link_fingerprint FROM forum_facilitator").fetchall()
        links = {(facilitator, name): link for facilitator, name, link in rows}
        return (links, set(connection.execute(_DEVICES).fetchall())) if links else None
    return None
