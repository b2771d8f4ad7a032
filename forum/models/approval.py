"""Approve first: while a forum asks for it, what phones put before everybody waits for the facilitators.

Rows that wait are filtered where each kind of row is read (`active`, `visible`, `shown`, `public`), so that no page,
message or document for others holds them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone

from forum.extension import extension
from forum.fragment_keys import Key
from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.forum import Forum
    from forum.models.participant import Participant


class Approvable(models.Model):
    """A row that may have to wait before others see it."""

    KIND: ClassVar[str]
    """Names the kind in forms and on the desk."""

    waits_since = models.DateTimeField(null=True, blank=True)
    """None: it is shown."""

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """The row as forms name it, as it was sent last: nobody approves what was changed since they read it."""
        return f"{self.KIND}-{self.pk}-{self.waits_since:%Y%m%d%H%M%S%f}"

    @property
    def label(self) -> str:
        """The row in a few words, for buttons about it."""
        return str(self)

    @property
    def sender(self) -> "Participant | None":
        """The participant who put it there."""
        raise NotImplementedError

    def invalidate_shown(self, change: "Change") -> None:
        """Invalidate all that shows the row, or would."""
        raise NotImplementedError

    def refuse(self, change: "Change") -> None:
        """Remove the row, within a change, so that it waits no more."""
        raise NotImplementedError

    def begin_to_wait(self, forum: "Forum", by: "Actor") -> None:
        """Let a row wait that is about to be saved, if what `by` sends must, or go on waiting. Within a change."""
        if self.waits_since or _must_wait(forum, by):
            self.waits_since = timezone.now()


def _must_wait(forum: "Forum", by: "Actor") -> bool:
    if by.approves or not by.participant:
        return False
    forum.refresh_from_db(fields=["approves_first"])
    return forum.approves_first


def waiting_rows(forum: "Forum") -> list[Approvable]:
    """Return what waits in a forum, the oldest first."""
    queries: list[Any] = [
        forum.topics.filter(withdrawn_at=None).select_related("convener"),
        forum.feedback.select_related("participant"),
        *extension().approvable_rows(forum),
    ]
    rows = [row for query in queries for row in query.exclude(waits_since=None)]
    for row in rows:
        if row.KIND in ("topic", "word"):
            row.forum = forum
    return sorted(rows, key=lambda row: row.waits_since)


def decide(forum: "Forum", names: Iterable[str], is_approved: bool, by: "Actor") -> int:
    """Show the waiting rows of these names, or remove them: one change. Return how many there were."""
    with forum.change(by, Verb.APPROVED if is_approved else Verb.REFUSED) as change:
        wanted = set(names)
        rows = [row for row in waiting_rows(forum) if row.name in wanted]
        for row in rows:
            row.invalidate_shown(change)
            if is_approved:
                row.waits_since = None
                change.save(row, "waits_since")
            else:
                row.refuse(change)
        change.invalidate(Key.WAITING)
    return len(rows)
