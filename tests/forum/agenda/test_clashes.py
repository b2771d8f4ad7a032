"""Clashes of the agenda: compared with a second count, and shown to those who can move a topic."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from html import unescape
from itertools import combinations
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum.agenda.clashes import ClashKind, find_clashes
from forum.fragment_keys import Key
from forum.live import board as boards
from forum.live import catch_up
from forum.live.audience import Audience
from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from forum.text.typography import NBSP
from tests.conftest import ClientFor, move

pytestmark = pytest.mark.django_db

TOPICS, PEOPLE = 5, 4
numbers = st.integers
Pairs = set[tuple[int, int]]


@dataclass
class RandomAgenda:
    """An agenda of TOPICS topics and PEOPLE people, as numbers."""

    conveners: list[int | None]
    """By topic."""
    cells: list[tuple[int, int] | None]
    """By topic: slot, and place (3 for elsewhere)."""
    interests: Pairs
    """Topics and the people who want them."""
    presences: Pairs
    """Topics and the people who sit in their groups."""
    withdrawn: int | None
    merged: tuple[int, int] | None
    """A topic, and the one into which it is merged."""
    phase: Phase

    def create(self) -> None:
        by = Actor()
        self.forum = Forum.objects.create(title="Jour", question="Quoi ?", phase=self.phase)
        self.slots = [Slot.objects.create(forum=self.forum, starts_at=time(10 + n)) for n in range(2)]
        places = [Place.objects.create(forum=self.forum, name=f"Salle {n}", seats=n, position=n) for n in range(3)]
        people = [Participant.join(self.forum, name=f"Personne {n}") for n in range(PEOPLE)]
        owners = [None if n is None else people[n] for n in self.conveners]
        self.topics = [Topic.propose(self.forum, f"Sujet {n}", "", owner, by) for n, owner in enumerate(owners)]
        self.placed: dict[int, tuple[int, int]] = {}
        for n, cell in enumerate(self.cells):
            if cell and (cell[1] == 3 or cell not in self.placed.values()):
                Group.place_topic(self.topics[n], self.slots[cell[0]], places[cell[1]] if cell[1] < 3 else None, by)
                self.placed[n] = cell
        for n, person in self.interests:
            self.topics[n].interests.create(participant=people[person])
        self.presences = {(n, person) for n, person in self.presences if n in self.placed}
        for n, person in self.presences:
            Group.for_topic(self.topics[n]).presences.create(participant=people[person])
        self._withdraw()

    def _withdraw(self) -> None:
        self.owners = [{n} - {None} for n in self.conveners]
        withdrawn, into = self.withdrawn, None
        if self.merged and self.merged[0] != self.merged[1]:
            withdrawn, into = self.merged
            self.owners[into] |= self.owners[withdrawn]
        if withdrawn is not None:
            rows = Topic.objects.filter(pk=self.topics[withdrawn].pk)
            rows.update(withdrawn_at=timezone.now(), merged_into=None if into is None else self.topics[into])
            self.placed.pop(withdrawn, None)

    def expected(self) -> Iterator[tuple[Any, ...]]:
        """Count the clashes in another way."""
        for slot in range(2):
            here = [n for n in sorted(self.placed) if self.placed[n][0] == slot]
            for person in range(PEOPLE):
                convened = tuple(n for n in here if person in self.owners[n])
                if len(convened) > 1:
                    yield ClashKind.CONVENER, slot, convened, len(convened)
            for n in here:
                coming = self.people(n, self.presences if self.phase == Phase.GROUPS else self.interests)
                if 0 < self.placed[n][1] < 3 and len(coming) > self.placed[n][1]:
                    yield ClashKind.SEATS, slot, (n,), len(coming)
            for n, other in combinations(here, 2):
                if both := self.people(n, self.interests) & self.people(other, self.interests):
                    yield ClashKind.BOTH, slot, (n, other), len(both)

    def people(self, topic: int, pairs: Pairs) -> set[int]:
        return {person for n, person in pairs if n == topic}

    def actual(self) -> Iterator[tuple[Any, ...]]:
        for clash in find_clashes(self.forum):
            topics = tuple(self.topics.index(topic) for topic in clash.topics)
            yield clash.kind, self.slots.index(clash.slot), topics, clash.people


topics, pairs = numbers(0, TOPICS - 1), st.sets(st.tuples(numbers(0, TOPICS - 1), numbers(0, PEOPLE - 1)))
agendas = st.builds(
    RandomAgenda,
    conveners=st.lists(st.none() | numbers(0, PEOPLE - 1), min_size=TOPICS, max_size=TOPICS),
    cells=st.lists(st.none() | st.tuples(numbers(0, 1), numbers(0, 3)), min_size=TOPICS, max_size=TOPICS),
    interests=pairs,
    presences=pairs,
    withdrawn=st.none() | topics,
    merged=st.none() | st.tuples(topics, topics),
    phase=st.sampled_from([Phase.MARKETPLACE, Phase.GROUPS]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agenda=agendas)
def test_clashes_are_those_counted_by_hand(agenda: RandomAgenda) -> None:
    agenda.create()
    assert Counter(agenda.actual()) == Counter(agenda.expected())


@pytest.fixture
def second(forum: Forum, group: Group, slot: Slot, nadia: Participant) -> Group:
    """Another topic of Nadia’s, in the same slot as her first one."""
    topic = Topic.propose(forum, "L’eau en août", "", nadia, Actor(nadia))
    return Group.place_topic(topic, slot, None, Actor(nadia), elsewhere="Au jardin")


def clashes_on_desk(forum: Forum) -> str:
    with override("en"):
        html = boards.Board(Forum.objects.get(pk=forum.pk), Audience.DESK).fragment(Key.CLASHES)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def clashes_on_page(client_for: ClientFor, person: Participant | Facilitator, topic: Topic) -> str:
    client = client_for(person)
    client.cookies["django_language"] = "en"
    html = client.get(topic.get_absolute_url()).content.decode()
    section = re.search(r'<section[^>]*id="clashes".*?</section>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", section[0])).replace(NBSP, " ").split()) if section else ""


def test_the_desk_names_conveners_who_clash_and_counts_people_who_want_both(
    forum: Forum, second: Group, topic: Topic, theo: Participant
) -> None:
    for each in (topic, second.topic):
        each.set_interest(theo, True, Actor(theo))

    assert clashes_on_desk(forum) == (
        "To look at 2 10:15 Nadia Ferrand convenes several groups: 1 Rafraîchir nos cours d’école 2 L’eau en août "
        "10:15 1 person wants both: 1 Rafraîchir nos cours d’école 2 L’eau en août"
    )


def test_a_solved_clash_leaves_open_desks(forum: Forum, second: Group, afternoon: Slot) -> None:
    before = Forum.objects.get(pk=forum.pk)
    Group.place_topic(second.topic, afternoon, None, Actor())

    html = catch_up.delta(before, Audience.DESK, before.revision, before.epoch).html
    assert re.findall(r'<section id="clashes"[^>]*( hidden)>', html) == [" hidden"]


def test_conveners_and_facilitators_see_the_clashes_of_a_topic_and_nobody_else_does(
    forum: Forum, second: Group, topic: Topic, hall: Place, theo: Participant, nadia: Participant,
    camille: Facilitator, client_for: ClientFor,
) -> None:  # fmt: skip
    Place.objects.filter(pk=hall.pk).update(seats=1)
    for person in (theo, nadia):
        for each in (topic, second.topic):
            each.set_interest(person, True, Actor(person))

    text = (
        "To look at At the same time, Nadia Ferrand also convenes: 2 · L’eau en août 2 people for 1 seats, "
        "Salle des Fêtes. 2 people also want to go, at the same time, to: 2 · L’eau en août Nothing forbids it: it is "
        "only good to know, and perhaps to move one of them."
    )
    shown = [clashes_on_page(client_for, person, topic) for person in (nadia, camille, theo)]
    assert shown == [text, text, ""]


def test_hidden_totals_are_hidden_from_the_convener_too(
    forum: Forum, second: Group, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    Forum.objects.filter(pk=forum.pk).update(hides_totals=True)
    for each in (topic, second.topic):
        each.set_interest(theo, True, Actor(theo))

    text = clashes_on_page(client_for, nadia, topic)
    assert "want" not in text
    assert text.startswith("To look at At the same time, Nadia Ferrand also convenes:")


def test_outside_the_marketplace_and_the_groups_there_are_no_clashes(forum: Forum, second: Group) -> None:
    for phase in (Phase.OPENING, Phase.CLOSING, Phase.PUBLISHED):
        move(forum, phase)
        assert find_clashes(Forum.objects.get(pk=forum.pk)) == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_topics(
    forum: Forum, second: Group, slot: Slot, theo: Participant, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for n in range(12):
        topic = Topic.propose(forum, f"Sujet {n}", "", theo, Actor(theo))
        Group.place_topic(topic, slot, None, Actor(theo), elsewhere=f"Table {n}")
        topic.set_interest(theo, True, Actor(theo))
    for phase, queries in ((Phase.MARKETPLACE, 6), (Phase.GROUPS, 7)):
        move(forum, phase)
        with django_assert_num_queries(queries):
            clashes = find_clashes(forum)
        assert Counter(clash.kind for clash in clashes) == {ClashKind.CONVENER: 2, ClashKind.BOTH: 66}


def test_a_clash_links_to_the_cards_of_its_topics(forum: Forum, second: Group, topic: Topic) -> None:
    html = boards.Board(Forum.objects.get(pk=forum.pk), Audience.DESK).fragment(Key.CLASHES)
    assert re.findall(r'href="#(topic-\d+)"', html) == [f"topic-{topic.pk}", f"topic-{second.topic.pk}"]
