"""Topics: the questions proposed in the plenary, their conveners, and the people interested."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.extension import ReportSummary, extension
from forum.fragment_keys import RowKey
from forum.models import topic_merge
from forum.models.approval import Approvable
from forum.models.change import CannotUndo
from forum.models.merge_proposal import MergeProposal
from forum.models.pitch import Pitch
from forum.models.topic_queryset import TopicQuerySet, cards
from forum.models.verbs import Verb
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.forum import Forum
    from forum.models.group import Group
    from forum.models.participant import Participant

COLOUR_COUNT = 5
WITHDRAWALS = (Verb.WITHDREW_TOPIC, Verb.REMOVED_SOMEONE_WITH_ALL)
"""Verbs that withdraw a topic whose report is begun."""


class AlreadyConvened(Exception):
    """Somebody else took the topic up first."""


class Topic(Approvable):
    KIND = "topic"
    MAX_TITLE_LENGTH = 200

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="topics")
    number = models.PositiveIntegerField()
    title = LineField(_("title"), max_length=MAX_TITLE_LENGTH)
    description = models.TextField(_("in a few lines"), max_length=2000, blank=True)
    convener = models.ForeignKey(
        "forum.Participant", models.SET_NULL, null=True, blank=True, related_name="topics", verbose_name=_("convener")
    )
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    """The topic to which its people and convener went: always one on the board, however many merges lie between."""
    split_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="split_off")

    if TYPE_CHECKING:  # annotations of for_board()
        interest_count: int
        presence_count: int
        action_count: int
        comment_count: int
        has_merge_proposal: bool
        """Whether a proposal to merge it awaits an answer."""

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["forum", "number"], name="one_topic_per_number")]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.forum.code, self.number])

    @classmethod
    def cards_of(cls, forum: "Forum") -> TopicQuerySet:
        """Return `forum.topics.for_board()` in half the time; `topic.forum` is not set."""
        return cards(cls).filter(forum=forum)

    @property
    def colour(self) -> int:
        """A number from 1 to COLOUR_COUNT. Never the only carrier of a meaning: the topic's number is shown with it."""
        return (self.number - 1) % COLOUR_COUNT + 1

    @property
    def group_or_none(self) -> "Group | None":
        return getattr(self, "group", None)

    @property
    def pitch_or_none(self) -> "Pitch | None":
        """Its pitch, queued, on the wall or ended; None while its convener has not asked to present it."""
        return getattr(self, "pitch", None)

    @property
    def conveners(self) -> list["Participant"]:
        """Its own convener, then those of the topics merged into it. None of them: the topic is a request."""
        people = [self.convener, *(topic.convener for topic in self.merged.all())]
        return list(dict.fromkeys(person for person in people if person))

    @property
    def report(self) -> ReportSummary | None:
        """The report of its group; None while there is none."""
        return extension().report_of(self)

    @property
    def has_finished_report(self) -> bool:
        report = self.report
        return report is not None and report.is_finished

    @property
    def awaits_transcription(self) -> bool:
        """Whether a photographed sheet of its group waits to be transcribed into a report that is not finished."""
        report = self.report
        return report is not None and not report.is_finished and report.awaits_transcription

    @property
    def has_begun_report(self) -> bool:
        """Whether its group has brought anything: a text, an action, a photo or a sheet."""
        report = self.report
        return report is not None and report.has_begun

    @classmethod
    def propose(cls, forum: "Forum", title: str, description: str, convener: "Participant | None", by: "Actor") -> Self:
        with forum.change(by, Verb.PROPOSED_TOPIC) as change:
            topic = cls(forum=forum, title=title, description=description, convener=convener)
            topic.begin_to_wait(forum, by)
            topic.enter_board(change)
        return topic

    def edit(self, by: "Actor") -> None:
        """Save a new title, description or convener."""
        with self.forum.change(by, Verb.EDITED_TOPIC) as change:
            before = type(self).objects.get(pk=self.pk)
            self.waits_since = before.waits_since
            if self.waits_since:
                self.begin_to_wait(self.forum, by)
            change.save(self, "title", "description", "convener", "waits_since")
            change.invalidate_topic(self)
            for person in filter(None, {before.convener, self.convener}):
                change.invalidate_person(person)

    def withdraw(self, by: "Actor") -> None:
        """Take the topic off the board and free its cell. A report already begun is kept, but not shown."""
        with self.forum.change(by, Verb.WITHDREW_TOPIC) as change:
            self.leave_board(change)
            self.withdrawn_at = timezone.now()
            change.save(self, "withdrawn_at")

    def bring_back(self, by: "Actor") -> None:
        """Put a withdrawn or merged topic back on the board, without a cell.

        Interests and presences that a merge moved stay with the other topic.
        """
        with self.forum.change(by, Verb.BROUGHT_TOPIC_BACK) as change:
            self.invalidate_with_conveners(change)
            self.withdrawn_at = self.merged_into = None
            change.save(self, "withdrawn_at", "merged_into")

    def after_revert(self, change: "Change") -> None:
        """Leave the board again, or take back the interests that a merge copied. Raises CannotUndo.

        A topic whose group has begun its report does not leave the board by an undo: its words would go with it. It
        does when its withdrawal is redone.
        """
        if self.waits_since and self._is_in_use:
            raise CannotUndo  # it was approved, and others have dealt with it since
        if self.withdrawn_at:
            is_redone = change.details.get("undone_verb") in WITHDRAWALS
            if not is_redone and type(self).objects.get(pk=self.pk).has_begun_report:
                raise CannotUndo
            self.leave_board(change)
        else:
            topic_merge.delete_copied_interests(change, self)

    def merge_into(self, into: "Topic", by: "Actor") -> None:
        """Withdraw the topic and move its people to another, which keeps both conveners. Raises CannotMerge."""
        topic_merge.merge(self, into, by)

    def split(self, title: str, second_title: str, convener: "Participant | None", by: "Actor") -> "Topic":
        """Rename the topic and return a new one beside it. Nobody's interest or presence is moved."""
        return topic_merge.split(self, title, second_title, convener, by)

    # steps of the verbs

    def enter_board(self, change: "Change") -> None:
        """Save a new topic under the next number. Undoing withdraws it: no number is used twice."""
        last = self.forum.topics.aggregate(last=Max("number"))["last"] or 0
        self.number = last + 1
        self.save()
        change.record(self, {"withdrawn_at": str(self.created_at)}, {"withdrawn_at": None})
        self.invalidate_with_conveners(change)

    def leave_board(self, change: "Change") -> None:
        """Free the cell and cancel merge proposals. Called before `withdrawn_at` is saved: undo fills the cell last."""
        if group := self.group_or_none:
            group.leave_cell(change)
        for proposal in MergeProposal.objects.about(self):
            proposal.cancel(change)
        self.invalidate_with_conveners(change)

    def invalidate_with_conveners(self, change: "Change") -> None:
        change.invalidate_topic(self)
        for person in self.conveners:
            change.invalidate_person(person)

    # approval

    @property
    def _is_in_use(self) -> bool:
        """Whether something else shows it: the agenda, the queue, another topic, a merge or a message."""
        return bool(
            self.group_or_none
            or self.pitch_or_none
            or self.merged_into_id
            or self.merged.exists()
            or self.split_off.exists()
            or self.messages.exists()
            or MergeProposal.objects.about(self).exists()
        )

    @property
    def sender(self) -> "Participant | None":
        return self.convener

    def invalidate_shown(self, change: "Change") -> None:
        self.invalidate_with_conveners(change)

    def refuse(self, change: "Change") -> None:
        self.withdrawn_at = timezone.now()
        change.save(self, "withdrawn_at")

    # people

    def take_up(self, person: "Participant", by: "Actor") -> None:
        """Make someone the convener of a request. Raises AlreadyConvened."""
        with self.forum.change(by, Verb.TOOK_UP_REQUEST) as change:
            self.refresh_from_db(fields=["convener"])
            if self.conveners:
                raise AlreadyConvened
            self.set_convener(person, change)

    def hand_over(self, to: "Participant | None", by: "Actor") -> None:
        """Make somebody else the convener; None makes it a request.

        The convener of a topic merged into this one hands over that topic only.
        """
        with self.forum.change(by, Verb.HANDED_TOPIC_OVER) as change:
            own = [topic for topic in (self, *self.merged.all()) if topic.convener and topic.convener == by.participant]
            (own or [self])[0].set_convener(to, change)

    def set_convener(self, to: "Participant | None", change: "Change") -> None:
        """Make somebody else the convener, within a change."""
        before, self.convener = self.convener, to
        change.save(self, "convener")
        change.invalidate_topic(self)
        for person in filter(None, (before, to)):
            change.invalidate_person(person)

    def set_interest(self, person: "Participant", is_going: bool, by: "Actor") -> None:
        """Save that someone is going to this topic, or no longer."""
        with self.forum.change(by, Verb.SAID_WHO_IS_GOING if is_going else Verb.SAID_WHO_IS_NO_LONGER_GOING) as change:
            if is_going:
                _interest, has_changed = self.interests.get_or_create(participant=person)
            else:
                has_changed = bool(self.interests.filter(participant=person).delete()[0])
            if has_changed:
                change.note_unrecorded_effect()
            change.invalidate(RowKey.TOPIC.of(self.pk), RowKey.MARKS.of(person.pk))
