"""The journal: one row per change, at once the trace of the day, its undo list and what the live board reads."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from forum.phases import Phase

if TYPE_CHECKING:
    from forum.models.actor import Actor
from forum.models.change import CannotUndo
from forum.models.verbs import Verb


class JournalQuerySet(models.QuerySet["JournalEntry"]):
    def undoable(self) -> "JournalQuerySet":
        """What can be taken back, as far as the journal alone can tell."""
        return self.exclude(rows=[]).filter(undone_by=None)


class JournalEntry(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="journal")
    revision = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=60, choices=Verb.choices)
    participant = models.ForeignKey("forum.Participant", models.SET_NULL, null=True)
    facilitator = models.ForeignKey("forum.Facilitator", models.SET_NULL, null=True)
    invalidated = models.JSONField()
    details = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    """How what was done is undone: see Change.rows. Empty: it cannot be."""
    undone_by = models.PositiveBigIntegerField(null=True)
    """The revision that took this back."""

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
        """The phase to which undoing it brings everyone back; None: it moves nobody."""
        before = (row["before"] or {} for row in self.rows if row["model"] == "forum.Forum")
        return next((Phase(values["phase"]) for values in before if "phase" in values), None)

    def undo(self, by: "Actor") -> None:
        """Put back what this change moved, which is itself a change that can be undone. Raises CannotUndo.

        Refused when somebody has changed the same fields since, or when what was there has no room any more: what
        others did later is never lost.
        """
        try:
            with transaction.atomic(), self.forum.change(by, Verb.UNDID) as change:
                self.refresh_from_db(fields=["undone_by"])
                if not self.can_be_undone:
                    raise CannotUndo
                change.details = {"undoes": self.revision, "verb": self.verb, **self.details}
                change.invalidate(*self.invalidated)
                change.revert(self.rows)
                # What this change had itself taken back holds again.
                self.forum.journal.filter(undone_by=self.revision).update(undone_by=None)
                change.note_irreversible_effect()
                self.undone_by = change.revision
                self.save(update_fields=["undone_by"])
        except IntegrityError as error:
            raise CannotUndo from error
