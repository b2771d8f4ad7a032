"""Places: rooms, or any spot where a group can meet."""

from typing import Self

from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from forum.models.actor import Actor
from forum.models.forum import Forum
from forum.models.verbs import Verb
from forum.text.one_line import LineField


class NameTaken(Exception):
    """Another place has this name."""


class Place(models.Model):
    """A room, or any spot where a group can meet. Seats are a hint, never a limit."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="places")
    name = LineField(_("place"), max_length=80)
    seats = models.PositiveSmallIntegerField(_("seats"), null=True, blank=True)
    equipment = LineField(_("equipment"), max_length=120, blank=True)
    """As it is: a screen, a flip chart, no step at the door… A hint for those who choose."""
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
        """A place that was not thought of before, after the others. Raises NameTaken."""
        with forum.change(by, Verb.ADDED_PLACE) as change:
            places = cls.objects.filter(forum=forum)
            if places.filter(name__iexact=name).exists():
                raise NameTaken
            position = (places.aggregate(last=Max("position"))["last"] or 0) + 1
            place = cls(forum=forum, name=name, seats=seats, equipment=equipment, position=position)
            change.create(place)
            change.invalidate_everything()
        return place
