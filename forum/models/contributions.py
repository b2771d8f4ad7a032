"""All that one participant brought, so that it can be removed with them at once."""

from typing import TYPE_CHECKING

from django.utils import timezone

from forum.extension import extension
from forum.models.merge_proposal import MergeProposal
from forum.models.topic import Topic

if TYPE_CHECKING:
    from forum.models.change import Change
    from forum.models.participant import Participant


class Contributions:
    """What would go with a participant, and what would stay since others took part in it."""

    def __init__(self, person: "Participant") -> None:
        self._person = person
        topics = list(Topic.cards_of(person.forum).filter(convener=person))
        for topic in topics:
            topic.forum = person.forum
        on_board = [topic for topic in topics if topic.withdrawn_at is None or topic.merged_into_id]
        self.leaving = [topic for topic in on_board if self._is_theirs_alone(topic)]
        """Topics that would be withdrawn."""
        self.staying = [topic for topic in on_board if topic not in self.leaving]
        """Topics that would lose this convener, and stay."""
        self.words = list(person.feedback.all())
        """Of the closing circle."""
        self.in_reports = extension().contributions_of(person)

    def _is_theirs_alone(self, topic: Topic) -> bool:
        return topic.conveners == [self._person] and not (
            topic.merged_into_id or extension().is_written_by_others(topic, self._person)
        )

    def remove(self, change: "Change") -> None:
        """Remove all that goes, within a change that also removes the participant."""
        for topic in self.leaving:
            topic.leave_board(change)
            topic.withdrawn_at = timezone.now()
            change.save(topic, "withdrawn_at")
        for topic in self.staying:
            topic.set_convener(None, change)
            if topic.merged_into:
                change.invalidate_topic(topic.merged_into)
        for word in self.words:
            word.delete_in(change)
        for proposal in MergeProposal.objects.filter(proposed_by=self._person):
            proposal.cancel(change)
        self.in_reports.remove(change)
