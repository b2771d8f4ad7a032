"""Messages of the facilitators: to everyone, to a slot's people, to the people of one topic or group."""

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

LASTS = dt.timedelta(hours=4)
"""How long phones show a message; the wall shows it for a shorter while, since everybody has read it there."""
LASTS_ON_THE_WALL = dt.timedelta(minutes=20)


class AskedAlready(Exception):
    """Facilitators wrote to the people of this group a moment ago."""


class MessageQuerySet(models.QuerySet["Message"]):
    def standing(self) -> Self:
        """What has not been taken back."""
        return self.filter(taken_back_at=None)

    def for_everyone(self) -> Self:
        return self.filter(slot=None, topic=None)

    def of_facilitators(self) -> Self:
        """What the app says by itself left out."""
        return self.filter(facilitator__isnull=False)

    def for_board(self) -> Self:
        """With the slot or the topic whose people they are for."""
        return self.select_related("slot", "topic")


class Message(models.Model):
    PAUSE: ClassVar = dt.timedelta(minutes=5)
    """How long a group that was asked for its report is left in peace."""

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="messages")
    text = LineField(_("message"), max_length=280)
    slot = models.ForeignKey(Slot, models.CASCADE, null=True, related_name="messages")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, related_name="messages")
    """Its people: who sits in its group or, before it meets, who wants to go there; and its convener."""
    facilitator = models.ForeignKey(Facilitator, models.SET_NULL, null=True)
    """Who sent it; None: the app itself, when a group moves or topics become one."""
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
        """Say something to everyone; with `slot` to those who go to its groups, with `topic` to its people."""
        with forum.change(by, Verb.SENT_MESSAGE) as change:
            message = cls(forum=forum, text=text, slot=slot, topic=topic, facilitator=by.facilitator)
            message.go(change)
        return message

    @classmethod
    def ask_for_reports(
        cls, forum: Forum, text: str, by: Actor, topics: Iterable[Topic], *, again: bool = False
    ) -> list[Self]:
        """Say to the people of each of these groups that its report is awaited.

        Raises AskedAlready when facilitators wrote to one of them within the last minutes, unless `again`.
        """
        with forum.change(by, Verb.ASKED_FOR_REPORTS) as change:
            messages = [cls(forum=forum, text=text, topic=topic, facilitator=by.facilitator) for topic in topics]
            recent = cls.objects.standing().of_facilitators().filter(sent_at__gt=timezone.now() - cls.PAUSE)
            if not again and recent.filter(topic__in=[message.topic_id for message in messages]).exists():
                raise AskedAlready
            for message in messages:
                message.go(change)
        return messages

    def go(self, change: Change) -> None:
        """Reach the phones, within a change: a facilitator's, or one that the app tells people of."""
        change.create(self)
        self._touch(change)

    def take_back(self, by: Actor) -> None:
        """It is shown nowhere any more."""
        with self.forum.change(by, Verb.TOOK_MESSAGE_BACK) as change:
            self.taken_back_at = timezone.now()
            change.save(self, "taken_back_at")
            self._touch(change)

    def _touch(self, change: Change) -> None:
        change.invalidate(RowKey.MESSAGE.of(self.pk), Key.MESSAGES)
        if self.topic_id:
            change.invalidate(RowKey.REPORT.of(self.topic_id))  # the page of the group shows it too

    @property
    def hour(self) -> dt.time:
        """When it was sent, where the forum is."""
        return self.sent_at.astimezone(self.forum.zone).time()

    @property
    def until_ms(self) -> int:
        """Until when phones show it, in milliseconds since 1970, as browsers count."""
        return int((self.sent_at + LASTS).timestamp() * 1000)

    @property
    def until_ms_on_wall(self) -> int:
        return int((self.sent_at + LASTS_ON_THE_WALL).timestamp() * 1000)
