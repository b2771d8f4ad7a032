"""The transaction around each change of a forum: its revision, its journal row and the notification of the hubs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

from forum import metrics, notify
from forum.extension import extension
from forum.models.actor import Actor
from forum.models.change import Change
from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.forum import Forum


@contextmanager
def record_change(forum: "Forum", by: Actor, verb: Verb) -> Iterator[Change]:
    """Make one change of a forum, whole or not at all, in the order of the revisions.

    Taking the next revision locks the forum's row until the commit. A change that has an effect is written to the
    journal in the same transaction, and the hubs are notified once it is committed; one without effect gives its
    revision back. Raises RightsLost when the actor lost the right to make it since the request came.
    """
    revision_before = forum.revision
    with transaction.atomic():
        change = Change(_take_revision(forum))
        if by.guard:
            by.guard.check(forum)
        yield change
        if not change.has_effect:
            _give_revision_back(forum, change.revision)
            forum.revision = revision_before
            return
        forum.journal.create(
            revision=change.revision,
            verb=verb,
            participant=by.participant,
            facilitator=by.facilitator,
            invalidated=sorted(change.invalidated),
            rows=change.rows,
            details=change.details,
        )
        if by.guard:
            by.guard.note_own(change.revision)
        if change.retractions:
            # Not in the name of the participant, whom the change may have removed.
            extension().content_retracted(forum, Actor(facilitator=by.facilitator, role=by.role), change.retractions)
        # Not a partial: Django names what failed by its __qualname__.
        transaction.on_commit(lambda: _tell(forum, verb), robust=True)


def _tell(forum: "Forum", verb: Verb) -> None:
    """Count a change that is committed, and notify the hubs."""
    metrics.WRITES.labels(verb.name.lower()).inc()
    notify.forum_changed(forum.pk)


def _take_revision(forum: "Forum") -> int:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE forum_forum SET revision = revision + 1 WHERE id = %s RETURNING revision", [forum.pk])
        (forum.revision,) = cursor.fetchone()
    return forum.revision


def _give_revision_back(forum: "Forum", revision: int) -> None:
    """Undo `_take_revision`, unless a change within this one has taken the next revision."""
    type(forum).objects.filter(pk=forum.pk, revision=revision).update(revision=revision - 1)
