"""Proposals to merge two topics, which the conveners of both accept or decline."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q, prefetch_related_objects

from forum.models.topic_merge import CannotMerge, merge_obstacle
from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.participant import Participant
    from forum.models.topic import Topic


class MergeProposalQuerySet(models.QuerySet["MergeProposal"]):
    def about(self, topic: "Topic") -> Self:
        """Return the proposals to merge this topic into another, or another into it."""
        return self.filter(Q(topic=topic) | Q(into=topic)).select_related("topic__forum", "into__forum", "proposed_by")

    def for_page_of(self, topic: "Topic") -> list["MergeProposal"]:
        """Return those about a topic, with the conveners of both sides; `topic` itself is the object on its side."""
        proposals = list(self.about(topic).prefetch_related("agreed_by"))
        for proposal in proposals:
            setattr(proposal, "topic" if proposal.topic_id == topic.pk else "into", topic)
        others = [proposal.other_than(topic) for proposal in proposals]
        prefetch_related_objects(others, "convener", "merged__convener")
        return proposals


class MergeProposal(models.Model):
    """A proposal to merge one topic into another, which the conveners of both must agree to.

    One convener agrees for a side; a topic without convener needs no agreement. Deleted once answered.
    """

    topic = models.ForeignKey("forum.Topic", models.CASCADE, related_name="merge_proposals")
    """The topic that would leave the board."""
    into = models.ForeignKey("forum.Topic", models.CASCADE, related_name="+")
    """The topic that would stay."""
    proposed_by = models.ForeignKey("forum.Participant", models.CASCADE, null=True, related_name="+")
    """The convener who proposed it and thereby agrees; None: a facilitator, who asks both sides."""
    agreed_by = models.ManyToManyField("forum.Participant", related_name="+")

    objects = MergeProposalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "into"], name="one_proposal_per_merge")]

    def __str__(self) -> str:
        return f"{self.topic_id} → {self.into_id}"

    @classmethod
    def propose(cls, topic: "Topic", into: "Topic", by: "Actor") -> bool:
        """Ask both sides whether to merge two topics. True when no answer is missing: they are merged.

        Agrees to an earlier proposal for the same two topics, in either direction. Raises CannotMerge.
        """
        with topic.forum.locked():  # both sides may propose at once
            return cls._propose(topic, into, by)

    @classmethod
    def _propose(cls, topic: "Topic", into: "Topic", by: "Actor") -> bool:
        if obstacle := merge_obstacle(topic, into):
            raise CannotMerge(obstacle)
        earlier = cls.objects.about(topic).filter(Q(topic=into) | Q(into=into)).first()
        if earlier:
            return earlier.agree(by)
        proposal = cls(topic=topic, into=into, proposed_by=by.participant)
        if not proposal.awaited_conveners(by):
            topic.merge_into(into, by)
            return True
        with topic.forum.change(by, Verb.PROPOSED_MERGE) as change:
            proposal.save()
            change.note_unrecorded_effect()
            proposal._record_agreement(by, change)
        return False

    def other_than(self, topic: "Topic") -> "Topic":
        """Return the other one of the two topics."""
        return self.into if self.topic_id == topic.pk else self.topic

    def awaited_conveners(self, by: "Actor | None" = None) -> list["Participant"]:
        """Return the conveners of the sides that have not agreed, as if `by` had agreed."""
        agreed = set(self.agreed_by.all()) if self.pk else set()
        if by and by.participant:
            agreed.add(by.participant)
        sides = [topic.conveners for topic in (self.topic, self.into)]
        return [convener for side in sides if not agreed.intersection(side) for convener in side]

    def agree(self, by: "Actor") -> bool:
        """Agree as a convener. True when that was the last side: the topics are merged. Raises CannotMerge."""
        with self.topic.forum.locked():  # when two agree at once, the second one sees the first
            if not self.awaited_conveners(by):
                self.topic.merge_into(self.into, by)
                return True
            with self.topic.forum.change(by, Verb.AGREED_TO_MERGE) as change:
                self._record_agreement(by, change)
            return False

    def decline(self, by: "Actor") -> None:
        """Decline as a side, or take the proposal back: the topics stay two."""
        with self.topic.forum.change(by, Verb.DECLINED_MERGE) as change:
            self.cancel(change)

    def cancel(self, change: "Change") -> None:
        """Delete the proposal within a change. Undoing the change does not bring it back."""
        self._invalidate(change)
        self.delete()
        change.note_unrecorded_effect()

    def _record_agreement(self, by: "Actor", change: "Change") -> None:
        if by.participant and by.participant not in self.agreed_by.all():
            self.agreed_by.add(by.participant)
            change.note_unrecorded_effect()
        self._invalidate(change)

    def _invalidate(self, change: "Change") -> None:
        for topic in (self.topic, self.into):
            topic.invalidate_with_conveners(change)
