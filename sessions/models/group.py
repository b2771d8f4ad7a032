"""A group: a topic that meets, in a slot and a place, with the people who sit in it now."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.models import Actor, Change, Participant, Topic
from sessions.models.agenda import Place, Slot

if TYPE_CHECKING:
    from sessions.models.report import Report


class CellTaken(Exception):
    """Another group meets in this cell; `group` says which."""

    def __init__(self, group: "Group") -> None:
        super().__init__(str(group))
        self.group = group


class Group(models.Model):
    topic = models.OneToOneField(Topic, models.CASCADE, related_name="group")
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, related_name="groups")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="groups")
    elsewhere = models.CharField(_("another place"), max_length=80, blank=True)
    """Where the group meets when it is in none of the places; any number of groups can be elsewhere."""

    if TYPE_CHECKING:
        report: Report

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "place"], name="one_group_per_cell", condition=Q(place__isnull=False)
            ),
            models.CheckConstraint(
                name="no_place_without_a_slot",
                condition=Q(slot__isnull=False) | Q(place__isnull=True, elsewhere=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.topic)

    @classmethod
    def place_topic(cls, topic: Topic, slot: Slot, place: Place | None, by: Actor, *, elsewhere: str = "") -> Self:
        """Put a topic into a cell, or elsewhere in a slot when `place` is None. Raises CellTaken."""
        with topic.forum.change(by, "placed a topic") as change:
            cell = cls.objects.select_related("topic").filter(slot=slot, place=place, place__isnull=False)
            if other := cell.exclude(topic=topic).first():
                raise CellTaken(other)
            group, _new = cls.objects.get_or_create(topic=topic)
            change.details = {"from": [group.slot_id, group.place_id, group.elsewhere]}
            group.slot, group.place, group.elsewhere = slot, place, "" if place else elsewhere
            group.save()
            group._touch(change)
        return group

    def unplace(self, by: Actor) -> None:
        """Take the topic back to those that wait for a slot."""
        with self.topic.forum.change(by, "unplaced a topic") as change:
            change.details = {"from": [self.slot_id, self.place_id, self.elsewhere]}
            self.leave_cell()
            self._touch(change)

    def leave_cell(self) -> None:
        """Free the cell, within a change that touches the topic."""
        self.slot = self.place = None
        self.elsewhere = ""
        self.save(update_fields=["slot", "place", "elsewhere"])

    def welcome(self, person: Participant, by: Actor) -> None:
        """Someone sits down in the group, and so gets up from any other group of the same slot."""
        with self.topic.forum.change(by, "joined a group") as change:
            for other in Presence.objects.now().filter(participant=person, group__slot=self.slot).exclude(group=self):
                other.end(change)
            Presence.objects.update_or_create(group=self, participant=person, defaults={"left_at": None})
            self._touch(change)
            change.touch(f"me-{person.pk}")

    def farewell(self, person: Participant, by: Actor) -> None:
        """Someone follows the law of two feet."""
        with self.topic.forum.change(by, "left a group") as change:
            for presence in self.presences.filter(participant=person, left_at=None):
                presence.end(change)

    def people(self) -> "models.QuerySet[Participant]":
        """Who sits in the group now, by name."""
        return Participant.objects.filter(presences__group=self, presences__left_at=None)

    def _touch(self, change: Change) -> None:
        change.touch(f"topic-{self.topic_id}", f"report-{self.topic_id}", "status")


class PresenceQuerySet(models.QuerySet["Presence"]):
    def now(self) -> Self:
        return self.filter(left_at=None).select_related("group")


class Presence(models.Model):
    group = models.ForeignKey(Group, models.CASCADE, related_name="presences")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="presences")
    arrived_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "participant"], name="present_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} in {self.group_id}"

    def end(self, change: Change) -> None:
        self.left_at = timezone.now()
        self.save(update_fields=["left_at"])
        change.touch(f"topic-{self.group.topic_id}", f"report-{self.group.topic_id}", f"me-{self.participant_id}")
