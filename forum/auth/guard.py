"""Check the rights of a request again within its changes: they were read before it had the lock of the forum."""

from collections.abc import Callable

from forum.fragment_keys import Key, RowKey, concern_rights
from forum.models import Forum


class RightsGuard:
    """Implements forum.models.actor.Guard.

    Costs one query for each change, and more only when a change of somebody else that landed meanwhile moved the
    phase, somebody's rights, or the topic of the request.
    """

    def __init__(self, forum: Forum, topic: int | None, recheck: Callable[[], None]) -> None:
        """`topic`: primary key; `recheck`: reads the rights anew and raises RightsLost."""
        self._pk, self._checked_at, self._recheck = forum.pk, forum.revision, recheck
        self._own: set[int] = set()
        self._keys = {Key.EVERYTHING, *(kind.of(topic) for kind in (RowKey.TOPIC, RowKey.REPORT) if topic)}

    def check(self, forum: Forum) -> None:
        if forum.pk != self._pk:
            return
        before = forum.revision - 1  # the change that is being made has taken a revision
        changes = forum.journal.filter(revision__gt=self._checked_at, revision__lte=before)
        keys = changes.exclude(revision__in=self._own).keys() if before > self._checked_at else frozenset()
        self._checked_at = before
        if keys & self._keys or concern_rights(keys):
            self._recheck()

    def note_own(self, revision: int) -> None:
        self._own.add(revision)
