"""Queries of topics: the cards of the board, and topics that resemble a title."""

from functools import cache
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from rapidfuzz import fuzz, process, utils

from forum.extension import extension
from forum.models.merge_proposal import MergeProposal

if TYPE_CHECKING:
    from forum.models.topic import Topic

MIN_SIMILARITY = 72
"""Percent of rapidfuzz's token set ratio."""
MAX_SIMILAR = 3


class TopicQuerySet(models.QuerySet["Topic"]):
    def active(self) -> Self:
        """Return the topics that were neither withdrawn nor merged into another, and do not wait for approval."""
        return self.filter(withdrawn_at=None, waits_since=None)

    def placed(self) -> Self:
        """Return the topics that are on the agenda. One that was taken off it keeps its group, without a slot."""
        return self.filter(group__slot__isnull=False)

    def for_board(self) -> Self:
        """Add all that a card shows, in a fixed number of queries."""
        merged = Prefetch("merged", self.model.objects.select_related("convener"))
        rows = self.select_related("convener", "group__slot", "group__place", "pitch").prefetch_related(merged)
        rows = rows.annotate(
            interest_count=_count(self.model, "interests"),
            presence_count=_count(self.model, "group__presences", group__presences__left_at=None),
            has_merge_proposal=Exists(MergeProposal.objects.filter(Q(topic=OuterRef("pk")) | Q(into=OuterRef("pk")))),
        )
        return extension().with_reports(rows)

    def similar(self, title: str, excluding: int | None = None) -> list["Topic"]:
        """Return at most MAX_SIMILAR active topics with nearly this title, the closest first."""
        titles = dict(self.active().exclude(pk=excluding or 0).values_list("pk", "title"))
        matches = process.extract(
            title,
            titles,
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            score_cutoff=MIN_SIMILARITY,
            limit=MAX_SIMILAR,
        )
        topics = self.in_bulk([pk for _title, _score, pk in matches]) if matches else {}
        return [topics[pk] for _title, _score, pk in matches]


def _count(topics: type["Topic"], relation: str, **where: Any) -> Coalesce:
    """Count the rows of one relation per topic, as a subquery: joins of several would multiply each other."""
    rows = topics.objects.filter(pk=OuterRef("pk"), **{f"{relation}__isnull": False}, **where)
    return Coalesce(Subquery(rows.order_by().values("pk").annotate(n=Count(relation)).values("n")), 0)


@cache
def cards(topics: type["Topic"]) -> TopicQuerySet:
    """Return `for_board()` of all topics, built once: building it takes longer than running it."""
    return topics.objects.for_board()
