"""The suggested agenda: what the search may and may not do, and how a facilitator takes it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.agenda.suggestion import Cell, Day, suggest
from forum.agenda.suggestion import Topic as Wanted
from forum.agenda.suggestion import agenda as agendas
from forum.agenda.suggestion.agenda import Agenda
from forum.agenda.suggestion.difference import Move, chains, moves
from forum.agenda.suggestion.pairing import match
from forum.live import catch_up
from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Participant, Place, Slot, Topic
from forum.phases import Phase
from tests.conftest import ClientFor, move

# ---- the search ---------------------------------------------------------------------------------------------

SLOTS, PLACES = (1, 2, 3), {10: 4, 11: None, 12: 2}
PEOPLE = st.frozensets(st.integers(1, 12), max_size=6)


@st.composite
def days(draw: st.DrawFn) -> Day:
    """Any day: topics that wait or have a cell, some of them frozen, some elsewhere, and slots that are closed."""
    free = draw(st.permutations(list(product(SLOTS, PLACES))))
    cells: list[Cell | None] = [*free, *product(SLOTS, [None]), None, None, None]
    topics = []
    for number in range(draw(st.integers(0, 9))):
        cell = cells.pop(draw(st.integers(0, len(cells) - 1)))
        if cell is None or cell[1] is None:
            cells.append(cell)  # they never run out
        conveners = frozenset(draw(st.lists(st.integers(1, 12), max_size=2)))
        topics.append(Wanted(number, draw(PEOPLE) | conveners, conveners, cell, draw(st.integers(0, 4)) == 0))
    return Day(topics, draw(st.lists(st.sampled_from(SLOTS), unique=True).map(sorted)), PLACES)


def clashes(day: Day, cells: Any) -> int:
    """Pairs of topics at the same hour that share a convener."""
    placed = [topic for topic in day.topics if topic.id in cells]
    return sum(
        bool(one.conveners & other.conveners) and cells[one.id][0] == cells[other.id][0] and one.id < other.id
        for one, other in product(placed, placed)
    )


@pytest.mark.laptop
@settings(max_examples=60, deadline=None)
@given(day=days())
def test_a_suggestion_keeps_its_rules(day: Day) -> None:
    cells = suggest(day)
    held = {
        topic.id: topic.cell
        for topic in day.topics
        if topic.cell and (topic.is_frozen or topic.cell[0] not in day.slots)
    }
    elsewhere = {topic.id for topic in day.topics if topic.cell and topic.cell[1] is None}

    assert {topic: cells[topic] for topic in held} == held
    assert day.collisions(cells) == {}
    assert all(cells[topic][1] is None for topic in elsewhere)
    assert {cell[0] for topic, cell in cells.items() if topic not in held} <= set(day.slots)
    assert set(cells) == ({topic.id for topic in day.topics} if day.slots else set(held))
    assert suggest(day) == cells


@settings(max_examples=60, deadline=None)
@given(day=days())
def test_a_suggestion_is_never_worse_than_the_present(day: Day) -> None:
    cells = suggest(day)
    known = {topic: cell for topic, cell in cells.items() if topic in day.present}
    more, fewer = clashes(day, cells), clashes(day, day.present)

    # Those that wait may bring clashes that cannot be avoided; among the others there are never more.
    assert clashes(day, known) <= fewer or more > fewer
    assert day.met(cells) >= day.met(day.present) or clashes(day, cells) < fewer


@pytest.mark.laptop
@settings(max_examples=30, deadline=None)
@given(wanted=st.lists(st.tuples(PEOPLE, st.integers(1, 4)), min_size=2, max_size=6), places=st.integers(1, 3))
def test_a_small_suggestion_is_the_best_there_is(wanted: list[tuple[frozenset[int], int]], places: int) -> None:
    topics = [Wanted(n, people | {convener}, frozenset({convener})) for n, (people, convener) in enumerate(wanted)]
    day = Day(topics, [1, 2, 3], dict.fromkeys(range(places)))
    most = max(places, -(-len(topics) // 3))
    agendas = (
        {n: (slot, None) for n, slot in enumerate(slots)}
        for slots in product((1, 2, 3), repeat=len(topics))
        if max(map(slots.count, slots)) <= most
    )
    cells = suggest(day)

    best = max((-clashes(day, agenda), day.met(agenda)) for agenda in agendas)
    assert (-clashes(day, cells), day.met(cells)) == best


def test_the_biggest_group_gets_the_biggest_room_and_who_fits_stays() -> None:
    topics = [
        Wanted(1, frozenset(range(30)), cell=(1, 10)),
        Wanted(2, frozenset(range(30, 40)), cell=(1, 11)),
        Wanted(3, frozenset(range(40, 45)), cell=(1, 12)),
    ]
    assert suggest(Day(topics, [1], {10: 12, 11: 40, 12: 8})) == {1: (1, 11), 2: (1, 10), 3: (1, 12)}


def test_what_is_as_good_as_it_can_be_does_not_move() -> None:
    topics = [Wanted(n, frozenset({n, n + 1, n + 2}), cell=(n % 3, n // 3)) for n in range(9)]
    day = Day(topics, [0, 1, 2], dict.fromkeys(range(3)))
    assert suggest(day) == day.present


def test_topics_meet_elsewhere_only_for_want_of_a_place_and_then_the_least_wanted() -> None:
    topics = [Wanted(n, frozenset(range(n))) for n in range(1, 6)]
    cells = suggest(Day(topics, [1, 2], {10: None, 11: None}))
    assert [n for n, cell in cells.items() if cell[1] is None] == [1]


ROWS = st.lists(st.lists(st.integers(-5, 9), min_size=5, max_size=5), min_size=1, max_size=5)


@given(costs=ROWS)
def test_pairs_cost_the_least(costs: list[list[int]]) -> None:
    chosen = match(costs)
    others = (c for c in product(range(5), repeat=len(costs)) if len(set(c)) == len(c))
    assert len(set(chosen)) == len(costs)
    assert sum(row[c] for row, c in zip(costs, chosen, strict=True)) == min(
        sum(row[c] for row, c in zip(costs, other, strict=True)) for other in others
    )


def test_a_day_survives_its_journey_to_another_process() -> None:
    topics = [
        Wanted(1, frozenset({1, 2}), frozenset({1}), (3, None)),
        Wanted(2, frozenset(), frozenset(), (3, 4), True),
    ]
    day = Day(topics, [3], {4: 12, 5: None})
    assert Day.from_json(day.to_json()) == day


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
def desk(camille: Facilitator, client_for: ClientFor) -> Client:
    client = client_for(camille)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def page(forum: Forum) -> str:
    return reverse("suggestion", args=[forum.code])


@pytest.fixture
def torn(forum: Forum, slot: Slot, afternoon: Slot, hall: Place, chair: Actor) -> list[Topic]:
    """Four topics in two slots; those at the same hour are wanted by the same three people each."""
    crowds = [[Participant.join(forum, name=f"Personne {n}{m}") for m in range(3)] for n in range(2)]
    preau = Place.objects.get(forum=forum, name="Le Préau")
    topics = []
    for n, (where, place) in enumerate([(slot, hall), (slot, preau), (afternoon, hall), (afternoon, preau)]):
        topic = Topic.propose(forum, f"Sujet {n}", "", None, chair)
        Group.place_topic(topic, where, place, chair)
        for person in crowds[n // 2]:
            topic.set_interest(person, True, Actor(person))
        topics.append(topic)
    return topics


def cells(topics: list[Topic]) -> list[tuple[int, int]]:
    rows = Group.objects.filter(topic__in=topics).order_by("topic__number")
    return [(row.slot_id, row.place_id) for row in rows if row.slot_id and row.place_id]


def suggested(forum: Forum) -> list[list[Move]]:
    agenda = Agenda(forum)
    return moves(agenda, agenda.suggested())


def boxes(html: str) -> list[str]:
    return re.findall(r'type="checkbox" id="[^"]+" name="move" value="([^"]+)"', html)


def ticked(html: str) -> list[str]:
    return re.findall(r'name="move" value="([^"]+)" aria-describedby="[^"]+" checked', html)


def alerts(html: str) -> list[str]:
    found = re.search(r'role="alert">(.*?)</div>', html, re.DOTALL)
    return re.findall(r"<p>(.*?)</p>", found[1]) if found else []


def form_of(answer: Any, **changes: Any) -> dict[str, Any]:
    html = answer.content.decode()
    mark = re.search(r'name="agenda" value="(\w+)"', html)
    assert mark
    return {"agenda": mark[1], "move": boxes(html), "offered": boxes(html), **changes}


def test_a_suggestion_says_what_it_gains_and_what_would_move(desk: Client, page: str, torn: list[Topic]) -> None:
    html = desk.get(page).content.decode()

    assert re.findall(r"</progress> <b>(\d+)</b>", html) == ["6", "12"]
    assert len(boxes(html)) == 2
    assert ticked(html) == boxes(html)
    assert set(re.findall(r'<p class="why soft">(.*?)</p>', html)) == {
        "People who have to choose between it and another topic: 3, then 0."
    }


def test_accepting_it_is_one_change_that_everyone_sees_and_that_can_be_undone(
    desk: Client, page: str, torn: list[Topic], forum: Forum
) -> None:
    before, count = cells(torn), JournalEntry.objects.count()
    forum.refresh_from_db()
    answer = desk.post(page, form_of(desk.get(page)))

    entry = JournalEntry.objects.latest("revision")
    moved = {topic.pk for topic, old, new in zip(torn, before, cells(torn), strict=True) if old != new}
    assert answer.headers["Location"] == reverse("desk", args=[forum.code])
    assert (JournalEntry.objects.count(), entry.verb, len(moved)) == (count + 1, "accepted a suggestion", 2)
    assert {f"topic-{pk}" for pk in moved} <= set(entry.invalidated)
    assert len({slot for slot, _place in cells(torn)[:2]}) == len({slot for slot, _place in cells(torn)[2:]}) == 2
    shown = catch_up.delta(forum, "phone", forum.revision).html
    assert all(f'id="topic-{pk}"' in shown for pk in moved)
    told = desk.get(reverse("desk", args=[forum.code])).content.decode()
    assert "2 topics have moved: 12 wishes of 12 are met." in told
    entry.undo(Actor())
    assert cells(torn) == before


def test_a_part_of_it_that_does_not_hold_is_explained_and_stays_as_it_was_ticked(
    desk: Client, page: str, torn: list[Topic]
) -> None:
    before, sent = cells(torn), form_of(desk.get(page))
    answer = desk.post(page, sent | {"move": sent["move"][:1]})
    html = answer.content.decode()

    assert (answer.status_code, cells(torn), ticked(html)) == (409, before, sent["move"][:1])
    (said,) = alerts(html)
    assert re.fullmatch(
        r"Tick both moves, or neither: .+ at \d\d:\d\d would be taken by \d\. Sujet \d · \d\. Sujet \d", said
    )


def test_what_is_ticked_is_weighed_while_one_chooses(desk: Client, page: str, torn: list[Topic]) -> None:
    sent = form_of(desk.get(page))
    hx = {"hx-request": "true"}
    whole = desk.get(page, {"agenda": sent["agenda"], "move": sent["move"]}, headers=hx).content.decode()
    part = desk.get(page, {"agenda": sent["agenda"], "move": sent["move"][:1]}, headers=hx).content.decode()
    old = desk.get(page, {"agenda": "0", "move": sent["move"]}, headers=hx).content.decode()
    nonsense = desk.get(page, {"agenda": sent["agenda"], "move": "x"}, headers=hx).content.decode()

    assert "<b>12</b> wishes met of 12" in whole
    assert [text.count("problem") for text in (whole, part, old, nonsense)] == [0, 1, 1, 1]
    assert JournalEntry.objects.filter(verb="accepted a suggestion").count() == 0


def test_nothing_ticked_moves_nothing_and_says_so(desk: Client, page: str, torn: list[Topic]) -> None:
    before, sent = cells(torn), form_of(desk.get(page))
    answer = desk.post(page, sent | {"move": []})
    html = answer.content.decode()

    assert (answer.status_code, cells(torn), ticked(html)) == (409, before, [])
    assert alerts(html) == ["Nothing is ticked: tick the moves that you want."]
    assert ticked(desk.get(page + "?none").content.decode()) == []


@pytest.mark.parametrize("changed", [{}, {"move": "0:1-2"}, {"move": "x"}, {"move": "9" * 5000}, {"agenda": ""}])
def test_an_agenda_that_moved_meanwhile_gets_a_new_suggestion(
    desk: Client, page: str, torn: list[Topic], chair: Actor, changed: dict[str, str]
) -> None:
    sent = form_of(desk.get(page))
    if not changed:
        Group.objects.get(topic=torn[0]).unplace(chair)
    before = cells(torn)
    answer = desk.post(page, sent | changed)
    html = desk.get(page).content.decode()

    assert (answer.headers["Location"], cells(torn)) == (page, before)
    assert re.findall(r'<p class="notice" role="status">(.*?)</p>', html) == [
        "The agenda has moved in the meantime, and nothing was done: here is a new suggestion."
    ]
    assert boxes(html) != []


def test_frozen_cells_and_frozen_slots_stay(
    desk: Client, page: str, torn: list[Topic], afternoon: Slot, chair: Actor
) -> None:
    Group.objects.get(topic=torn[0]).freeze(chair)
    moving = {value.partition(":")[0] for value in boxes(desk.get(page).content.decode())}
    assert str(torn[0].pk) not in moving
    assert len(moving) == 2
    afternoon.freeze(chair)
    assert boxes(desk.get(page).content.decode()) == []


def test_what_has_begun_stays(
    forum: Forum, torn: list[Topic], slot: Slot, afternoon: Slot, theo: Participant, chair: Actor
) -> None:
    forum.date = timezone.localdate() - timedelta(days=300)
    forum.save()
    move(forum, Phase.GROUPS)
    assert Agenda(forum).day.slots == [slot.pk, afternoon.pk]
    Group.objects.get(topic=torn[0]).join(theo, Actor(theo))
    assert {topic.id for topic in Agenda(forum).day.topics if topic.is_frozen} == {torn[0].pk}
    found = Slot.objects.get(pk=slot.pk)
    found.begin(chair)
    assert slot.pk not in Agenda(forum).day.slots


def test_on_the_second_morning_what_met_the_day_before_stays(forum: Forum, slot: Slot, afternoon: Slot) -> None:
    Slot.objects.filter(pk=afternoon.pk).update(day=2)
    for days_ago, open_slots in ((0, [slot.pk, afternoon.pk]), (1, [afternoon.pk]), (300, [slot.pk, afternoon.pk])):
        forum.date = timezone.localdate(timezone=forum.zone) - timedelta(days=days_ago)
        forum.save()
        assert Agenda(forum).day.slots == open_slots


def test_conveners_of_merged_topics_convene_too_and_people_who_left_do_not(
    forum: Forum, topic: Topic, nadia: Participant, theo: Participant, chair: Actor
) -> None:
    other = Topic.propose(forum, "Autre", "", theo, Actor(theo))
    gone = Participant.join(forum, name="Partie")
    topic.set_interest(gone, True, Actor(gone))
    gone.remove(chair)
    Topic.objects.filter(pk=other.pk).update(merged_into=topic, withdrawn_at=timezone.now())

    (wanted,) = Agenda(forum).day.topics
    assert [*map(sorted, (wanted.conveners, wanted.people))] == [[nadia.pk, theo.pk], [nadia.pk, theo.pk]]


def test_a_convener_who_is_expected_twice_comes_first(
    forum: Forum, torn: list[Topic], nadia: Participant, chair: Actor
) -> None:
    for topic in (torn[0], torn[1]):
        topic.convener = nadia
        topic.edit(chair)
    whys = {move.why for chain in suggested(forum) for move in chain if move.topic in torn[:2]}
    assert whys == {"Its convener is expected in another group at the same time."}


def test_topics_that_wait_get_a_cell_and_keep_their_name_for_another_place(
    forum: Forum, torn: list[Topic], afternoon: Slot, chair: Actor, page: str, desk: Client
) -> None:
    first, last = Group.objects.get(topic=torn[0]), Group.objects.get(topic=torn[3])
    Group.place_topic(torn[3], afternoon, None, chair, elsewhere="Sous le tilleul")
    first.unplace(chair)
    desk.post(page, form_of(desk.get(page)))

    first.refresh_from_db()
    last.refresh_from_db()
    assert (first.slot_id is None, first.place_id is None) == (False, False)
    assert (last.place, last.elsewhere) == (None, "Sous le tilleul")


def test_a_search_that_fails_is_said(
    desk: Client, page: str, torn: list[Topic], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(agendas, "PATIENCE", 0.0001)
    agendas._search.cache_clear()
    answer = desk.get(page)
    assert answer.status_code == 503
    assert "The search did not come to its end." in answer.content.decode()
    assert "no agenda was suggested" in caplog.text


def test_an_empty_forum_has_nothing_to_suggest(desk: Client, page: str) -> None:
    assert boxes(desk.get(page).content.decode()) == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_topics(
    forum: Forum, torn: list[Topic], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        suggested(forum)


def test_once_groups_have_begun_the_people_of_what_moves_are_told(
    desk: Client, page: str, forum: Forum, torn: list[Topic]
) -> None:
    forum.date = timezone.localdate() - timedelta(days=300)
    forum.save()
    move(forum, Phase.GROUPS)
    desk.post(page, form_of(desk.get(page)))
    assert forum.messages.active().count() == 2
