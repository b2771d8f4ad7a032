"""Topics: what is proposed in the plenary, and who wants to go there."""

from functools import cache
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process, utils

from forum.extension import ReportSummary, extension
from forum.fragment_keys import RowKey
from forum.models.merge import CannotMerge, MergeProposal
from forum.models.pitch import Pitch
from forum.models.verbs import Verb
from forum.text.one_line import LineField

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.forum import Forum
    from forum.models.group import Group
    from forum.models.participant import Participant

COLOURS = 5
ALIKE_PERCENT = 72
TITLE_IN_MESSAGE = 90
"""Characters of a title in a message to the people of a topic."""


class AlreadyConvened(Exception):
    """Somebody was faster: the topic has its convener."""


def _count(topics: type["Topic"], relation: str, **where: Any) -> Coalesce:
    """How many rows of one relation each topic has, as a subquery: joins would multiply each other."""
    rows = topics.objects.filter(pk=OuterRef("pk"), **{f"{relation}__isnull": False}, **where)
    return Coalesce(Subquery(rows.order_by().values("pk").annotate(n=Count(relation)).values("n")), 0)


class TopicQuerySet(models.QuerySet["Topic"]):
    def standing(self) -> Self:
        """Topics that nobody withdrew."""
        return self.filter(withdrawn_at=None)

    def for_board(self) -> Self:
        """With all that a card shows, in a fixed number of queries."""
        merged = Prefetch("merged", self.model.objects.select_related("convener"))
        rows = self.select_related("convener", "group__slot", "group__place", "pitch").prefetch_related(merged)
        rows = rows.annotate(
            going=_count(self.model, "interests"),
            gathered=_count(self.model, "group__presences", group__presences__left_at=None),
            is_asked=Exists(MergeProposal.objects.filter(Q(topic=OuterRef("pk")) | Q(into=OuterRef("pk")))),
        )
        return extension().with_reports(rows)

    def alike(self, title: str, excluding: int | None = None) -> list["Topic"]:
        """At most three standing topics whose title says nearly the same, the closest first."""
        titles = dict(self.standing().exclude(pk=excluding or 0).values_list("pk", "title"))
        found = process.extract(
            title,
            titles,
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            score_cutoff=ALIKE_PERCENT,
            limit=3,
        )
        topics = self.in_bulk([pk for _title, _score, pk in found]) if found else {}
        return [topics[pk] for _title, _score, pk in found]


@cache
def _cards() -> TopicQuerySet:
    """Putting this question together takes longer than its answer."""
    return Topic.objects.for_board()


class Topic(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="topics")
    number = models.PositiveIntegerField()
    title = LineField(_("title"), max_length=200)
    description = models.TextField(_("in a few lines"), max_length=2000, blank=True)
    convener = models.ForeignKey(
        "forum.Participant", models.SET_NULL, null=True, blank=True, related_name="topics", verbose_name=_("convener")
    )
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    """The topic with which this one was merged: its people and its convener are there now. Never one that was itself
    merged: what was merged into that one follows."""
    split_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="split_off")

    if TYPE_CHECKING:
        going: int
        gathered: int
        actions: int
        comments: int
        is_asked: bool
        """Whether somebody proposes to merge it, and an answer is awaited."""

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
        """`forum.topics.for_board()` in half the time, for those who give each topic its forum themselves."""
        return _cards().filter(forum=forum)

    @property
    def colour(self) -> int:
        """1 to 5; never the only carrier of a meaning, the number goes with it."""
        return (self.number - 1) % COLOURS + 1

    @property
    def placed_group(self) -> "Group | None":
        """The group in which this topic meets, or None while it has no slot."""
        return getattr(self, "group", None)

    @property
    def queued_pitch(self) -> "Pitch | None":
        """Its place in the queue or on the wall, now or before; None: its convener has not asked to present it."""
        return getattr(self, "pitch", None)

    @property
    def conveners(self) -> list["Participant"]:
        """Its own convener, then those of the topics that were merged into it. Nobody: it is a request."""
        people = [self.convener, *(topic.convener for topic in self.merged.all())]
        return list(dict.fromkeys(person for person in people if person))

    @property
    def report(self) -> ReportSummary | None:
        """The report of its group; None while there is none."""
        return extension().report_of(self)

    @property
    def report_is_finished(self) -> bool:
        report = self.report
        return report is not None and report.is_finished

    @property
    def sheet_waits(self) -> bool:
        """Whether a photographed sheet of its group waits to be transcribed into a report that is not finished."""
        report = self.report
        return report is not None and not report.is_finished and report.awaits_transcription

    @property
    def report_begun(self) -> bool:
        """Whether its group has written anything."""
        report = self.report
        return report is not None and report.has_begun

    @classmethod
    def propose(cls, forum: "Forum", title: str, description: str, convener: "Participant | None", by: "Actor") -> Self:
        with forum.change(by, Verb.PROPOSED_TOPIC) as change:
            topic = cls(forum=forum, title=title, description=description, convener=convener)
            topic._appear(change)
        return topic

    def _appear(self, change: "Change") -> None:
        """Come onto the board under the next number. Undoing that withdraws it: no number is given twice."""
        last = self.forum.topics.aggregate(last=Max("number"))["last"] or 0
        self.number = last + 1
        self.save()
        change.record(self, {"withdrawn_at": str(self.created_at)}, {"withdrawn_at": None})
        self._touch_with_conveners(change)

    def rewrite(self, by: "Actor") -> None:
        """Keep a new title, description or convener."""
        with self.forum.change(by, Verb.EDITED_TOPIC) as change:
            before = type(self).objects.get(pk=self.pk)
            change.details = {"title": before.title, "description": before.description}
            change.save(self, "title", "description", "convener")
            change.invalidate_topic(self)
            for person in filter(None, {before.convener, self.convener}):
                change.invalidate_person(person)

    def withdraw(self, by: "Actor") -> None:
        """Take the topic off the board. Its cell is free again; a report already begun is kept, unseen."""
        with self.forum.change(by, Verb.WITHDREW_TOPIC) as change:
            self._leave(change)
            self.withdrawn_at = timezone.now()
            change.save(self, "withdrawn_at")

    def after_revert(self, change: "Change") -> None:
        if self.withdrawn_at:
            return self._leave(change)
        # A merge that is undone: who came along with the topic goes back with it.
        others = Interest.objects.filter(topic__forum=self.forum, topic__number=change.details.get("number", 0))
        for interest in others.filter(participant__in=change.details.get("followed", ())):
            change.delete(interest)
        return None

    def _leave(self, change: "Change") -> None:
        """Free the cell, and ask nobody any more; before it is withdrawn, so that undoing fills the cell last."""
        if group := self.placed_group:
            group.leave_cell(change)
        for proposal in MergeProposal.objects.about(self):
            proposal.forget(change)
        self._touch_with_conveners(change)

    def bring_back(self, by: "Actor") -> None:
        """Undo a withdrawal, or take a topic out of the one it was merged into; it must be placed again.

        Who followed it there stays there: they say themselves where they go.
        """
        with self.forum.change(by, Verb.BROUGHT_TOPIC_BACK) as change:
            self._touch_with_conveners(change)
            self.withdrawn_at = self.merged_into = None
            change.save(self, "withdrawn_at", "merged_into")

    def _touch_with_conveners(self, change: "Change") -> None:
        change.invalidate_topic(self)
        for person in self.conveners:
            change.invalidate_person(person)

    # two topics become one, one becomes two

    def why_not_merge(self, into: "Topic") -> str:
        """Why these two cannot become one, in words; empty when they can."""
        if self.pk == into.pk:
            return gettext("Choose another topic: this is the same one.")
        for topic in (self, into):
            if topic.withdrawn_at:
                return gettext("Number {number} is no longer on the board.").format(number=topic.number)
        if self.report_begun and into.report_begun:
            said = gettext("Both groups have begun their reports: finish them apart, so that no word is lost.")
        elif self.report_begun:
            said = gettext(
                "The group of number {number} has begun its report: number {number} must be the one that stays."
            )
        else:
            return ""
        return said.format(number=self.number)

    def merge_into(self, into: "Topic", by: "Actor") -> None:
        """Leave the board for another topic, with its people; both conveners' names stay. Raises CannotMerge."""
        with self.forum.change(by, Verb.MERGED_TWO_TOPICS) as change:
            topics = {topic.pk: topic for topic in type(self).objects.filter(pk__in=(self.pk, into.pk))}
            for topic in (self, into):
                topic.withdrawn_at = topics[topic.pk].withdrawn_at
            if reason := self.why_not_merge(into):
                raise CannotMerge(reason)
            change.details = {"topic": self.number, "number": into.number, "followed": self._bring_people(into, change)}
            said = _("Number {number}, “{title}”, has joined number {into}, “{other}”: you are one group.")
            self._tell(into, said, change)
            self._leave(change)
            self.withdrawn_at, self.merged_into = timezone.now(), into
            change.save(self, "withdrawn_at", "merged_into")
            for topic in self.merged.order_by("number"):
                topic.merged_into = into
                change.save(topic, "merged_into")
            into._touch_with_conveners(change)

    def _bring_people(self, into: "Topic", change: "Change") -> list[int]:
        """Who was going here goes there, who sits here sits there; the ids of those who were not going there yet.

        What they said of this topic stays, unseen, for the day when it comes back.
        """
        there = set(into.interests.values_list("participant", flat=True))
        followed = [pk for pk in self.interests.values_list("participant", flat=True) if pk not in there]
        Interest.objects.bulk_create(Interest(topic=into, participant_id=pk) for pk in followed)
        change.invalidate(*(RowKey.MARKS.of(pk) for pk in followed))
        if group := self.placed_group:
            group.move_people(into.placed_group, change)
        return followed

    def _tell(self, to: "Topic", said: "str | Promise", change: "Change") -> None:
        """A message of the app to the people of a topic, about this one and that one, in the forum's language."""
        short = [Truncator(topic.title).chars(TITLE_IN_MESSAGE) for topic in (self, to)]
        with translation.override(self.forum.language):
            text = str(said).format(number=self.number, title=short[0], into=to.number, other=short[1])
        message = to.messages.model(forum=self.forum, topic=to, text=text)
        change.create(message)
        change.invalidate(RowKey.MESSAGE.of(message.pk))

    def split(self, title: str, second: str, convener: "Participant | None", by: "Actor") -> "Topic":
        """Become two: this one under a `title` of its own, and a new one, the `second`. Nobody is moved there."""
        with self.forum.change(by, Verb.SPLIT_TOPIC) as change:
            other = Topic(forum=self.forum, title=second, convener=convener, split_from=self)
            other._appear(change)
            self.title = title
            change.save(self, "title")
            said = _("Number {into} became two: “{other}”, and number {number}, “{title}”. Choose.")
            other._tell(self, said, change)
            self._touch_with_conveners(change)
        return other

    # who convenes it

    def take_up(self, person: "Participant", by: "Actor") -> None:
        """Someone will convene what was only a request. Raises AlreadyConvened."""
        with self.forum.change(by, Verb.TOOK_UP_REQUEST) as change:
            self.refresh_from_db(fields=["convener"])
            if self.conveners:
                raise AlreadyConvened
            self._give(person, change)

    def hand_over(self, to: "Participant | None", by: "Actor") -> None:
        """Let somebody else convene it, or make it a request. Who convenes a topic merged into it gives only that."""
        with self.forum.change(by, Verb.HANDED_TOPIC_OVER) as change:
            own = [topic for topic in (self, *self.merged.all()) if topic.convener and topic.convener == by.participant]
            (own or [self])[0]._give(to, change)

    def _give(self, to: "Participant | None", change: "Change") -> None:
        before, self.convener = self.convener, to
        change.save(self, "convener")
        change.invalidate_topic(self)
        for person in filter(None, (before, to)):
            change.invalidate_person(person)

    def interest(self, person: "Participant", going: bool, by: "Actor") -> None:
        """Someone says "I am going", or no longer."""
        with self.forum.change(by, Verb.IS_GOING if going else Verb.IS_NO_LONGER_GOING) as change:
            if going:
                _interest, has_changed = self.interests.get_or_create(participant=person)
            else:
                has_changed = bool(self.interests.filter(participant=person).delete()[0])
            if has_changed:
                change.note_irreversible_effect()
            change.invalidate(RowKey.TOPIC.of(self.pk), RowKey.MARKS.of(person.pk))


class Interest(models.Model):
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="interests")
    participant = models.ForeignKey("forum.Participant", models.CASCADE, related_name="interests")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "participant"], name="interested_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} → {self.topic_id}"
