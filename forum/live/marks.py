"""Marks: what each participant's phones show as theirs."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import connection

from forum.models import Participant, Topic
from forum.models.participant import Roaming


def marks_of(participants: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What each of these participants' phones mark as theirs: ids of topics; and what they are when they roam."""
    marks: dict[int, dict[str, Any]] = {pk: {"going": [], "here": [], "mine": []} for pk in participants}
    everyone = list(marks)
    for begin in range(0, len(everyone), AT_ONCE):
        for name, person, topic in _rows_of(everyone[begin : begin + AT_ONCE]):
            marks[person].setdefault(name, []).append(topic)
    for mark in marks.values():
        for topics in mark.values():
            topics[:] = sorted(set(topics))
    return marks


AT_ONCE = 200
"""Participants in one query: databases take only so many values."""


def _rows_of(people: list[int]) -> list[tuple[str, int, int]]:
    """What is marked, whose, and the topic's id: one query, written once for each number of people."""
    sql, values = _marks_query(len(people))
    with connection.cursor() as cursor:
        # A number below zero is a place in the list of the people.
        cursor.execute(sql, [people[value] if isinstance(value, int) else value for value in values])
        return list(cursor.fetchall())


@lru_cache
def _marks_query(size: int) -> tuple[str, list[Any]]:
    """The query for so many people, and its values, where −1 is the last of them. Every page load asks it."""
    unknown = list(range(-size, 0))
    people = Participant.objects.filter(pk__in=unknown).order_by()
    topics = Topic.objects.standing().order_by()
    queries = (
        ("going", people.filter(interests__isnull=False).values_list("pk", "interests__topic")),
        (
            "here",
            people.filter(presences__isnull=False, presences__left_at=None).values_list(
                "pk", "presences__group__topic"
            ),
        ),
        ("mine", topics.filter(convener__in=unknown).values_list("convener", "pk")),
        ("mine", topics.filter(merged__convener__in=unknown).values_list("merged__convener", "pk")),
        *((kind.value, people.filter(roams_as=kind).values_list("pk", "pk")) for kind in Roaming),
    )
    parts: list[str] = []
    values: list[Any] = []
    for name, query in queries:
        sql, own = query.query.sql_with_params()
        parts.append(f"SELECT '{name}', found.* FROM ({sql}) AS found")  # noqa: S608 names of ours
        values += own
    if set(unknown) != {value for value in values if isinstance(value, int)}:
        raise ValueError("the people must be the only numbers of these queries")
    return " UNION ALL ".join(parts), values
