"""Topics: what is proposed in the plenary, and who wants to go there."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process, utils

if TYPE_CHECKING:
    from forum.models.forum import Forum
    from forum.models.journal import Change
    from forum.models.people import Actor, Participant

COLOURS = 5
ALIKE_PERCENT = 72


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
        return self.select_related("convener", "group__slot", "group__place", "group__report").annotate(
            going=_count(self.model, "interests"),
            gathered=_count(self.model, "group__presences", group__presences__left_at=None),
            actions=_count(self.model, "group__report__actions", group__report__actions__what__gt=""),
        )

    def alike(self, title: str, excluding: int | None = None) -> list["Topic"]:
        """At most three standing topics whose title says nearly the same, the closest first."""
        titles = {topic: topic.title for topic in self.standing() if topic.pk != excluding}
        found = process.extract(
            title,
            titles,
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            score_cutoff=ALIKE_PERCENT,
            limit=3,
        )
        return [topic for _title, _score, topic in found]


class Topic(models.Model):
    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="topics")
    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("in a few lines"), max_length=2000, blank=True)
    convener = models.ForeignKey(
        "forum.Participant", models.SET_NULL, null=True, blank=True, related_name="topics", verbose_name=_("convener")
    )
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    if TYPE_CHECKING:
        group: Any
        going: int
        gathered: int
        actions: int

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["forum", "number"], name="one_topic_per_number")]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.forum.code, self.number])

    @property
    def colour(self) -> int:
        """1 to 5; never the only carrier of a meaning, the number goes with it."""
        return (self.number - 1) % COLOURS + 1

    @property
    def placed_group(self) -> Any:
        """The group in which this topic meets, or None while it has no slot."""
        return getattr(self, "group", None)

    @classmethod
    def propose(cls, forum: "Forum", title: str, description: str, convener: "Participant | None", by: "Actor") -> Self:
        with forum.change(by, "proposed a topic") as change:
            last = forum.topics.aggregate(last=Max("number"))["last"] or 0
            topic = cls.objects.create(
                forum=forum, number=last + 1, title=title, description=description, convener=convener
            )
            topic._touch_with_convener(change)
        return topic

    def rewrite(self, by: "Actor") -> None:
        """Keep a new title, description or convener."""
        with self.forum.change(by, "edited a topic") as change:
            before = type(self).objects.get(pk=self.pk)
            change.details = {"title": before.title, "description": before.description}
            self.save(update_fields=["title", "description", "convener"])
            change.touch_topic(self)
            for person in filter(None, {before.convener, self.convener}):
                change.touch_person(person)

    def withdraw(self, by: "Actor") -> None:
        """Take the topic off the board. Its cell is free again; a report already begun is kept, unseen."""
        with self.forum.change(by, "withdrew a topic") as change:
            self.withdrawn_at = timezone.now()
            self.save(update_fields=["withdrawn_at"])
            if group := self.placed_group:
                group.leave_cell()
            self._touch_with_convener(change)

    def bring_back(self, by: "Actor") -> None:
        """Undo a withdrawal; the topic must be placed again."""
        with self.forum.change(by, "brought a topic back") as change:
            self.withdrawn_at = None
            self.save(update_fields=["withdrawn_at"])
            self._touch_with_convener(change)

    def _touch_with_convener(self, change: "Change") -> None:
        change.touch_topic(self)
        if self.convener:
            change.touch_person(self.convener)

    def interest(self, person: "Participant", going: bool, by: "Actor") -> None:
        """Someone says "I am going", or no longer."""
        with self.forum.change(by, "is going" if going else "is no longer going") as change:
            if going:
                self.interests.get_or_create(participant=person)
            else:
                self.interests.filter(participant=person).delete()
            change.touch(f"topic-{self.pk}", f"me-{person.pk}")


class Interest(models.Model):
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="interests")
    participant = models.ForeignKey("forum.Participant", models.CASCADE, related_name="interests")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "participant"], name="interested_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} → {self.topic_id}"
