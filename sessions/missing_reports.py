"""Which groups have written nothing, who has begun, who has finished: what facilitators look at before the end."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from forum.models import Forum, Message, Topic
from forum.models.moment import Moment
from sessions.models import Photo, Version

STATES = ("nothing", "sheet", "draft", "finished")
"""The most urgent first: a sheet waits to be transcribed, a draft only to be called finished."""


@dataclass(frozen=True)
class Row:
    """One group."""

    topic: Topic
    state: str
    written_at: dt.datetime | None
    """When somebody last wrote a word of it, where the forum is."""
    writers: tuple[str, ...]
    sheets: int
    """Pictures of its paper sheets that nobody has transcribed yet."""
    asked_at: dt.datetime | None
    """When facilitators last wrote to its people, where the forum is."""

    @property
    def was_just_asked(self) -> bool:
        return self.asked_at is not None and timezone.now() - self.asked_at < Message.PAUSE

    @property
    def urgency(self) -> tuple[Any, ...]:
        """The oldest draft before one in which somebody writes now."""
        waits = self.written_at if self.state == "draft" else None
        return STATES.index(self.state), waits.timestamp() if waits else 0, self.topic.number

    @property
    def written_time(self) -> dt.time | None:
        return self.written_at.time() if self.written_at else None

    @property
    def asked_time(self) -> dt.time | None:
        return self.asked_at.time() if self.asked_at else None


@dataclass(frozen=True)
class Round:
    """The groups of one slot."""

    moment: Moment
    rows: tuple[Row, ...]

    @property
    def has_begun(self) -> bool:
        return self.moment.start <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.moment.end <= timezone.now()

    @property
    def silent(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state == "nothing")

    @property
    def finished(self) -> int:
        return sum(row.state == "finished" for row in self.rows)


def rounds(forum: Forum) -> list[Round]:
    """Every slot where a group meets, in the order of time; its groups by urgency. A fixed number of queries."""
    placed: defaultdict[int, list[Row]] = defaultdict(list)
    for topic, row in zip(topics := list(_topics(forum)), _rows(forum, topics), strict=True):
        if (group := topic.group_or_none) and group.slot_id:
            placed[group.slot_id].append(row)
    moments = {moment.slot.pk: moment for moment in forum.slots.moments()}
    found = [
        Round(moment, tuple(sorted(placed[slot], key=lambda row: row.urgency)))
        for slot, moment in moments.items()
        if slot in placed
    ]
    return sorted(found, key=lambda one: one.moment.start)


def _topics(forum: Forum) -> Iterable[Topic]:
    return forum.topics.active().for_board().filter(group__slot__isnull=False)


def _rows(forum: Forum, topics: list[Topic]) -> Iterable[Row]:
    words, sheets, asked = _last_words(forum), _sheets(forum), _asked(forum)
    for topic in topics:
        report = getattr(topic.group_or_none, "report", None)
        key = report.pk if report else None
        word = words.get(key)
        yield Row(
            topic=topic,
            state=_state(topic, sheets.get(key, 0)),
            written_at=word.ended_at.astimezone(forum.zone) if word else None,
            writers=tuple(word.writers) if word else (),
            sheets=sheets.get(key, 0),
            asked_at=asked[topic.pk].astimezone(forum.zone) if topic.pk in asked else None,
        )


def _state(topic: Topic, sheets: int) -> str:
    report = getattr(topic.group_or_none, "report", None)
    if report and report.is_finished:
        return "finished"
    if sheets:
        return "sheet"
    return "draft" if report and (report.has_text or topic.action_count) else "nothing"


def _last_words(forum: Forum) -> dict[int | None, Version]:
    """By report: the version that was written last."""
    versions = Version.objects.filter(report__group__topic__forum=forum).order_by()
    last = versions.values("report").annotate(last=Max("pk")).values("last")
    found = Version.objects.filter(pk__in=last).prefetch_related("participants", "facilitators")
    return {version.report_id: version for version in found}


def _sheets(forum: Forum) -> dict[int | None, int]:
    waiting = Photo.objects.awaiting_transcription().filter(forum=forum).order_by()
    return dict(waiting.values_list("report").annotate(Count("pk")))


def _asked(forum: Forum) -> dict[int, dt.datetime]:
    said = forum.messages.active().of_facilitators().filter(topic__isnull=False).order_by()
    return dict(said.values_list("topic").annotate(Max("sent_at")))
