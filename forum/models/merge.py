"""Proposals to merge two topics, which the other convener accepts or declines."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.participant import Participant
    from forum.models.topic import Topic


class CannotMerge(Exception):
    """Two topics cannot become one, for a reason that is the message, in the reader's language."""


class MergeProposalQuerySet(models.QuerySet["MergeProposal"]):
    def about(self, topic: "Topic") -> Self:
        """Those in which this topic would go, or stay."""
        return self.filter(Q(topic=topic) | Q(into=topic)).select_related("topic__forum", "into__forum", "asked_by")


class MergeProposal(models.Model):
    """Somebody would make one topic of two; the conveners on both sides are asked.

    One convener speaks for a side, and nobody needs to speak for a request. It goes once everybody has answered.
    """

    topic = models.ForeignKey("forum.Topic", models.CASCADE, related_name="merge_proposals")
    """The one that would go…"""
    into = models.ForeignKey("forum.Topic", models.CASCADE, related_name="+")
    """…into this one."""
    asked_by = models.ForeignKey("forum.Participant", models.CASCADE, null=True, related_name="+")
    """Whose consent is given by asking; None: a facilitator asks both."""
    agreed = models.ManyToManyField("forum.Participant", related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    objects = MergeProposalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "into"], name="asked_once_to_merge")]

    def __str__(self) -> str:
        return f"{self.topic_id} → {self.into_id}"

    @classmethod
    def ask(cls, topic: "Topic", into: "Topic", by: "Actor") -> bool:
        """Ask both sides whether two topics become one. True when nobody is left to answer: they are one now.

        Asking for what the other side has asked for, in whichever direction, is agreeing. Raises CannotMerge.
        """
        with topic.forum.held():  # both sides may ask at once
            return cls._ask(topic, into, by)

    @classmethod
    def _ask(cls, topic: "Topic", into: "Topic", by: "Actor") -> bool:
        if reason := topic.why_not_merge(into):
            raise CannotMerge(reason)
        standing = cls.objects.about(topic).filter(Q(topic=into) | Q(into=into)).first()
        if standing:
            return standing.agree(by)
        proposal = cls(topic=topic, into=into, asked_by=by.participant)
        if not proposal.waits_for(by):
            topic.merge_into(into, by)
            return True
        with topic.forum.change(by, Verb.PROPOSED_MERGE) as change:
            proposal.save()
            change.note_irreversible_effect()
            proposal._note(by, change)
        return False

    def waits_for(self, by: "Actor | None" = None) -> list["Participant"]:
        """The conveners of the sides that have not agreed, were `by` to agree now."""
        spoken = set(self.agreed.all()) if self.pk else set()
        if by and by.participant:
            spoken.add(by.participant)
        sides = [topic.conveners for topic in (self.topic, self.into)]
        return [person for side in sides if not spoken.intersection(side) for person in side]

    def agree(self, by: "Actor") -> bool:
        """A convener agrees. True when that was the last side: the topics are one now. Raises CannotMerge."""
        with self.topic.forum.held():  # of two who agree at once, the second one sees the first
            if not self.waits_for(by):
                self.topic.merge_into(self.into, by)
                return True
            with self.topic.forum.change(by, Verb.AGREED_TO_MERGE) as change:
                self._note(by, change)
            return False

    def decline(self, by: "Actor") -> None:
        """One side would rather not, or who asked thinks better of it: the topics stay two."""
        with self.topic.forum.change(by, Verb.DECLINED_MERGE) as change:
            self.forget(change)

    def forget(self, change: "Change") -> None:
        """Ask nobody any more, within a change. Undoing it does not ask again."""
        self._touch(change)
        self.delete()
        change.note_irreversible_effect()

    def _note(self, by: "Actor", change: "Change") -> None:
        if by.participant and by.participant not in self.agreed.all():
            self.agreed.add(by.participant)
            change.note_irreversible_effect()
        self._touch(change)

    def _touch(self, change: "Change") -> None:
        for topic in (self.topic, self.into):
            change.invalidate_topic(topic)
            for person in topic.conveners:
                change.invalidate_person(person)
