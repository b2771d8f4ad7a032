"""The one registration by which `sessions` extends the live day; `forum` never imports `sessions`.

What the reports, the photos and the book add to pages of `forum` is asked of the registered Extension.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from forum.checks.check import Check
    from forum.models import Actor, Change, Forum, Participant, Topic
    from forum.models.change import Retraction
    from forum.models.topic import TopicQuerySet


Topics = TypeVar("Topics", bound="TopicQuerySet")


class ReportSummary(Protocol):
    """What the live day needs to know of the report of a group."""

    finished_at: datetime | None

    @property
    def is_finished(self) -> bool: ...

    @property
    def has_begun(self) -> bool:
        """Whether the group has written anything."""

    @property
    def awaits_transcription(self) -> bool:
        """Whether a photographed sheet waits to be transcribed into it."""


class Extension(Protocol):
    """What the live day asks of the app that holds reports, photos and the book."""

    @property
    def checks(self) -> "Sequence[Check]":
        """What is verified the evening before, in the order of the page."""

    def with_reports(self, topics: Topics) -> Topics:
        """Add what cards show of reports: `group.report`, and the counts `actions` and `comments`."""

    def filter_by_report(self, topics: Topics, *, is_finished: bool) -> Topics:
        """Keep the topics whose group has finished its report, or has not."""

    def report_of(self, topic: "Topic") -> ReportSummary | None:
        """Return the report of a topic's group; None when there is none yet."""

    def book_facts(self, forum: "Forum") -> Mapping[str, Any]:
        """Return the context of the board's fragment about the book: name → callable that reads it."""

    def is_public(self, forum: "Forum") -> bool:
        """Say whether anyone may read the forum's report."""

    def lists_any_forum(self) -> bool:
        """Say whether the public list holds a forum."""

    def phase_changed(self, forum: "Forum", by: "Actor") -> None:
        """React to a change of phase, once it is committed."""

    def retracted(self, forum: "Forum", by: "Actor", retractions: "list[Retraction]") -> None:
        """Withdraw documents that tell what may no longer be shown. Called within the change."""

    def participant_left(self, person: "Participant", change: "Change") -> None:
        """Name in the change the fragments that show what a person who leaves has said."""

    def erase(self, forum: "Forum") -> None:
        """Delete the files and rows that hang on no topic of the forum."""


_registered: list[Extension] = []


def register(extension: Extension) -> None:
    """Set the extension of this process. Called once, by `sessions` when Django starts."""
    _registered[:] = [extension]


def extension() -> Extension:
    return _registered[0]
