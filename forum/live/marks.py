"""Marks: what each participant's phones show as theirs."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import connection

from forum.models import Participant, Topic
from forum.models.participant import Roaming

PARTICIPANTS_PER_QUERY = 200
"""Databases take only so many values."""


def marks_of(participants: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return by participant the ids of topics that they go to, sit in or convene; and, if they roam, as what.

    `waiting`: a topic or a closing word of theirs waits for approval; `access`: a facilitator gave a code for a device
    of theirs; `accessed`: a device came with it.
    """
    marks: dict[int, dict[str, Any]] = {pk: {"going": [], "here": [], "mine": []} for pk in participants}
    everyone = list(marks)
    for start in range(0, len(everyone), PARTICIPANTS_PER_QUERY):
        for name, person, topic in _rows_of(everyone[start : start + PARTICIPANTS_PER_QUERY]):
            marks[person].setdefault(name, []).append(topic)
    for own in marks.values():
        for topics in own.values():
            topics[:] = sorted(set(topics))
    return marks


def _rows_of(people: list[int]) -> list[tuple[str, int, int]]:
    """Return (name of the mark, participant, topic) in one query, whose SQL is made once per number of people."""
    sql, values = _marks_query(len(people))
    with connection.cursor() as cursor:
        # A negative number is an index into the list of people.
        cursor.execute(sql, [people[value] if isinstance(value, int) else value for value in values])
        return list(cursor.fetchall())


@lru_cache
def _marks_query(size: int) -> tuple[str, list[Any]]:
    """Return the SQL for so many people and its values, where -1 stands for the last of them.

    Every page load runs it, and building it takes longer than running it.
    """
    indexes = list(range(-size, 0))
    people = Participant.objects.filter(pk__in=indexes).order_by()
    topics = Topic.objects.active().order_by()
    waiting = Topic.objects.filter(withdrawn_at=None, waits_since__isnull=False).order_by()
    here = people.filter(presences__isnull=False, presences__left_at=None)
    queries = (
        ("going", people.filter(interests__isnull=False).values_list("pk", "interests__topic")),
        ("here", here.values_list("pk", "presences__group__topic")),
        ("mine", topics.filter(convener__in=indexes).values_list("convener", "pk")),
        ("mine", topics.filter(merged__convener__in=indexes).values_list("merged__convener", "pk")),
        ("waiting", waiting.filter(convener__in=indexes).values_list("convener", "convener")),
        ("waiting", people.filter(feedback__waits_since__isnull=False).values_list("pk", "pk")),
        ("access", people.filter(access_given_at__isnull=False, access_used_at=None).values_list("pk", "pk")),
        ("accessed", people.filter(access_used_at__isnull=False).values_list("pk", "pk")),
        *((kind.value, people.filter(roaming=kind).values_list("pk", "pk")) for kind in Roaming),
    )
    parts: list[str] = []
    values: list[Any] = []
    for name, query in queries:
        sql, query_values = query.query.sql_with_params()
        parts.append(f"SELECT '{name}', marked.* FROM ({sql}) AS marked")  # noqa: S608 names of ours
        values += query_values
    if set(indexes) != {value for value in values if isinstance(value, int)}:
        raise ValueError("the people must be the only numbers of these queries")
    return " UNION ALL ".join(parts), values
