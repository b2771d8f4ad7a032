"""The one registration by which `sessions` extends the live day; `forum` never imports `sessions`.

Pages of `forum` reach the reports, the photos and the book through the registered Extension.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from prometheus_client import Metric

    from forum.checks.check import Check
    from forum.models import Actor, Change, Forum, Group, Participant, Topic
    from forum.models.change import Retraction
    from forum.models.topic_queryset import TopicQuerySet


Topics = TypeVar("Topics", bound="TopicQuerySet")


class ReportSummary(Protocol):
    """The part of a group's report that the live day reads."""

    finished_at: datetime | None

    @property
    def is_finished(self) -> bool: ...

    @property
    def has_begun(self) -> bool:
        """Whether the group has brought anything: a text, an action, a photo or a sheet."""

    @property
    def awaits_transcription(self) -> bool:
        """Whether a photographed sheet waits to be transcribed into the report."""


class ReportContributions(Protocol):
    """What one participant brought to reports, as the page that removes it shows it."""

    def remove(self, change: "Change") -> None:
        """Remove what is theirs alone, within a change."""


class Extension(Protocol):
    """The interface that the app of the reports, photos and book implements."""

    @property
    def checks(self) -> "Sequence[Check]":
        """Checks of the evening before, in the order of the page."""

    @property
    def alerts(self) -> "Sequence[Check]":
        """Checks that are shown to facilitators and operators while they are not good."""

    def measures(self) -> "Iterable[Metric]":
        """Return what `/metrics` says of the documents and their worker."""

    def with_reports(self, topics: Topics) -> Topics:
        """Add what cards show of reports: `group.report`, `action_count` and `comment_count`."""

    def filter_by_report(self, topics: Topics, *, is_finished: bool) -> Topics:
        """Keep the topics whose group has finished its report, or has not."""

    def groups_with_begun_report(self, forum: "Forum") -> "QuerySet[Group]":
        """Return the groups of a forum that have brought anything: a text, an action, a photo or a sheet."""

    def report_of(self, topic: "Topic") -> ReportSummary | None:
        """Return the report of a topic's group; None when it has none yet."""

    def edition_context(self, forum: "Forum") -> Mapping[str, Callable[[], Any]]:
        """Return the context of the board's fragment about the book: name → callable that queries the value."""

    def is_public(self, forum: "Forum") -> bool:
        """Say whether anyone may read the forum's report."""

    def lists_any_forum(self) -> bool:
        """Say whether the public list holds a forum."""

    def phase_changed(self, forum: "Forum", by: "Actor") -> None:
        """React to a change of phase. Called after the commit."""

    def content_retracted(self, forum: "Forum", by: "Actor", retractions: "list[Retraction]") -> None:
        """Withdraw the documents that hold retracted content. Called within the change."""

    def participant_left(self, participant: "Participant", change: "Change") -> None:
        """Invalidate the fragments that show what a removed participant wrote."""

    def approvable_rows(self, forum: "Forum") -> "Sequence[QuerySet[Any]]":
        """Return the kinds of rows of reports that may wait for approval, see forum.models.approval."""

    def is_written_by_others(self, topic: "Topic", participant: "Participant") -> bool:
        """Say whether somebody other than this participant brought something to the report of a topic."""

    def contributions_of(self, participant: "Participant") -> "ReportContributions":
        """Return what a participant brought to reports."""

    def rehearsal_erased(self, forum: "Forum") -> None:
        """Delete the rows and files that no topic of the forum cascades to. Called within the change."""


_registered: list[Extension] = []


def register(extension: Extension) -> None:
    """Set the extension of this process. Called once, by `sessions` when Django starts."""
    _registered[:] = [extension]


def extension() -> Extension:
    return _registered[0]
