"""The progress of the reports, slot by slot: which groups have written nothing, begun, or finished."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from forum.models import Forum, Message, Topic
from forum.models.moment import Moment
from sessions.models import Photo, Version


class ReportProgress(StrEnum):
    """How far a report is; the most urgent first."""

    NOTHING = "nothing"
    SHEET = "sheet"
    """A photographed sheet waits to be transcribed."""
    DRAFT = "draft"
    FINISHED = "finished"


@dataclass(frozen=True)
class GroupProgress:
    """The progress of one group's report. Times are in the forum's time zone."""

    topic: Topic
    progress: ReportProgress
    written_at: dt.datetime | None
    """When a text was last written."""
    writers: tuple[str, ...]
    """Names, of the last version."""
    sheets: int
    """Pictures that wait to be transcribed."""
    asked_at: dt.datetime | None
    """When facilitators last wrote to the group's people."""

    @property
    def was_just_asked(self) -> bool:
        return self.asked_at is not None and timezone.now() - self.asked_at < Message.PAUSE

    @property
    def urgency(self) -> tuple[Any, ...]:
        """Sort key: by progress, drafts by their last text, the oldest first."""
        draft_time = self.written_at.timestamp() if self.written_at and self.progress == ReportProgress.DRAFT else 0
        return list(ReportProgress).index(self.progress), draft_time, self.topic.number

    @property
    def written_time(self) -> dt.time | None:
        return self.written_at.time() if self.written_at else None

    @property
    def asked_time(self) -> dt.time | None:
        return self.asked_at.time() if self.asked_at else None


@dataclass(frozen=True)
class SlotProgress:
    """The progress of the reports of one slot's groups."""

    moment: Moment
    groups: tuple[GroupProgress, ...]
    """The most urgent first."""

    @property
    def has_started(self) -> bool:
        return self.moment.start <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.moment.end <= timezone.now()

    @property
    def silent(self) -> tuple[GroupProgress, ...]:
        """The groups that have written nothing."""
        return tuple(group for group in self.groups if group.progress == ReportProgress.NOTHING)

    @property
    def finished_count(self) -> int:
        return sum(group.progress == ReportProgress.FINISHED for group in self.groups)


def progress_by_slot(forum: Forum) -> list[SlotProgress]:
    """Return each slot in which a group meets, in the order of time. A fixed number of queries."""
    groups: defaultdict[int, list[GroupProgress]] = defaultdict(list)
    for group_progress in _all_progress(forum):
        if (group := group_progress.topic.group_or_none) and group.slot_id:
            groups[group.slot_id].append(group_progress)
    moments = {moment.slot.pk: moment for moment in forum.slots.moments()}
    slots = [
        SlotProgress(moment, tuple(sorted(groups[slot], key=lambda group: group.urgency)))
        for slot, moment in moments.items()
        if slot in groups
    ]
    return sorted(slots, key=lambda slot: slot.moment.start)


def _all_progress(forum: Forum) -> Iterable[GroupProgress]:
    versions, sheets, asked_times = _last_versions(forum), _waiting_sheets(forum), _asked_times(forum)
    placed = forum.topics.active().placed().for_board()
    for topic in placed.prefetch_related("group__report__actions"):
        report = getattr(topic.group_or_none, "report", None)
        pk = report.pk if report else None
        version = versions.get(pk)
        yield GroupProgress(
            topic=topic,
            progress=_progress(topic, sheets.get(pk, 0)),
            written_at=version.ended_at.astimezone(forum.zone) if version else None,
            writers=tuple(version.writers) if version else (),
            sheets=sheets.get(pk, 0),
            asked_at=asked_times[topic.pk].astimezone(forum.zone) if topic.pk in asked_times else None,
        )


def _progress(topic: Topic, sheets: int) -> ReportProgress:
    report = getattr(topic.group_or_none, "report", None)
    if report and report.is_finished:
        return ReportProgress.FINISHED
    if sheets:
        return ReportProgress.SHEET
    return ReportProgress.DRAFT if report and report.has_content else ReportProgress.NOTHING


def _last_versions(forum: Forum) -> dict[int | None, Version]:
    """Return the last version of each report, by the report's primary key."""
    versions = Version.objects.filter(report__group__topic__forum=forum).order_by()
    last_pks = versions.values("report").annotate(last=Max("pk")).values("last")
    last_versions = Version.objects.filter(pk__in=last_pks).prefetch_related("participants", "facilitators")
    return {version.report_id: version for version in last_versions}


def _waiting_sheets(forum: Forum) -> dict[int | None, int]:
    """Return how many sheets wait to be transcribed, by the report's primary key."""
    sheets = Photo.objects.awaiting_transcription().filter(forum=forum).order_by()
    return dict(sheets.values_list("report").annotate(Count("pk")))


def _asked_times(forum: Forum) -> dict[int, dt.datetime]:
    """Return when facilitators last wrote to the people of each topic, by the topic's primary key."""
    messages = forum.messages.active().of_facilitators().filter(topic__isnull=False).order_by()
    return dict(messages.values_list("topic").annotate(Max("sent_at")))
