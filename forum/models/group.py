"""A group: a topic that meets, in a slot and a place, with the people who sit in it now."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key, RowKey
from forum.models.actor import Actor
from forum.models.change import Change
from forum.models.forum import Forum
from forum.models.message import Message
from forum.models.participant import Participant
from forum.models.place import Place
from forum.models.presence import Presence
from forum.models.slot import Slot
from forum.models.topic import Topic
from forum.models.verbs import Verb
from forum.phases import WORK
from forum.text.one_line import LineField


class CellTaken(Exception):
    """Another group meets in this cell; `group` says which."""

    def __init__(self, group: "Group") -> None:
        super().__init__(str(group))
        self.group = group


class Frozen(Exception):
    """Only the facilitators' own hands move this; the message says what it is, in the reader's language."""


class Group(models.Model):
    topic = models.OneToOneField(Topic, models.CASCADE, related_name="group")
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, related_name="groups")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="groups")
    elsewhere = LineField(_("another place"), max_length=80, blank=True)
    """Where the group meets when it is in none of the places; any number of groups can be elsewhere."""

    is_frozen = models.BooleanField(default=False)
    """It stays in its cell, whatever is suggested for the agenda and whoever convenes it; facilitators may move it."""
    door_count = models.PositiveSmallIntegerField(_("people counted at the door"), null=True, blank=True)

    CELL: ClassVar = ("slot", "place", "elsewhere")

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
        """Put a topic into a cell, or elsewhere in a slot when `place` is None. Raises CellTaken, or Frozen."""
        with topic.forum.change(by, Verb.PLACED_TOPIC) as change:
            cell = cls.objects.select_related("topic").filter(slot=slot, place=place, place__isnull=False)
            if other := cell.exclude(topic=topic).first():
                raise CellTaken(other)
            group = cls.of(topic)
            group._refuse_if_frozen(by, slot)
            change.details = {"from": [group.slot_id, group.place_id, group.elsewhere]}
            group._enter_cell((slot, place, "" if place else elsewhere), change)
            group._touch(change)
            group._tell(change)
        return group

    @classmethod
    def of(cls, topic: Topic) -> Self:
        """The group of this topic, which has no cell if it is new."""
        group, _new = cls.objects.select_related("slot", "place").get_or_create(topic=topic)
        group.topic = topic
        return group

    def unplace(self, by: Actor) -> None:
        """Take the topic back to those that wait for a slot. Raises Frozen."""
        with self.topic.forum.change(by, Verb.UNPLACED_TOPIC) as change:
            self._refuse_if_frozen(by)
            change.details = {"from": [self.slot_id, self.place_id, self.elsewhere]}
            self.leave_cell(change)
            self._touch(change)
            self._tell(change)

    def swap(self, other: "Group", by: Actor) -> None:
        """Exchange the cells of two groups. If one of them has none, it takes the other's, which waits for a slot."""
        with self.topic.forum.change(by, Verb.SWAPPED_TWO_TOPICS) as change:
            for group in (self, other):
                group.refresh_from_db(fields=self.CELL)
            mine, theirs = self._cell, other._cell
            self.leave_cell(change)  # aside, so that the two never meet in one cell
            other._enter_cell(mine, change)
            self._enter_cell(theirs, change)
            for group in (self, other):
                group._touch(change)
                group._tell(change)

    @classmethod
    def rearrange(cls, forum: Forum, cells: "list[tuple[Topic, Slot, Place | None]]", by: Actor) -> None:
        """Put many topics into other cells at once, also into those that others of them leave. Raises CellTaken."""
        with forum.change(by, Verb.ACCEPTED_SUGGESTION) as change:
            moves = [(cls.of(topic), slot, place) for topic, slot, place in cells]
            moves = [(group, slot, place) for group, slot, place in moves if (group.slot, group.place) != (slot, place)]
            names = [group.elsewhere for group, _slot, _place in moves]
            for group, _slot, _place in moves:
                if group.slot:
                    group.leave_cell(change)  # aside, so that no two meet in one cell
            for (group, slot, place), name in zip(moves, names, strict=True):
                taken = cls.objects.select_related("topic").filter(slot=slot, place=place, place__isnull=False)
                if other := taken.first():
                    raise CellTaken(other)
                group._enter_cell((slot, place, "" if place else name), change)
                group._touch(change)
                group._tell(change)

    def freeze(self, by: Actor) -> None:
        """Leave it where it is, until it is unfrozen."""
        self._set_frozen(True, by)

    def unfreeze(self, by: Actor) -> None:
        self._set_frozen(False, by)

    def _set_frozen(self, is_frozen: bool, by: Actor) -> None:
        with self.topic.forum.change(by, Verb.FROZE_TOPIC if is_frozen else Verb.UNFROZE_TOPIC) as change:
            self.is_frozen = is_frozen
            change.save(self, "is_frozen")
            self._touch(change)

    @property
    def _cell(self) -> tuple[Slot | None, Place | None, str]:
        return self.slot, self.place, self.elsewhere

    def _enter_cell(self, cell: tuple[Slot | None, Place | None, str], change: Change) -> None:
        self.slot, self.place, self.elsewhere = cell
        change.save(self, *self.CELL)
        change.invalidate(Key.AGENDA)

    def leave_cell(self, change: Change) -> None:
        """Free the cell, within a change that touches the topic."""
        self._enter_cell((None, None, ""), change)

    def _refuse_if_frozen(self, by: Actor, to: Slot | None = None) -> None:
        """Raise Frozen when a participant moves what only facilitators move now."""
        if by.facilitator or not by.participant:
            return
        if self.is_frozen and self.slot_id:
            said = gettext("Number {number} is frozen where it is. A facilitator can move it.")
            raise Frozen(said.format(number=self.topic.number))
        sides = [slot.pk for slot in (self.slot, to) if slot]
        if slot := Slot.objects.filter(pk__in=sides, is_frozen=True).first():
            said = gettext("The agenda of {hour} is frozen. A facilitator can change it.")
            raise Frozen(said.format(hour=slot.when))

    def welcome(self, person: Participant, by: Actor) -> None:
        """Someone sits down in the group: gets up from any other group of the same slot, and roams no more."""
        with self.topic.forum.change(by, Verb.JOINED_GROUP) as change:
            for other in Presence.objects.now().filter(participant=person, group__slot=self.slot).exclude(group=self):
                other.end(change)
            presence = self.presences.filter(participant=person).first()
            if presence is None:
                change.create(Presence(group=self, participant=person))
            elif presence.left_at:
                presence.arrived_at, presence.left_at = timezone.now(), None
                change.save(presence, "arrived_at", "left_at")
            person.settle(change)
            self._touch(change)
            change.invalidate(RowKey.MARKS.of(person.pk))

    def farewell(self, person: Participant, by: Actor) -> None:
        """Someone follows the law of two feet."""
        with self.topic.forum.change(by, Verb.LEFT_GROUP) as change:
            for presence in self.presences.filter(participant=person, left_at=None):
                presence.end(change)

    def move_people(self, to: "Group | None", change: Change) -> None:
        """The topics become one, within a change: who sits here sits there, if that group meets at the same time."""
        for presence in self.presences.filter(left_at=None):
            presence.left_at = timezone.now()
            change.save(presence, "left_at")
            change.invalidate(RowKey.MARKS.of(presence.participant_id))
            if to is None or to.slot_id is None or to.slot_id != self.slot_id:
                continue
            there = to.presences.filter(participant=presence.participant_id).first()
            if there is None:
                change.create(Presence(group=to, participant_id=presence.participant_id))
            else:
                there.left_at = None
                change.save(there, "left_at")
        for group in filter(None, (self, to)):
            group._touch(change)

    def count_at_door(self, people: int | None, by: Actor) -> None:
        """How many are in the room, as somebody counted who stood at its door; not all of them have a phone."""
        with self.topic.forum.change(by, Verb.COUNTED_AT_DOOR) as change:
            self.door_count = people
            change.save(self, "door_count")
            self._touch(change)

    def people(self) -> "models.QuerySet[Participant]":
        """Who sits in the group now, by name."""
        return Participant.objects.filter(presences__group=self, presences__left_at=None)

    def _tell(self, change: Change) -> None:
        """Once the groups have begun, say to its people where and when it meets: they do not watch the agenda then."""
        rows = [row for row in change.rows if (row["model"], row["pk"]) == (self._meta.label, self.pk)]
        stays = not rows or rows[0]["before"] == rows[-1]["after"]
        if stays or self.topic.forum.stage not in WORK or not self._concerns_anybody:
            return
        with translation.override(self.topic.forum.language):
            if self.slot is None:
                said = gettext("Group {number} has neither hour nor place for the moment: “{title}”.")
            elif rows[0]["before"]["slot"] is None:
                said = gettext("Group {number} meets at {hour}, {place}: “{title}”.")
            else:
                said = gettext("Group {number} has moved: it meets at {hour}, {place}: “{title}”.")
            facts = {
                "number": self.topic.number,
                "title": Truncator(self.topic.title).chars(90),
                "hour": self.slot.when if self.slot else "",
                "place": self.place or self.elsewhere or gettext("elsewhere"),
            }
        Message(forum=self.topic.forum, topic=self.topic, text=said.format(**facts)).go(change)

    @property
    def _concerns_anybody(self) -> bool:
        return bool(self.topic.convener_id) or self.topic.interests.exists() or self.people().exists()

    def _touch(self, change: Change) -> None:
        change.invalidate(RowKey.TOPIC.of(self.topic_id), RowKey.REPORT.of(self.topic_id), Key.STATUS)
