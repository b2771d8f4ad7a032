"""Places: rooms, or any spots where a group can meet."""

from typing import Self

from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from forum.models.actor import Actor
from forum.models.change import Change
from forum.models.forum import Forum
from forum.models.verbs import Verb
from forum.text.one_line import LineField


class NameTaken(Exception):
    """Another place of the forum has this name."""


class Place(models.Model):
    MAX_NAME_LENGTH = 80
    MAX_SEATS = 10_000
    MAX_EQUIPMENT_LENGTH = 120

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="places")
    name = LineField(_("place"), max_length=MAX_NAME_LENGTH)
    seats = models.PositiveSmallIntegerField(_("seats"), null=True, blank=True)
    """A hint, never a limit."""
    equipment = LineField(_("equipment"), max_length=MAX_EQUIPMENT_LENGTH, blank=True)
    """Free text: a screen, a flip chart, no step at the door…"""
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["forum", "name"],
                name="one_place_per_name",
                violation_error_message=_("Two places have the same name."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add(cls, forum: Forum, by: Actor, *, name: str, seats: int | None = None, equipment: str = "") -> Self:
        """Add a place after the others, during the day. Raises NameTaken."""
        with forum.change(by, Verb.ADDED_PLACE) as change:
            places = cls.objects.filter(forum=forum)
            if places.filter(name__iexact=name).exists():
                raise NameTaken
            place = cls(forum=forum, name=name, seats=seats, equipment=equipment)
            place.create_last(change)
            change.invalidate_everything()
        return place

    def create_last(self, change: Change) -> None:
        """Save a new place after the others of its forum, within a change."""
        others = type(self).objects.filter(forum=self.forum_id)
        self.position = (others.aggregate(last=Max("position"))["last"] or 0) + 1
        change.create(self)
