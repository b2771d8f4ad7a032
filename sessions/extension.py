"""The extension of the live day by the reports, the photos and the book."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from prometheus_client import Metric

from forum.extension import Topics
from forum.fragment_keys import RowKey
from forum.models import Actor, Change, Forum, Group, Participant, Topic
from forum.models.change import Retraction
from forum.phases import FROM_CLOSING
from sessions.checks import ALERTS, CHECKS
from sessions.models import Action, Comment, Edition, Imprint, Photo, PhotoFiles, Report
from sessions.models.contributions import ReportContributions
from sessions.proceedings.documents_at_work import document_measures
from sessions.proceedings.edition_requests import may_contain, request_edition


class SessionsExtension:
    """Implements forum.extension.Extension, which documents each method."""

    checks = CHECKS
    alerts = ALERTS

    def measures(self) -> Iterable[Metric]:
        return document_measures()

    def with_reports(self, topics: Topics) -> Topics:
        return topics.select_related("group__report").annotate(
            action_count=_count_by_topic(Action.objects.written()),
            comment_count=_count_by_topic(Comment.objects.visible()),
        )

    def filter_by_report(self, topics: Topics, *, is_finished: bool) -> Topics:
        if is_finished:
            return topics.filter(group__report__status=Report.Status.FINISHED)
        return topics.exclude(group__report__status=Report.Status.FINISHED)

    def groups_with_begun_report(self, forum: Forum) -> QuerySet[Group]:
        return Group.objects.filter(topic__forum=forum, report__in=Report.objects.begun())

    def report_of(self, topic: Topic) -> Report | None:
        return getattr(topic.group_or_none, "report", None)

    def edition_context(self, forum: Forum) -> Mapping[str, Callable[[], Any]]:
        editions = Edition.objects.filter(forum=forum)
        pending = editions.filter(state__in=(Edition.State.QUEUED, Edition.State.RENDERING))
        return {
            "latest_edition": cache(editions.first),
            "ready_edition": cache(editions.ready().first),
            "pending_edition": cache(pending.first),
        }

    def is_public(self, forum: Forum) -> bool:
        return Imprint.objects.filter(forum=forum, is_public=True).exists()

    def lists_any_forum(self) -> bool:
        return Imprint.objects.filter(is_public=True, is_listed=True).exists()

    def phase_changed(self, forum: Forum, by: Actor) -> None:
        """Make the book at the closing circle and when it is published, so that it is ready when asked for."""
        if forum.current_phase in FROM_CLOSING:
            request_edition(forum, by)

    def content_retracted(self, forum: Forum, by: Actor, retractions: list[Retraction]) -> None:
        """Withdraw the editions that may hold retracted content, and make another."""
        if Edition.withdraw_matching(forum, by, lambda edition: any(may_contain(edition, one) for one in retractions)):
            request_edition(forum, by)

    def participant_left(self, participant: Participant, change: Change) -> None:
        for topic in participant.comments.values_list("report__group__topic", flat=True).distinct():
            change.invalidate(RowKey.TOPIC.of(topic), RowKey.NEWS.of(topic), RowKey.COMMENTS.of(topic))

    def approvable_rows(self, forum: Forum) -> Sequence[QuerySet[Any]]:
        comments = Comment.objects.standing().filter(report__group__topic__forum=forum)
        photos = Photo.objects.filter(Q(people_agreed=True) | Q(kind=Photo.Kind.SHEET), forum=forum)
        return [rows.select_related("participant", "report__group__topic__forum") for rows in (comments, photos)]

    def is_written_by_others(self, topic: Topic, participant: Participant) -> bool:
        report = self.report_of(topic)
        return report is not None and not ReportContributions(participant).is_theirs_alone(report)

    def contributions_of(self, participant: Participant) -> ReportContributions:
        return ReportContributions(participant)

    def rehearsal_erased(self, forum: Forum) -> None:
        for edition in forum.editions.all():
            edition.delete_with_files()
        for files in PhotoFiles.objects.filter(forum=forum):
            files.drop()


def _count_by_topic(rows: "QuerySet[Action] | QuerySet[Comment]") -> Coalesce:
    """Count the rows of each topic's report as a subquery: joins of several would multiply each other."""
    of_topic = rows.filter(report__group__topic=OuterRef("pk")).order_by()
    counts = of_topic.values("report__group__topic").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)
