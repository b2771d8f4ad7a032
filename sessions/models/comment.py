"""Comments on a group's report, by which people of other groups may join its follow-up."""

from collections.abc import Iterator
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key, RowKey
from forum.models import Actor, Change, Participant
from forum.models.approval import Approvable
from forum.models.change import Retraction
from forum.models.verbs import Verb
from sessions.models.report import Report


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible(self) -> Self:
        """Leave out comments that were withdrawn or wait for approval, and those of removed participants."""
        return self.standing().filter(waits_since=None)

    def standing(self) -> Self:
        """Leave out withdrawn comments, and those of removed participants."""
        return self.filter(withdrawn_at=None, participant__removed_at=None)

    def shown_to(self, person: Participant | None) -> Self:
        """Return the visible ones, and those of this person that wait."""
        return self.standing().filter(Q(waits_since=None) | Q(participant=person, participant__isnull=False))

    def of_follow_up(self) -> Self:
        """Return the comments by which somebody joined the follow-up."""
        return self.filter(concerns_us=True)


class Comment(Approvable):
    KIND = "comment"

    report = models.ForeignKey(Report, models.CASCADE, related_name="comments")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="comments")
    text = models.TextField(_("your comment"), max_length=600, blank=True)
    concerns_us = models.BooleanField(_("this concerns us too: we join the follow-up"), default=False)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(name="a_comment_says_something", condition=Q(concerns_us=True) | ~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text or str(self._meta.get_field("concerns_us").verbose_name)  # type: ignore[union-attr]  # a column, never a relation back

    @classmethod
    def post(
        cls, report: Report, person: Participant, by: Actor, *, text: str = "", concerns_us: bool = False
    ) -> "Comment":
        """Comment on a report, join its follow-up, or both. Joining again without a text is a no-op."""
        joined = cls.objects.standing().of_follow_up().filter(report=report, participant=person).first()
        if joined and not text:
            return joined
        with report.group.topic.forum.change(by, Verb.COMMENTED_ON_REPORT) as change:
            comment = cls(report=report, participant=person, text=text, concerns_us=concerns_us and not joined)
            comment.begin_to_wait(report.group.topic.forum, by)
            change.create(comment)
            comment._invalidate(change)
        return comment

    def withdraw(self, by: Actor) -> None:
        """Stop showing the comment, for its writer or a facilitator."""
        with self.report.group.topic.forum.change(by, Verb.WITHDREW_COMMENT) as change:
            self.withdrawn_at = timezone.now()
            change.save(self, "withdrawn_at")
            self._invalidate(change)

    @staticmethod
    def retractions(before: "Comment | None", after: "Comment | None") -> Iterator[Retraction]:
        """Yield the writer's name once they are no longer in the follow-up."""
        before, after = (row if row and not (row.withdrawn_at or row.waits_since) else None for row in (before, after))
        if before and after is None and before.concerns_us and before.participant.public_name:
            yield Retraction(before.participant.public_name, since=before.created_at)

    # approval

    @property
    def sender(self) -> Participant:
        return self.participant

    def invalidate_shown(self, change: Change) -> None:
        self._invalidate(change)

    def refuse(self, change: Change) -> None:
        self.withdrawn_at = timezone.now()
        change.save(self, "withdrawn_at")

    def _invalidate(self, change: Change) -> None:
        topic = self.report.group.topic_id
        change.invalidate(RowKey.COMMENTS.of(topic), RowKey.NEWS.of(topic), RowKey.TOPIC.of(topic), Key.WAITING)
        change.invalidate(RowKey.MARKS.of(self.participant_id))
