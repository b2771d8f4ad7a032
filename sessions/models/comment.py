"""What others say of a group's report, and whose work it concerns too: they join its follow-up."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import RowKey
from forum.models import Actor, Change, Participant
from forum.models.change import Retraction
from forum.models.verbs import Verb
from sessions.models.report import Report

if TYPE_CHECKING:
    import datetime as dt


class CommentQuerySet(models.QuerySet["Comment"]):
    def standing(self) -> Self:
        """What nobody took back or hid, of people who are still with us."""
        return self.filter(withdrawn_at=None, participant__removed_at=None)

    def of_follow_up(self) -> Self:
        """Those by which somebody joined the follow-up."""
        return self.filter(concerns_us=True)


class Comment(models.Model):
    report = models.ForeignKey(Report, models.CASCADE, related_name="comments")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="comments")
    text = models.TextField(_("your comment"), max_length=600, blank=True)
    concerns_us = models.BooleanField(_("this concerns us too: we join the follow-up"), default=False)
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="a_comment_says_something", condition=Q(concerns_us=True) | ~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text or str(self._meta.get_field("concerns_us").verbose_name)  # type: ignore[union-attr]  # a column, never a relation back

    @classmethod
    def say(
        cls, report: Report, person: Participant, by: Actor, *, text: str = "", concerns_us: bool = False
    ) -> "Comment":
        """Someone comments on a report, joins its follow-up, or both. Who joins twice without a word joined once."""
        joined = cls.objects.standing().of_follow_up().filter(report=report, participant=person).first()
        if joined and not text:
            return joined
        with report.group.topic.forum.change(by, Verb.COMMENTED_ON_REPORT) as change:
            comment = cls(report=report, participant=person, text=text, concerns_us=concerns_us and not joined)
            change.create(comment)
            comment._touch(change)
        return comment

    def withdraw(self, by: Actor) -> None:
        """Its writer takes it back, or a facilitator hides it: it is shown nowhere any more."""
        with self.report.group.topic.forum.change(by, Verb.WITHDREW_COMMENT) as change:
            self.withdrawn_at = timezone.now()
            change.save(self, "withdrawn_at")
            self._touch(change)

    @staticmethod
    def retractions(was: "Comment | None", now: "Comment | None") -> Iterator[Retraction]:
        """Who joined the follow-up is named there no longer."""
        was, now = (comment if comment and comment.withdrawn_at is None else None for comment in (was, now))
        if was and now is None and was.concerns_us and was.participant.public_name:
            yield Retraction(was.participant.public_name, since=was.at)

    def _touch(self, change: Change) -> None:
        topic = self.report.group.topic_id
        change.invalidate(RowKey.COMMENTS.of(topic), RowKey.NEWS.of(topic), RowKey.TOPIC.of(topic))

    @property
    def hour(self) -> "dt.time":
        """When it was said, where the forum is."""
        return self.at.astimezone(self.report.group.topic.forum.zone).time()
