"""Messages of facilitators and of the app: to everyone, to the people of a slot, or to those of a topic."""

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum.fragment_keys import Key, RowKey
from forum.models.actor import Actor
from forum.models.change import Change
from forum.models.facilitator import Facilitator
from forum.models.forum import Forum
from forum.models.slot import Slot
from forum.models.topic import Topic
from forum.models.verbs import Verb
from forum.text.one_line import LineField

SHOWN_ON_PHONES = dt.timedelta(hours=4)
SHOWN_ON_WALL = dt.timedelta(minutes=20)
"""Shorter: everybody has read it there."""


class RecentlyAsked(Exception):
    """Facilitators wrote to the people of this group a few minutes ago."""


class MessageQuerySet(models.QuerySet["Message"]):
    def active(self) -> Self:
        """Return those that were not taken back."""
        return self.filter(taken_back_at=None)

    def for_everyone(self) -> Self:
        return self.filter(slot=None, topic=None)

    def of_facilitators(self) -> Self:
        """Leave out those that the app sent by itself."""
        return self.filter(facilitator__isnull=False)

    def for_board(self) -> Self:
        """Add the slot or the topic whose people they are for."""
        return self.select_related("slot", "topic")


class Message(models.Model):
    MAX_LENGTH = 280
    PAUSE: ClassVar = dt.timedelta(minutes=5)
    """Between two requests for the report of one group."""

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="messages")
    text = LineField(_("message"), max_length=MAX_LENGTH)
    slot = models.ForeignKey(Slot, models.CASCADE, null=True, related_name="messages")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, related_name="messages")
    """For its convener, and the people in its group or, before it meets, those interested."""
    facilitator = models.ForeignKey(Facilitator, models.SET_NULL, null=True)
    """The sender; None: the app, when a group moves or topics are merged or split."""
    sent_at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="a_message_has_one_audience", condition=Q(slot=None) | Q(topic=None)),
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def send(cls, forum: Forum, text: str, by: Actor, *, slot: Slot | None = None, topic: Topic | None = None) -> Self:
        """Send a message to everyone; with `slot` to those who go to its groups, with `topic` to its people."""
        with forum.change(by, Verb.SENT_MESSAGE) as change:
            message = cls(forum=forum, text=text, slot=slot, topic=topic, facilitator=by.facilitator)
            message.post(change)
        return message

    @classmethod
    def ask_for_reports(
        cls, forum: Forum, text: str, by: Actor, topics: Iterable[Topic], *, again: bool = False
    ) -> list[Self]:
        """Send the people of each topic's group a message that asks for its report.

        Raises RecentlyAsked when facilitators wrote to one of them within PAUSE, unless `again`.
        """
        with forum.change(by, Verb.ASKED_FOR_REPORTS) as change:
            messages = [cls(forum=forum, text=text, topic=topic, facilitator=by.facilitator) for topic in topics]
            recent = cls.objects.active().of_facilitators().filter(sent_at__gt=timezone.now() - cls.PAUSE)
            if not again and recent.filter(topic__in=[message.topic_id for message in messages]).exists():
                raise RecentlyAsked
            for message in messages:
                message.post(change)
        return messages

    def post(self, change: Change) -> None:
        """Save a new message within a change."""
        change.create(self)
        self._invalidate(change)

    def take_back(self, by: Actor) -> None:
        """Stop showing it anywhere."""
        with self.forum.change(by, Verb.TOOK_MESSAGE_BACK) as change:
            self.taken_back_at = timezone.now()
            change.save(self, "taken_back_at")
            self._invalidate(change)

    def _invalidate(self, change: Change) -> None:
        change.invalidate(RowKey.MESSAGE.of(self.pk), Key.MESSAGES)
        if self.topic_id:
            change.invalidate(RowKey.REPORT.of(self.topic_id))  # the page of the group shows it too

    @property
    def until_ms(self) -> int:
        """Until when phones show it, in milliseconds since 1970."""
        return int((self.sent_at + SHOWN_ON_PHONES).timestamp() * 1000)

    @property
    def until_ms_on_wall(self) -> int:
        return int((self.sent_at + SHOWN_ON_WALL).timestamp() * 1000)
