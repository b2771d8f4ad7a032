"""Compare the migrations of the database with those of this code."""

from collections.abc import Iterable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from forum.server.backups import backups_directory
from forum.server.errors import CannotStart


def pending_migrations() -> list[str]:
    """List the migrations to apply, as "app.name".

    Raises CannotStart if the database does not answer, or if a newer version of the app has changed it.
    """
    try:
        executor = MigrationExecutor(connection)
        unknown = unknown_migrations(executor.loader, executor.loader.applied_migrations)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CannotStart(_("The database does not answer: {reason}").format(reason=error)) from error
    if unknown:
        text = _(
            "The database is newer than this version of the app (it has {migration}). "
            "Install the newer version, or go back to a copy from {backups}"
        )
        raise CannotStart(text.format(migration=unknown[0], backups=backups_directory()))
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def unknown_migrations(loader: MigrationLoader, applied: Iterable[tuple[str, str]]) -> list[str]:
    """List the applied migrations, of the apps that have some, that this code neither has nor has squashed."""
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    known = {*loader.disk_migrations, *replaced}
    return sorted(f"{app}.{name}" for app, name in applied if app in loader.migrated_apps and (app, name) not in known)
