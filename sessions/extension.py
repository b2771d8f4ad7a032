"""What the reports, the photos and the book add to the live day."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from forum.extension import Topics
from forum.fragment_keys import RowKey
from forum.models import Actor, Change, Forum, Participant, Topic
from forum.models.change import Retraction
from forum.phases import END
from sessions.checks import CHECKS
from sessions.models import Action, Comment, Edition, Imprint, Report
from sessions.proceedings.edition_requests import may_contain, request_edition


class SessionsExtension:
    """The Extension that `sessions` registers. See the protocol for what each method must do."""

    checks = CHECKS

    def with_reports(self, topics: Topics) -> Topics:
        actions = Action.objects.exclude(what="")
        comments = Comment.objects.filter(withdrawn_at=None, participant__removed_at=None)
        return topics.select_related("group__report").annotate(
            actions=_count_by_topic(actions), comments=_count_by_topic(comments)
        )

    def filter_by_report(self, topics: Topics, *, is_finished: bool) -> Topics:
        if is_finished:
            return topics.filter(group__report__status=Report.Status.FINISHED)
        return topics.exclude(group__report__status=Report.Status.FINISHED)

    def report_of(self, topic: Topic) -> Report | None:
        return getattr(topic.placed_group, "report", None)

    def book_facts(self, forum: Forum) -> Mapping[str, Any]:
        editions = Edition.objects.filter(forum=forum)
        making = editions.filter(state__in=(Edition.State.QUEUED, Edition.State.RENDERING))
        return {
            "latest": cache(editions.first),
            "good": cache(editions.good().first),
            "making": cache(making.first),
        }

    def is_public(self, forum: Forum) -> bool:
        return Imprint.objects.filter(forum=forum, is_public=True).exists()

    def lists_any_forum(self) -> bool:
        return Imprint.objects.filter(is_public=True, is_listed=True).exists()

    def phase_changed(self, forum: Forum, by: Actor) -> None:
        """Make the book for the closing circle, and again at the end of the day, so that it is ready when asked for."""
        if forum.stage in END:
            request_edition(forum, by)

    def retracted(self, forum: Forum, by: Actor, retractions: list[Retraction]) -> None:
        """Withdraw the editions that may tell a retraction, and make another."""
        if Edition.withdraw_all(forum, by, lambda edition: any(may_contain(edition, taken) for taken in retractions)):
            request_edition(forum, by)

    def participant_left(self, person: Participant, change: Change) -> None:
        for topic in person.comments.values_list("report__group__topic", flat=True).distinct():
            change.invalidate(RowKey.TOPIC.of(topic), RowKey.NEWS.of(topic), RowKey.COMMENTS.of(topic))

    def erase(self, forum: Forum) -> None:
        for edition in forum.editions.all():
            edition.throw_away()
        for photo in forum.photos.all():
            photo.throw_away()


def _count_by_topic(rows: "QuerySet[Action] | QuerySet[Comment]") -> Coalesce:
    """Count the rows of the report of each topic in a subquery of its own: joins would multiply each other."""
    ours = rows.filter(report__group__topic=OuterRef("pk")).order_by()
    counts = ours.values("report__group__topic").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)
