"""Groups: topics that meet, in a slot and a place, with the people who sit in them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key, RowKey
from forum.models.actor import Actor
from forum.models.change import CannotUndo, Change
from forum.models.forum import Forum
from forum.models.message import Message
from forum.models.participant import Participant
from forum.models.place import Place
from forum.models.presence import Presence
from forum.models.slot import Slot
from forum.models.topic import Topic
from forum.models.topic_merge import MAX_TITLE_IN_MESSAGE
from forum.models.verbs import Verb
from forum.phases import WORK
from forum.text.one_line import LineField


class CellTaken(Exception):
    """Another group, `group`, meets in this cell."""

    def __init__(self, group: "Group") -> None:
        super().__init__(str(group))
        self.group = group


class PlacementFrozen(Exception):
    """Only facilitators may move the group or change the slot. The message names it in the reader's language."""


class Group(models.Model):
    MAX_ELSEWHERE_LENGTH = 80

    topic = models.OneToOneField(Topic, models.CASCADE, related_name="group")
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, related_name="groups")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="groups")
    elsewhere = LineField(_("another place"), max_length=MAX_ELSEWHERE_LENGTH, blank=True)
    """Where the group meets when `place` is None. Any number of groups can be elsewhere in a slot."""

    is_frozen = models.BooleanField(default=False)
    """Only facilitators may move it out of its cell; suggestions for the agenda leave it there."""
    door_count = models.PositiveSmallIntegerField(_("people counted at the door"), null=True, blank=True)

    CELL_FIELDS: ClassVar = ("slot", "place", "elsewhere")

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

    @property
    def place_name(self) -> str:
        """Where it meets; empty when it meets elsewhere and nobody noted where."""
        return self.place.name if self.place else self.elsewhere

    @property
    def place_label(self) -> str:
        """Where it meets, in the reader's language."""
        return self.place_name or gettext("elsewhere")

    @classmethod
    def place_topic(cls, topic: Topic, slot: Slot, place: Place | None, by: Actor, *, elsewhere: str = "") -> Self:
        """Put a topic into a cell, or elsewhere in a slot when `place` is None. Raises CellTaken or PlacementFrozen."""
        with topic.forum.change(by, Verb.PLACED_TOPIC) as change:
            cell = cls.objects.select_related("topic").filter(slot=slot, place=place, place__isnull=False)
            if other := cell.exclude(topic=topic).first():
                raise CellTaken(other)
            group = cls.for_topic(topic)
            group._check_not_frozen(by, slot)
            group._enter_cell((slot, place, "" if place else elsewhere), change)
            group._invalidate(change)
            group._notify_people(change)
        return group

    @classmethod
    def for_topic(cls, topic: Topic) -> Self:
        """Return the group of a topic, created without a cell if there is none."""
        group, _created = cls.objects.select_related("slot", "place").get_or_create(topic=topic)
        group.topic = topic
        return group

    def unplace(self, by: Actor) -> None:
        """Take the topic off the agenda. Raises PlacementFrozen."""
        with self.topic.forum.change(by, Verb.UNPLACED_TOPIC) as change:
            self._check_not_frozen(by)
            self.leave_cell(change)
            self._invalidate(change)
            self._notify_people(change)

    def swap(self, other: "Group", by: Actor) -> None:
        """Exchange the cells of two groups, one of which may have none. Raises PlacementFrozen."""
        with self.topic.forum.change(by, Verb.SWAPPED_TWO_TOPICS) as change:
            for group in (self, other):
                group.refresh_from_db(fields=self.CELL_FIELDS)
            for group in (self, other):
                group._check_not_frozen(by)
            own_cell, other_cell = self._cell, other._cell
            self.leave_cell(change)  # first, so that the two are never in one cell
            other._enter_cell(own_cell, change)
            self._enter_cell(other_cell, change)
            for group in (self, other):
                group._invalidate(change)
                group._notify_people(change)

    @classmethod
    def rearrange(cls, forum: Forum, cells: "list[tuple[Topic, Slot, Place | None]]", by: Actor) -> None:
        """Put many topics into other cells at once, even into cells that others of them leave. Raises CellTaken."""
        with forum.change(by, Verb.ACCEPTED_SUGGESTION) as change:
            moves = [(cls.for_topic(topic), slot, place) for topic, slot, place in cells]
            moves = [(group, slot, place) for group, slot, place in moves if (group.slot, group.place) != (slot, place)]
            names = [group.elsewhere for group, _slot, _place in moves]
            for group, _slot, _place in moves:
                if group.slot:
                    group.leave_cell(change)  # first, so that no two are ever in one cell
            for (group, slot, place), name in zip(moves, names, strict=True):
                taken = cls.objects.select_related("topic").filter(slot=slot, place=place, place__isnull=False)
                if other := taken.first():
                    raise CellTaken(other)
                group._enter_cell((slot, place, "" if place else name), change)
                group._invalidate(change)
                group._notify_people(change)

    def after_revert(self, change: Change) -> None:
        """Refuse to put a topic into a cell that has left the board since, by being withdrawn or merged."""
        if self.slot_id and not Topic.objects.active().filter(pk=self.topic_id).exists():
            raise CannotUndo

    def freeze(self, by: Actor) -> None:
        """Let only facilitators move it, until it is unfrozen."""
        self._set_frozen(True, by)

    def unfreeze(self, by: Actor) -> None:
        self._set_frozen(False, by)

    def _set_frozen(self, is_frozen: bool, by: Actor) -> None:
        with self.topic.forum.change(by, Verb.FROZE_TOPIC if is_frozen else Verb.UNFROZE_TOPIC) as change:
            self.is_frozen = is_frozen
            change.save(self, "is_frozen")
            self._invalidate(change)

    @property
    def _cell(self) -> tuple[Slot | None, Place | None, str]:
        return self.slot, self.place, self.elsewhere

    def _enter_cell(self, cell: tuple[Slot | None, Place | None, str], change: Change) -> None:
        self.slot, self.place, self.elsewhere = cell
        change.save(self, *self.CELL_FIELDS)
        change.invalidate(Key.AGENDA)

    def leave_cell(self, change: Change) -> None:
        """Free the cell, within a change that invalidates the topic."""
        self._enter_cell((None, None, ""), change)

    def _check_not_frozen(self, by: Actor, to: Slot | None = None) -> None:
        """Raise PlacementFrozen, except for facilitators, if the group is frozen or a slot that it leaves or enters."""
        if by.runs_as_facilitator or by.is_stranger:
            return
        if self.is_frozen and self.slot_id:
            text = gettext("Number {number} is frozen where it is. A facilitator can move it.")
            raise PlacementFrozen(text.format(number=self.topic.number))
        slots = [slot.pk for slot in (self.slot, to) if slot]
        if slot := Slot.objects.filter(pk__in=slots, is_frozen=True).first():
            text = gettext("The agenda of {hour} is frozen. A facilitator can change it.")
            raise PlacementFrozen(text.format(hour=slot.start_label))

    # people

    def join(self, person: Participant, by: Actor) -> None:
        """Add someone to the group: they leave any other group of the slot and stop roaming."""
        with self.topic.forum.change(by, Verb.SAID_WHO_JOINED_GROUP) as change:
            others = Presence.objects.current().filter(participant=person, group__slot=self.slot).exclude(group=self)
            for other in others:
                other.end(change)
            self._seat(person.pk, change)
            person.stop_roaming(change)

    def leave(self, person: Participant, by: Actor) -> None:
        with self.topic.forum.change(by, Verb.SAID_WHO_LEFT_GROUP) as change:
            for presence in self.presences.filter(participant=person, left_at=None):
                presence.end(change)

    def move_people(self, to: "Group | None", change: Change) -> None:
        """Move the people to another group, within a change that merges topics, if it meets in the same slot.

        Otherwise they only leave this one.
        """
        for presence in self.presences.filter(left_at=None):
            presence.end(change)
            if to and to.slot_id and to.slot_id == self.slot_id:
                to._seat(presence.participant_id, change)
        self._invalidate(change)

    def _seat(self, person_pk: int, change: Change) -> None:
        """Note that someone sits here from now on, within a change. No-op if they do already."""
        presence = self.presences.filter(participant=person_pk).first()
        if presence is None:
            change.create(Presence(group=self, participant_id=person_pk))
        elif presence.left_at:
            presence.arrived_at, presence.left_at = timezone.now(), None
            change.save(presence, "arrived_at", "left_at")
        self._invalidate(change)
        change.invalidate(RowKey.MARKS.of(person_pk))

    def count_at_door(self, people: int | None, by: Actor) -> None:
        """Save the number of people in the room as somebody counted them; not all of them have a phone."""
        with self.topic.forum.change(by, Verb.COUNTED_AT_DOOR) as change:
            self.door_count = people
            change.save(self, "door_count")
            self._invalidate(change)

    def people(self) -> "models.QuerySet[Participant]":
        """Return those who sit in the group, by name."""
        return Participant.objects.filter(presences__group=self, presences__left_at=None)

    def _notify_people(self, change: Change) -> None:
        """Send the group's people a message when the change moves it while groups work and few watch the agenda."""
        rows = [row for row in change.rows if (row["model"], row["pk"]) == (self._meta.label, self.pk)]
        cell_before, cell_after = (rows[0]["before"], rows[-1]["after"]) if rows else (None, None)
        has_moved = cell_before != cell_after
        if not has_moved or self.topic.forum.current_phase not in WORK or not self._has_audience:
            return
        with translation.override(self.topic.forum.language):
            if self.slot is None:
                text = gettext("Group {number} has neither hour nor place for the moment: “{title}”.")
            elif cell_before is None or cell_before["slot"] is None:
                text = gettext("Group {number} meets at {hour}, {place}: “{title}”.")
            else:
                text = gettext("Group {number} has moved: it meets at {hour}, {place}: “{title}”.")
            values = {
                "number": self.topic.number,
                "title": Truncator(self.topic.title).chars(MAX_TITLE_IN_MESSAGE),
                "hour": self.slot.start_label if self.slot else "",
                "place": self.place_label,
            }
        Message(forum=self.topic.forum, topic=self.topic, text=text.format(**values)).post(change)

    @property
    def _has_audience(self) -> bool:
        """Whether a message to its people would reach anybody."""
        return bool(self.topic.convener_id) or self.topic.interests.exists() or self.people().exists()

    def _invalidate(self, change: Change) -> None:
        change.invalidate(RowKey.TOPIC.of(self.topic_id), RowKey.REPORT.of(self.topic_id), Key.STATUS)
