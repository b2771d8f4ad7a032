"""The actions of a report: what is to be done, by whom, and when."""

from collections.abc import Mapping
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from forum.models import Actor
from forum.models.verbs import Verb
from forum.text.one_line import LineField
from sessions.models.field_conflicts import SharedFields, WriteResult


class ActionQuerySet(models.QuerySet["Action"]):
    def written(self) -> Self:
        """Leave out the actions that do not say yet what is to be done."""
        return self.exclude(what="")


class Action(SharedFields):
    SHARED_FIELDS = ("what", "point_person", "others", "first_step", "due_date", "due_words", "resources")

    report = models.ForeignKey("reports.Report", models.CASCADE, related_name="actions")
    position = models.PositiveSmallIntegerField()
    what = LineField(_("what"), max_length=300, blank=True)
    point_person = LineField(_("point person"), max_length=120, blank=True)
    others = LineField(_("others to involve"), max_length=300, blank=True)
    first_step = LineField(_("first step"), max_length=300, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    due_words = LineField(_("or in words"), max_length=80, blank=True)
    resources = LineField(_("resources"), max_length=300, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.what

    @property
    def rank(self) -> int:
        """The place of the action in its report, from 1, without gaps where others were deleted."""
        return self.report.actions.filter(position__lt=self.position).count() + 1

    def write(self, written: Mapping[str, Any], bases: Mapping[str, str], by: Actor) -> WriteResult:
        """Save what one writer changed. `bases`: by field, of the value that the writer had seen (see `base_of`)."""
        with self.report.change(by, Verb.WROTE_ACTION) as change:
            self.refresh_from_db(fields=self.SHARED_FIELDS)
            result = self.compare_and_set(written, bases)
            if result.saved:
                self.save()
                change.note_unrecorded_effect()
        return result

    def drop(self, by: Actor) -> None:
        with self.report.change(by, Verb.DROPPED_ACTION) as change:
            change.delete(self)
