"""Words of the closing circle, kept for the record."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key, RowKey
from forum.models.approval import Approvable
from forum.models.change import Retraction
from forum.models.verbs import Verb
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.forum import Forum
    from forum.models.participant import Participant


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def shown(self) -> Self:
        """Leave out those that wait for approval."""
        return self.filter(waits_since=None)


class Feedback(Approvable):
    """A participant's words before leaving, once each; a facilitator may note several without a participant."""

    KIND = "word"

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="feedback")
    participant = models.ForeignKey("forum.Participant", models.CASCADE, null=True, related_name="feedback")
    words = models.TextField(_("a word before leaving"), max_length=600, blank=True)
    keep = LineField(_("one thing to keep"), max_length=300, blank=True)
    change = LineField(_("one thing to change"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], name="one_feedback_each", condition=models.Q(participant__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.words or self.keep or self.change

    @classmethod
    def give(
        cls, forum: "Forum", participant: "Participant | None", by: "Actor", *, words: str, keep: str, change: str
    ) -> "Feedback":
        """Save someone's feedback, in the place of their earlier one."""
        with forum.change(by, Verb.LEFT_CLOSING_WORD) as recorder:
            texts = {"words": words, "keep": keep, "change": change}
            feedback = cls.objects.filter(participant=participant).first() if participant else None
            if feedback and texts == {name: getattr(feedback, name) for name in texts}:
                return feedback
            feedback = feedback or cls(forum=forum, participant=participant)
            for name, text in texts.items():
                setattr(feedback, name, text)
            feedback.begin_to_wait(forum, by)
            feedback.save()
            recorder.note_unrecorded_effect()
            feedback._invalidate(recorder)
        return feedback

    def take_back(self, by: "Actor") -> None:
        with self.forum.change(by, Verb.TOOK_CLOSING_WORD_BACK) as recorder:
            self.delete_in(recorder)

    def delete_in(self, recorder: "Change") -> None:
        """Delete it within a change."""
        self._invalidate(recorder)
        recorder.delete(self)

    @staticmethod
    def retractions(before: "Feedback | None", after: "Feedback | None") -> Iterator[Retraction]:
        before, after = (word if word and not word.waits_since else None for word in (before, after))
        if before and after is None:
            yield Retraction(since=before.created_at)

    # approval

    @property
    def sender(self) -> "Participant | None":
        return self.participant

    def invalidate_shown(self, change: "Change") -> None:
        self._invalidate(change)

    def refuse(self, change: "Change") -> None:
        self.delete_in(change)

    def _invalidate(self, recorder: "Change") -> None:
        recorder.invalidate(RowKey.WORD.of(self.pk), Key.STATUS, Key.WAITING)
        if self.participant_id:
            recorder.invalidate(RowKey.MARKS.of(self.participant_id))
