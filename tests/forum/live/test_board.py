"""The board at revision n, plus what is sent for n→m, is the board at m: for every verb and audience."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from forum.live import board as boards
from forum.live import catch_up
from forum.live.audience import BOARDS, Audience
from forum.live.marks import marks_of
from forum.models import Actor, Forum, Group, Participant, Slot, Topic
from forum.phases import Phase
from forum.rehearsal.board import ShownBoard
from tests.forum.random_day import STEPS, VERBS, Day, a_day
from tests.live_pages import message_of, opened, shown

OTHERS = [phase for phase in Phase if phase != Phase.GROUPS]


def fresh(forum: Forum, audience: Audience) -> ShownBoard:
    return shown(boards.Board(Forum.objects.get(pk=forum.pk), audience).html())


def all_marks(forum: Forum) -> dict[int, Any]:
    """Read the marks of every participant."""
    return marks_of(forum.participants.values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "audience",
    [Audience.PHONE, *(pytest.param(name, marks=pytest.mark.laptop) for name in (Audience.WALL, Audience.DESK))],
)
@given(phase=st.sampled_from(list(Phase)), steps=STEPS, looks=st.lists(st.booleans(), min_size=14, max_size=14))
def test_a_page_that_catches_up_shows_what_a_fresh_page_shows(
    audience: Audience, phase: Phase, steps: list[tuple[str, int]], looks: list[bool]
) -> None:
    day = a_day(phase)
    forum = Forum.objects.get(pk=day.forum.pk)
    page = opened(boards.Board(forum, audience).html(), forum.revision, forum.epoch)
    marks, marked_at = all_marks(forum), page.shown
    for (verb, n), look in zip(steps, looks, strict=False):
        getattr(day, verb)(n)
        if look:
            page.show(message_of(catch_up.delta(forum, audience, page.shown, forum.epoch)))
            assert page.board == fresh(forum, audience), verb
        told = catch_up.delta(forum, Audience.PAGE, marked_at, forum.epoch)
        marks |= marks_of(int(key.removeprefix("me-")) for key in told.moved if key.startswith("me-"))
        marked_at = told.to
        assert {pk: mark for pk, mark in all_marks(forum).items() if any(mark.values())} == {
            pk: mark for pk, mark in marks.items() if any(mark.values())
        }
    page.show(message_of(catch_up.delta(forum, audience, page.shown, forum.epoch)))
    assert page.board == fresh(forum, audience)


@pytest.mark.django_db
@pytest.mark.parametrize("phase", [Phase.GROUPS, *(pytest.param(phase, marks=pytest.mark.laptop) for phase in OTHERS)])
def test_each_verb_in_each_phase_is_sent_to_each_audience(phase: Phase) -> None:
    day = a_day(phase)
    groups = (
        ("place_topic", 0), ("place_topic", 1), ("join_group", 0), ("write_report", 0), ("add_action", 0),
        ("post_comment", 0), ("give_feedback", 1),
    )  # fmt: skip
    for name, n in (*groups, ("queue_pitch", 0), ("queue_pitch", 1), ("begin_pitch", 0)):
        getattr(day, name)(n)
    forum = Forum.objects.get(pk=day.forum.pk)
    pages = {audience: boards.Board(forum, audience).html() for audience in BOARDS}
    wrong = []
    for verb in VERBS:
        cache.clear()
        with transaction.atomic():  # the next verb finds the day as it was
            getattr(Day(Forum.objects.get(pk=forum.pk)), verb)(0)
            for audience, html in pages.items():
                page = opened(html, forum.revision, forum.epoch)
                page.show(message_of(catch_up.delta(forum, audience, page.shown, forum.epoch)))
                if page.board != fresh(forum, audience):
                    wrong.append((verb, audience))
            transaction.set_rollback(True)
    assert wrong == []


@pytest.mark.django_db
def test_a_delta_that_comes_twice_or_late_changes_nothing(forum: Forum, topic: Topic, nadia: Participant) -> None:
    before = Forum.objects.get(pk=forum.pk)
    page = opened(boards.Board(before, Audience.PHONE).html(), before.revision, before.epoch)
    topic.set_interest(nadia, True, Actor(nadia))
    first = message_of(catch_up.delta(forum, Audience.PHONE, page.shown))
    topic.set_interest(nadia, False, Actor(nadia))
    second = message_of(catch_up.delta(forum, Audience.PHONE, page.shown))
    page.show(second)
    now = deepcopy(page.board)
    for late in (second, first, first):
        page.show(late)
        assert page.board == now


@pytest.mark.django_db
def test_a_page_from_before_a_restored_backup_gets_the_whole_board(forum: Forum, topic: Topic) -> None:
    forum.refresh_from_db()
    assert catch_up.delta(forum, Audience.PHONE, forum.revision, "0ther000").whole
    assert catch_up.delta(forum, Audience.PHONE, forum.revision + 5, forum.epoch).whole


@pytest.mark.django_db
def test_a_join_costs_a_phone_less_than_a_kilobyte(forum: Forum, topic: Topic) -> None:
    forum.refresh_from_db()
    since = forum.revision
    Participant.join(forum, name="Nouvelle")
    assert len(catch_up.delta(forum, Audience.PHONE, since, forum.epoch).html.encode()) < 1000


@pytest.mark.django_db
def test_the_number_of_queries_of_a_board_does_not_depend_on_the_number_of_topics(
    forum: Forum, nadia: Participant, slot: Slot, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for n in range(12):
        topic = Topic.propose(forum, f"Sujet {n}", "", nadia, Actor(nadia))
        Group.place_topic(topic, slot, None, Actor(nadia), elsewhere=f"Table {n}")
    for phase in Phase:
        forum.move_to(phase, Actor())
        for audience in BOARDS:
            with django_assert_max_num_queries(28):
                boards.Board(forum, audience).html()
