"""Pitches: the queue of topics that are presented to the plenary."""

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


class NotQueued(Exception):
    """The topic does not wait in the queue, so it cannot be moved there or go on the wall."""


class PitchQuerySet(models.QuerySet["Pitch"]):
    def of_active_topics(self) -> Self:
        return self.filter(topic__withdrawn_at=None, topic__waits_since=None)

    def waiting(self) -> Self:
        """Return the queue, in order."""
        return self.of_active_topics().filter(began_at=None).order_by("position", "pk")

    def on_the_wall(self) -> Self:
        """Return the pitch that is presented now: it began and did not end."""
        return self.filter(began_at__isnull=False, ended_at=None)

    def for_board(self) -> Self:
        """Return the pitch on the wall and the queue, with their topics and all their conveners."""
        rows = self.select_related("topic__convener", "topic__forum").prefetch_related("topic__merged__convener")
        return rows.of_active_topics().filter(ended_at=None).order_by("position", "pk")


class Pitch(models.Model):
    """One topic's pitch: queued, then on the wall, then ended."""

    forum = models.ForeignKey("forum.Forum", models.CASCADE, related_name="pitches")
    topic = models.OneToOneField("forum.Topic", models.CASCADE, related_name="pitch")
    position = models.PositiveIntegerField()
    """The smallest of the queue comes next."""
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveSmallIntegerField(default=0)
    """Length of the countdown from `began_at`; 0: none."""

    PROGRESS_FIELDS: ClassVar = ("began_at", "ended_at", "seconds")

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
    def countdown_ends_at(self) -> "datetime | None":
        """The end of the countdown; None: no countdown."""
        return self.began_at + timedelta(seconds=self.seconds) if self.began_at and self.seconds else None

    @property
    def ahead_count(self) -> int:
        """How many pitches of the queue come before this one."""
        return self.forum.pitches.waiting().filter(position__lt=self.position).count()

    @classmethod
    def queue(cls, topic: "Topic", by: "Actor") -> "Pitch":
        """Put a topic's pitch at the end of the queue, also when it was presented before. No-op if not ended yet."""
        forum = topic.forum
        with forum.change(by, Verb.QUEUED_PITCH) as change:
            change.invalidate_topic(topic)
            change.invalidate(Key.STAGE)
            pitch = cls.objects.filter(topic=topic).first() or cls(forum=forum, topic=topic, position=0)
            if pitch.pk and pitch.ended_at is None:
                return pitch
            pitch.position = (forum.pitches.aggregate(last=Max("position"))["last"] or 0) + 1
            pitch.began_at = pitch.ended_at = None
            if pitch.pk:
                change.save(pitch, *cls.PROGRESS_FIELDS, "position")
            else:
                change.create(pitch)
        return pitch

    def begin(self, by: "Actor") -> None:
        """Present the topic on the wall, with the forum's present countdown, and end the current pitch.

        No-op if it is on the wall. Raises NotQueued.
        """
        with self._changing(by, Verb.BEGAN_PITCH) as change:
            if self.is_on_the_wall:
                return
            if not self.is_waiting:
                raise NotQueued
            end_current_pitch(self.forum, change)
            self.forum.refresh_from_db(fields=["pitch_seconds"])
            self.began_at, self.seconds = timezone.now(), self.forum.pitch_seconds
            change.save(self, *self.PROGRESS_FIELDS)

    def end(self, by: "Actor") -> None:
        """Leave the wall. No-op if not on it."""
        with self._changing(by, Verb.ENDED_PITCH) as change:
            if self.is_on_the_wall:
                self._end(change)

    def leave_queue(self, by: "Actor") -> None:
        """Delete the pitch from the queue. No-op if it does not wait any more."""
        with self._changing(by, Verb.UNQUEUED_PITCH) as change:
            if self.is_waiting:
                change.delete(self)

    def move(self, step: int, by: "Actor") -> None:
        """Exchange places with the previous pitch of the queue (-1) or the next (1). No-op at its ends."""
        with self._changing(by, Verb.MOVED_PITCH) as change:
            queue = list(self.forum.pitches.waiting())
            if self not in queue:
                raise NotQueued
            index = queue.index(self)
            if not 0 <= index + step < len(queue):
                return
            first = queue[0].position
            queue.insert(index + step, queue.pop(index))
            for position, pitch in enumerate(queue, start=first):
                pitch.position = position
                change.save(pitch, "position")

    def after_revert(self, change: "Change") -> None:
        """Refuse to return to the wall while another pitch is on it."""
        if self.is_on_the_wall and self.forum.pitches.on_the_wall().exclude(pk=self.pk).exists():
            raise CannotUndo

    def _end(self, change: "Change") -> None:
        self.ended_at = timezone.now()
        change.save(self, *self.PROGRESS_FIELDS)
        change.invalidate_topic(self.topic)

    @contextmanager
    def _changing(self, by: "Actor", verb: Verb) -> "Iterator[Change]":
        """Open a change of the queue, with this row read anew. Raises NotQueued when it was deleted."""
        with self.forum.change(by, verb) as change:
            change.invalidate_topic(self.topic)
            change.invalidate(Key.STAGE)
            stored = type(self).objects.filter(pk=self.pk).values("position", *self.PROGRESS_FIELDS).first()
            if stored is None:
                raise NotQueued
            for name, value in stored.items():
                setattr(self, name, value)
            yield change


def end_current_pitch(forum: "Forum", change: "Change") -> None:
    """End the pitch on the wall, within a change that shows something else."""
    for pitch in forum.pitches.on_the_wall().select_related("topic"):
        pitch._end(change)
