"""The journal: one row per change. The trace of the day, its undo list, and the source of live updates."""

from typing import TYPE_CHECKING, cast

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from forum.models.change import CannotUndo, Details
from forum.models.verbs import Verb, verb_choices
from forum.phases import Phase

if TYPE_CHECKING:
    from forum.models.actor import Actor


class JournalQuerySet(models.QuerySet["JournalEntry"]):
    def undoable(self) -> "JournalQuerySet":
        """Return the entries that recorded rows and were not undone. Undoing may still fail with CannotUndo."""
        return self.exclude(rows=[]).filter(undone_by=None)

    def keys(self) -> frozenset[str]:
        """Return the fragment keys that these changes invalidated."""
        return frozenset().union(*self.values_list("invalidated", flat=True))

    def repeating(self, revision: int) -> "JournalQuerySet":
        """Return a change, and those that undid and redid it."""
        return self.filter(Q(revision=revision) | Q(details__repeats=revision))


class JournalEntry(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="journal")
    revision = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=60, choices=verb_choices)
    participant = models.ForeignKey("forum.Participant", models.SET_NULL, null=True)
    facilitator = models.ForeignKey("forum.Facilitator", models.SET_NULL, null=True)
    invalidated = models.JSONField(default=list)
    """Fragment keys."""
    details = models.JSONField(default=dict)  # change.Details
    rows = models.JSONField(default=list)
    """What undoing reverts: a list of RowChange. Empty: the change cannot be undone."""
    undone_by = models.PositiveBigIntegerField(null=True)
    """The revision of the change that undid this one, or one that did the same."""

    objects = JournalQuerySet.as_manager()

    class Meta:
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["forum", "revision"], name="one_entry_per_revision")]

    def __str__(self) -> str:
        return f"{self.revision} {self.verb}"

    @property
    def can_be_undone(self) -> bool:
        return bool(self.rows) and self.undone_by is None

    @property
    def phase_before(self) -> Phase | None:
        """The phase to which undoing returns; None when it does not change the phase."""
        forum_values = (row["before"] or {} for row in self.rows if row["model"] == "forum.Forum")
        return next((Phase(values["phase"]) for values in forum_values if "phase" in values), None)

    def undo(self, by: "Actor") -> None:
        """Revert the rows of this change, as a change that can be undone in turn.

        Raises CannotUndo when the same fields were changed since, or when the former values break a constraint by now:
        later changes of others are never lost. What did the same counts as undone with it: a change and its redoing.
        """
        verb = Verb.REDID if self.verb == Verb.UNDID else Verb.UNDID
        first = self.details.get("repeats", self.revision)
        try:
            with transaction.atomic(), self.forum.change(by, verb) as change:
                self.refresh_from_db(fields=["undone_by"])
                if not self.can_be_undone:
                    raise CannotUndo
                change.details = cast("Details", {"undone_verb": self.verb, **self.details, "repeats": first})
                change.invalidate(*self.invalidated)
                change.revert(self.rows)
                repeating = self.forum.journal.repeating(first)
                repeating.filter(undone_by=None).update(undone_by=change.revision)
                if verb == Verb.REDID:
                    repeating.filter(revision=first).update(undone_by=None)
                change.note_unrecorded_effect()
                self.undone_by = change.revision
        except IntegrityError as error:
            raise CannotUndo from error
