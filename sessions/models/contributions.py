"""What one participant brought to the reports."""

from functools import cached_property

from forum.fragment_keys import Key, RowKey
from forum.models import Change, Participant, Topic
from forum.models.verbs import Verb
from sessions.models.action import Action
from sessions.models.comment import Comment
from sessions.models.photo import Photo
from sessions.models.report import Report


class ReportContributions:
    """Implements forum.extension.ReportContributions."""

    def __init__(self, person: Participant) -> None:
        self._person = person
        in_forum = {"report__group__topic__forum": person.forum}
        self.photos = list(Photo.objects.filter(participant=person, **in_forum).select_related("report__group__topic"))
        """Photos and sheets, which would go."""
        self.actions = list(
            Action.objects.filter(pk__in=self._added_actions(), **in_forum).select_related("report__group__topic")
        )
        """Actions that they added, which would go, whoever completed them."""
        self.comments = list(
            Comment.objects.standing().filter(participant=person).select_related("report__group__topic")
        )
        """Comments, which are not shown once their writer is removed."""

    def _added_actions(self) -> set[int]:
        entries = self._person.forum.journal.filter(participant=self._person, verb=Verb.ADDED_ACTION)
        rows = (row for entry in entries for row in entry.rows)
        return {row["pk"] for row in rows if row["model"] == Action._meta.label}

    @cached_property
    def written_topics(self) -> list[Topic]:
        """The topics whose reports they wrote in: their words stay, and the history of the report shows them."""
        reports = Report.objects.filter(versions__participants=self._person).distinct()
        topics = [report.group.topic for report in reports.select_related("group__topic")]
        for topic in topics:
            topic.forum = self._person.forum
        return topics

    def is_theirs_alone(self, report: Report) -> bool:
        """Say whether nobody else brought anything to a report."""
        return not (
            report.versions.exclude(participants=self._person).exists()
            or report.versions.filter(facilitators__isnull=False).exists()
            or Participant.objects.filter(version__report=report).exclude(pk=self._person.pk).exists()
            or report.photos.exclude(participant=self._person).exists()
            or report.actions.exclude(pk__in=self._added_actions()).exists()
        )

    def remove(self, change: Change) -> None:
        reports = [photo.report for photo in self.photos] + [action.report for action in self.actions]
        for topic in {report.group.topic_id for report in reports}:
            change.invalidate(*(kind.of(topic) for kind in (RowKey.REPORT, RowKey.TOPIC, RowKey.NEWS)), Key.STATUS)
            change.invalidate(Key.WAITING)
        change.delete_all(self.photos)
        change.delete_all(self.actions)
