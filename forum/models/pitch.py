"""The plenary: who waits to present a topic, and whom one asks before two topics become one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Max
from django.utils import timezone

from forum.fragment_keys import Key
from forum.models.change import CannotUndo
from forum.models.verbs import Verb

if TYPE_CHECKING:
    from forum.models.actor import Actor
    from forum.models.change import Change
    from forum.models.forum import Forum
    from forum.models.topic import Topic


class NotInTheQueue(Exception):
    """Only a topic that waits in the queue can be moved there, or go on the wall."""


class PitchQuerySet(models.QuerySet["Pitch"]):
    def standing(self) -> Self:
        """Those of topics that nobody withdrew."""
        return self.filter(topic__withdrawn_at=None)

    def waiting(self) -> Self:
        """The queue, who comes next first."""
        return self.standing().filter(began_at=None).order_by("position", "pk")

    def on_the_wall(self) -> Self:
        """The one that is presented now; rows in which it began and did not end."""
        return self.filter(began_at__isnull=False, ended_at=None)

    def to_show(self) -> Self:
        """The one that is presented and the queue, with their topics and all who convene them."""
        names = self.select_related("topic__convener", "topic__forum").prefetch_related("topic__merged__convener")
        return names.standing().filter(ended_at=None).order_by("position", "pk")


class Pitch(models.Model):
    """A topic that its convener presents to everyone: queued, then on the spotlight, then done."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="pitches")
    topic = models.OneToOneField("forum.Topic", models.CASCADE, related_name="pitch")
    position = models.PositiveIntegerField()
    """The place in the queue: the smallest comes next."""
    queued_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveSmallIntegerField(default=0)
    """How long the countdown runs from `began_at`; 0: no countdown."""

    PROGRESS: ClassVar = ("began_at", "ended_at", "seconds")

    objects = PitchQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.position}: {self.topic_id}"

    @property
    def is_waiting(self) -> bool:
        return self.began_at is None

    @property
    def is_on_the_wall(self) -> bool:
        return self.began_at is not None and self.ended_at is None

    @property
    def until(self) -> "datetime | None":
        """When its time is up; None: nobody counts."""
        return self.began_at + timedelta(seconds=self.seconds) if self.began_at and self.seconds else None

    @property
    def ahead(self) -> int:
        """How many come before this one, which waits."""
        return self.forum.pitches.waiting().filter(position__lt=self.position).count()

    @classmethod
    def queue(cls, topic: "Topic", by: "Actor") -> "Pitch":
        """Wait at the end of the queue; once more, for who was on the wall already. Who waits keeps their place."""
        forum = topic.forum
        with forum.change(by, Verb.QUEUED_PITCH) as change:
            change.invalidate_topic(topic)
            change.invalidate(Key.STAGE)
            pitch = cls.objects.filter(topic=topic).first() or cls(forum=forum, topic=topic, position=0)
            if pitch.pk and pitch.ended_at is None:
                return pitch
            pitch.position = (forum.pitches.aggregate(last=Max("position"))["last"] or 0) + 1
            pitch.began_at, pitch.ended_at, pitch.queued_at = None, None, timezone.now()
            if pitch.pk:
                change.save(pitch, *cls.PROGRESS, "position", "queued_at")
            else:
                change.create(pitch)
        return pitch

    def begin(self, by: "Actor") -> None:
        """Come onto the wall, and who was there leaves it. The countdown is the one chosen now; 0: none.

        Nothing, if it is there already. Raises NotInTheQueue.
        """
        with self._change(by, Verb.BEGAN_PITCH) as change:
            if self.is_on_the_wall:
                return
            if not self.is_waiting:
                raise NotInTheQueue
            leave_the_wall(self.forum, change)
            self.forum.refresh_from_db(fields=["pitch_seconds"])
            self.began_at, self.seconds = timezone.now(), self.forum.pitch_seconds
            change.save(self, *self.PROGRESS)

    def end(self, by: "Actor") -> None:
        """Leave the wall; nothing, if somebody was faster."""
        with self._change(by, Verb.ENDED_PITCH) as change:
            if self.is_on_the_wall:
                self._end(change)

    def drop(self, by: "Actor") -> None:
        """Leave the queue; nothing for who does not wait in it any more."""
        with self._change(by, Verb.LEFT_QUEUE) as change:
            if self.is_waiting:
                change.delete(self)

    def move(self, step: int, by: "Actor") -> None:
        """Change places with who waits just before (-1) or just after (1); nothing at the ends of the queue."""
        with self._change(by, Verb.MOVED_PITCH) as change:
            queue = list(self.forum.pitches.waiting())
            if self not in queue:
                raise NotInTheQueue
            place = queue.index(self)
            if not 0 <= place + step < len(queue):
                return
            first = queue[0].position
            queue.insert(place + step, queue.pop(place))
            for position, pitch in enumerate(queue, start=first):
                pitch.position = position
                change.save(pitch, "position")

    def after_revert(self, change: "Change") -> None:
        """The wall shows one at a time: who came there meanwhile stays."""
        if self.is_on_the_wall and self.forum.pitches.on_the_wall().exclude(pk=self.pk).exists():
            raise CannotUndo

    def _end(self, change: "Change") -> None:
        self.ended_at = timezone.now()
        change.save(self, *self.PROGRESS)
        change.invalidate_topic(self.topic)

    @contextmanager
    def _change(self, by: "Actor", verb: Verb) -> "Iterator[Change]":
        """A change of the queue, on this row as it stands now."""
        with self.forum.change(by, verb) as change:
            change.invalidate_topic(self.topic)
            change.invalidate(Key.STAGE)
            stands = type(self).objects.filter(pk=self.pk).values("position", *self.PROGRESS).first()
            if stands is None:
                raise NotInTheQueue
            for name, value in stands.items():
                setattr(self, name, value)
            yield change


def leave_the_wall(forum: "Forum", change: "Change") -> None:
    """End what is presented now, within a change that shows something else."""
    for pitch in forum.pitches.on_the_wall().select_related("topic"):
        pitch._end(change)
