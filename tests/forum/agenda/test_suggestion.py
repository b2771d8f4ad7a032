"""The suggested agenda: the rules and the quality of the search, and what it reads of a forum."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations, product
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.agenda.suggestion import Cell, Problem, TopicDemand, suggest
from forum.agenda.suggestion.arrangement import Arrangement
from forum.agenda.suggestion.assignment import assign
from forum.agenda.suggestion.current_agenda import CurrentAgenda
from forum.agenda.suggestion.moves import Move, chains, list_moves
from forum.agenda.suggestion.search import Search
from forum.models import Actor, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.conftest import move

# ---- the search ---------------------------------------------------------------------------------------------

SLOTS, PLACES = (1, 2, 3), {10: 4, 11: None, 12: 2}
PEOPLE = st.frozensets(st.integers(1, 12), max_size=6)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem: topics that wait or have a cell, some frozen, some elsewhere, and some slots closed."""
    free = draw(st.permutations(list(product(SLOTS, PLACES))))
    cells: list[Cell | None] = [*free, *product(SLOTS, [None]), None, None, None]
    topics = []
    for number in range(draw(st.integers(0, 9))):
        cell = cells.pop(draw(st.integers(0, len(cells) - 1)))
        if cell is None or cell[1] is None:
            cells.append(cell)  # they never run out
        conveners = frozenset(draw(st.lists(st.integers(1, 12), max_size=2)))
        topics.append(TopicDemand(number, draw(PEOPLE) | conveners, conveners, cell, draw(st.integers(0, 4)) == 0))
    return Problem(topics, draw(st.lists(st.sampled_from(SLOTS), unique=True).map(sorted)), PLACES)


def count_clashes(problem: Problem, cells: Any) -> int:
    """Count the pairs of topics in the same slot that share a convener."""
    placed = [topic for topic in problem.topics if topic.id in cells]
    return sum(
        bool(one.conveners & other.conveners) and cells[one.id][0] == cells[other.id][0] and one.id < other.id
        for one, other in product(placed, placed)
    )


@pytest.mark.laptop
@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_a_suggestion_keeps_its_rules(problem: Problem) -> None:
    cells = suggest(problem)
    fixed = {
        topic.id: topic.cell
        for topic in problem.topics
        if topic.cell and (topic.is_frozen or topic.cell[0] not in problem.slots)
    }
    elsewhere = {topic.id for topic in problem.topics if topic.cell and topic.cell[1] is None}

    assert {topic: cells[topic] for topic in fixed} == fixed
    assert problem.double_bookings(cells) == {}
    assert all(cells[topic][1] is None for topic in elsewhere)
    assert {cell[0] for topic, cell in cells.items() if topic not in fixed} <= set(problem.slots)
    assert set(cells) == ({topic.id for topic in problem.topics} if problem.slots else set(fixed))
    assert suggest(problem) == cells


@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_a_suggestion_is_never_worse_than_the_present(problem: Problem) -> None:
    cells = suggest(problem)
    known = {topic: cell for topic, cell in cells.items() if topic in problem.present_cells}
    after, before = count_clashes(problem, cells), count_clashes(problem, problem.present_cells)

    # Topics that waited may bring clashes that cannot be avoided; among the others there are never more.
    assert count_clashes(problem, known) <= before or after > before
    assert (
        problem.wishes_met(cells) >= problem.wishes_met(problem.present_cells) or count_clashes(problem, cells) < before
    )


@pytest.mark.laptop
@settings(max_examples=30, deadline=None)
@given(wanted=st.lists(st.tuples(PEOPLE, st.integers(1, 4)), min_size=2, max_size=6), places=st.integers(1, 3))
def test_the_suggestion_for_a_small_forum_is_optimal(wanted: list[tuple[frozenset[int], int]], places: int) -> None:
    topics = [TopicDemand(n, people | {convener}, frozenset({convener})) for n, (people, convener) in enumerate(wanted)]
    problem = Problem(topics, [1, 2, 3], dict.fromkeys(range(places)))
    most = max(places, -(-len(topics) // 3))
    agendas = (
        {n: (slot, None) for n, slot in enumerate(slots)}
        for slots in product((1, 2, 3), repeat=len(topics))
        if max(map(slots.count, slots)) <= most
    )
    cells = suggest(problem)

    best = max((-count_clashes(problem, agenda), problem.wishes_met(agenda)) for agenda in agendas)
    assert (-count_clashes(problem, cells), problem.wishes_met(cells)) == best


def test_the_largest_group_gets_the_largest_place_and_groups_that_fit_stay() -> None:
    topics = [
        TopicDemand(1, frozenset(range(30)), cell=(1, 10)),
        TopicDemand(2, frozenset(range(30, 40)), cell=(1, 11)),
        TopicDemand(3, frozenset(range(40, 45)), cell=(1, 12)),
    ]
    assert suggest(Problem(topics, [1], {10: 12, 11: 40, 12: 8})) == {1: (1, 11), 2: (1, 10), 3: (1, 12)}


def test_a_place_whose_seats_are_unknown_seats_more_people_than_the_largest_that_can_be_typed() -> None:
    crowd = frozenset(range(Place.MAX_SEATS + 1))
    topics = [TopicDemand(1, crowd, cell=(1, 10)), TopicDemand(2, frozenset({1}), cell=(1, 11))]
    problem = Problem(topics, [1], {10: Place.MAX_SEATS, 11: None})
    search = Search(problem, deadline=0.0)
    assert suggest(problem) == {1: (1, 11), 2: (1, 10)}
    assert Arrangement(search, search.present()).people_without_seat(0) == 0


@given(
    groups=st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, (1, 0), (2, 1), (1, 2), (2, 3)])), max_size=4),
    seats=st.lists(st.none() | st.integers(0, 9), min_size=4, max_size=4),
)
def test_in_a_slot_nobody_stands_to_spare_a_move_and_no_topic_moves_for_nothing(
    groups: list[tuple[int, Cell | None]], seats: list[int | None]
) -> None:
    topics = [TopicDemand(n, frozenset(range(size)), cell=cell) for n, (size, cell) in enumerate(groups)]
    search = Search(Problem(topics, [1], dict(enumerate(seats))), deadline=0.0)

    def cost(places: tuple[int | None, ...]) -> tuple[int, int]:
        standing = moves = 0
        for topic, place in zip(topics, places, strict=True):
            known = 0 if place is None else seats[place]
            standing += 0 if known is None else max(0, len(topic.people) - known)
            before = topic.cell or (None, None)
            moves += 0 if before == (1, place) else 3 if before[0] == 1 else 1 if before[1] == place else 2
        return standing, moves

    cells = search._assign_places(topics, 0)
    assert cost(tuple(cells[topic.id][1] for topic in topics)) == min(map(cost, permutations(range(4), len(topics))))


def test_an_optimal_agenda_does_not_change() -> None:
    topics = [TopicDemand(n, frozenset({n, n + 1, n + 2}), cell=(n % 3, n // 3)) for n in range(9)]
    problem = Problem(topics, [0, 1, 2], dict.fromkeys(range(3)))
    assert suggest(problem) == problem.present_cells


def test_topics_meet_elsewhere_only_for_want_of_a_place_and_then_the_least_wanted() -> None:
    topics = [TopicDemand(n, frozenset(range(n))) for n in range(1, 6)]
    cells = suggest(Problem(topics, [1, 2], {10: None, 11: None}))
    assert [n for n, cell in cells.items() if cell[1] is None] == [1]


ROWS = st.lists(st.lists(st.integers(-5, 9), min_size=5, max_size=5), min_size=1, max_size=5)


@given(costs=ROWS)
def test_an_assignment_costs_the_least(costs: list[list[int]]) -> None:
    chosen = assign(costs)
    others = (c for c in product(range(5), repeat=len(costs)) if len(set(c)) == len(c))
    assert len(set(chosen)) == len(costs)
    assert sum(row[c] for row, c in zip(costs, chosen, strict=True)) == min(
        sum(row[c] for row, c in zip(costs, other, strict=True)) for other in others
    )


def test_a_problem_survives_json() -> None:
    topics = [
        TopicDemand(1, frozenset({1, 2}), frozenset({1}), (3, None)),
        TopicDemand(2, frozenset(), frozenset(), (3, 4), True),
    ]
    problem = Problem(topics, [3], {4: 12, 5: None})
    assert Problem.from_json(problem.to_json()) == problem


def test_moves_go_together_when_one_takes_the_place_that_another_leaves() -> None:
    before: dict[int, Cell] = {1: (1, 1), 2: (1, 2), 3: (2, 1), 4: (2, None), 5: (2, 2)}
    after: dict[int, Cell] = {1: (1, 2), 2: (2, 1), 3: (1, 1), 4: (1, None), 6: (2, 2), 5: (2, 3)}
    assert sorted(map(sorted, chains(before, after))) == [[1, 2, 3], [4], [5, 6]]


# ---- the agenda of a forum ------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def torn(forum: Forum, slot: Slot, afternoon: Slot, hall: Place, as_camille: Actor) -> list[Topic]:
    """Four topics in two slots; the same three people want both topics of a slot."""
    crowds = [[Participant.join(forum, name=f"Personne {n}{m}") for m in range(3)] for n in range(2)]
    preau = Place.objects.get(forum=forum, name="Le Préau")
    topics = []
    for n, (where, place) in enumerate([(slot, hall), (slot, preau), (afternoon, hall), (afternoon, preau)]):
        topic = Topic.propose(forum, f"Sujet {n}", "", None, as_camille)
        Group.place_topic(topic, where, place, as_camille)
        for person in crowds[n // 2]:
            topic.set_interest(person, True, Actor(person))
        topics.append(topic)
    return topics


def suggested_moves(forum: Forum) -> list[list[Move]]:
    agenda = CurrentAgenda(forum)
    return list_moves(agenda, agenda.suggest())


def test_groups_and_slots_that_have_begun_do_not_move(
    forum: Forum, torn: list[Topic], slot: Slot, afternoon: Slot, theo: Participant, as_camille: Actor
) -> None:
    forum.date = timezone.localdate() - timedelta(days=300)
    forum.save()
    move(forum, Phase.GROUPS)
    assert CurrentAgenda(forum).problem.slots == [slot.pk, afternoon.pk]
    Group.objects.get(topic=torn[0]).join(theo, Actor(theo))
    assert {topic.id for topic in CurrentAgenda(forum).problem.topics if topic.is_frozen} == {torn[0].pk}
    Slot.objects.get(pk=slot.pk).begin(as_camille)
    assert slot.pk not in CurrentAgenda(forum).problem.slots


def test_on_the_second_day_the_slots_of_the_first_do_not_move(forum: Forum, slot: Slot, afternoon: Slot) -> None:
    Slot.objects.filter(pk=afternoon.pk).update(day=2)
    for days_ago, open_slots in ((0, [slot.pk, afternoon.pk]), (1, [afternoon.pk]), (300, [slot.pk, afternoon.pk])):
        forum.date = timezone.localdate(timezone=forum.zone) - timedelta(days=days_ago)
        forum.save()
        assert CurrentAgenda(forum).problem.slots == open_slots


def test_conveners_of_merged_topics_convene_too_and_people_who_left_do_not(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, as_camille: Actor
) -> None:
    other = Topic.propose(forum, "Autre", "", theo, Actor(theo))
    gone = Participant.join(forum, name="Partie")
    topic.set_interest(gone, True, Actor(gone))
    gone.remove(as_camille)
    Topic.objects.filter(pk=other.pk).update(merged_into=topic, withdrawn_at=timezone.now())

    (demand,) = CurrentAgenda(forum).problem.topics
    assert [*map(sorted, (demand.conveners, demand.people))] == [[nadia.pk, theo.pk], [nadia.pk, theo.pk]]


def test_a_convener_clash_is_the_first_reason(
    forum: Forum, torn: list[Topic], nadia: Participant, as_camille: Actor
) -> None:
    for topic in (torn[0], torn[1]):
        topic.convener = nadia
        topic.edit(as_camille)
    reasons = {move.reason for chain in suggested_moves(forum) for move in chain if move.topic in torn[:2]}
    assert reasons == {"Its convener is expected in another group at the same time."}


def test_the_number_of_queries_does_not_depend_on_the_number_of_topics(
    forum: Forum, torn: list[Topic], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        suggested_moves(forum)
