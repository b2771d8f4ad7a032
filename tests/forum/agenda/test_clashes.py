"""Clashes of the agenda: all that one would count by hand, told to those who can move something."""

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

from forum.agenda.clashes import BOTH, CONVENER, SEATS, clashes
from forum.fragment_keys import Key
from forum.live import board as boards
from forum.live import catch_up
from forum.models import Actor, Facilitator, Forum, Group, Participant, Place, Slot, Topic
from forum.phases import Phase
from forum.templatetags.words import NBSP
from tests.conftest import ClientFor, move

pytestmark = pytest.mark.django_db

TOPICS, PEOPLE = 5, 4
numbers = st.integers
Pairs = set[tuple[int, int]]


@dataclass
class Day:
    """An agenda as it is drawn by lot: who convenes what (or nobody), which cell each topic has (a slot, and a place or
    3 for elsewhere; or none), which person (second) wants what (first) and sits where, and what is gone or merged."""

    conveners: list[int | None]
    cells: list[tuple[int, int] | None]
    interests: Pairs
    presences: Pairs
    gone: int | None
    merged: tuple[int, int] | None
    phase: Phase

    def play(self) -> None:
        by = Actor()
        self.forum = Forum.objects.create(title="Jour", question="Quoi ?", phase=self.phase)
        self.slots = [Slot.objects.create(forum=self.forum, starts_at=time(10 + n)) for n in range(2)]
        places = [Place.objects.create(forum=self.forum, name=f"Salle {n}", seats=n, position=n) for n in range(3)]
        people = [Participant.join(self.forum, name=f"Personne {n}") for n in range(PEOPLE)]
        owners = [None if n is None else people[n] for n in self.conveners]
        self.topics = [Topic.propose(self.forum, f"Sujet {n}", "", owner, by) for n, owner in enumerate(owners)]
        self.met: dict[int, tuple[int, int]] = {}
        for n, cell in enumerate(self.cells):
            if cell and (cell[1] == 3 or cell not in self.met.values()):
                Group.place_topic(self.topics[n], self.slots[cell[0]], places[cell[1]] if cell[1] < 3 else None, by)
                self.met[n] = cell
        for n, person in self.interests:
            self.topics[n].interests.create(participant=people[person])
        self.presences = {(n, person) for n, person in self.presences if n in self.met}
        for n, person in self.presences:
            Group.for_topic(self.topics[n]).presences.create(participant=people[person])
        self._leave()

    def _leave(self) -> None:
        self.owners = [{n} - {None} for n in self.conveners]
        gone, into = self.gone, None
        if self.merged and self.merged[0] != self.merged[1]:
            gone, into = self.merged
            self.owners[into] |= self.owners[gone]
        if gone is not None:
            rows = Topic.objects.filter(pk=self.topics[gone].pk)
            rows.update(withdrawn_at=timezone.now(), merged_into=None if into is None else self.topics[into])
            self.met.pop(gone, None)

    def by_hand(self) -> Iterator[tuple[Any, ...]]:
        for slot in range(2):
            here = [n for n in sorted(self.met) if self.met[n][0] == slot]
            for person in range(PEOPLE):
                theirs = tuple(n for n in here if person in self.owners[n])
                if len(theirs) > 1:
                    yield CONVENER, slot, theirs, len(theirs)
            for n in here:
                come = self.people(n, self.presences if self.phase == Phase.GROUPS else self.interests)
                if 0 < self.met[n][1] < 3 and len(come) > self.met[n][1]:
                    yield SEATS, slot, (n,), len(come)
            for n, other in combinations(here, 2):
                if both := self.people(n, self.interests) & self.people(other, self.interests):
                    yield BOTH, slot, (n, other), len(both)

    def people(self, topic: int, pairs: Pairs) -> set[int]:
        return {person for n, person in pairs if n == topic}

    def found(self) -> Iterator[tuple[Any, ...]]:
        for clash in clashes(self.forum):
            topics = tuple(self.topics.index(topic) for topic in clash.topics)
            yield clash.kind, self.slots.index(clash.slot), topics, clash.people


topics, pairs = numbers(0, TOPICS - 1), st.sets(st.tuples(numbers(0, TOPICS - 1), numbers(0, PEOPLE - 1)))
days = st.builds(
    Day,
    conveners=st.lists(st.none() | numbers(0, PEOPLE - 1), min_size=TOPICS, max_size=TOPICS),
    cells=st.lists(st.none() | st.tuples(numbers(0, 1), numbers(0, 3)), min_size=TOPICS, max_size=TOPICS),
    interests=pairs,
    presences=pairs,
    gone=st.none() | topics,
    merged=st.none() | st.tuples(topics, topics),
    phase=st.sampled_from([Phase.MARKETPLACE, Phase.GROUPS]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=days)
def test_clashes_are_what_one_counts_by_hand(day: Day) -> None:
    day.play()
    assert Counter(day.found()) == Counter(day.by_hand())


@pytest.fixture
def second(forum: Forum, group: Group, slot: Slot, nadia: Participant) -> Group:
    """Another topic of Nadia’s, at the same hour as her first one."""
    topic = Topic.propose(forum, "L’eau en août", "", nadia, Actor(nadia))
    return Group.place_topic(topic, slot, None, Actor(nadia), elsewhere="Au jardin")


def desk_of(forum: Forum) -> str:
    with override("en"):
        html = boards.Board(Forum.objects.get(pk=forum.pk), "desk").fragment(Key.CLASHES)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def page_of(client_for: ClientFor, person: Participant | Facilitator, topic: Topic) -> str:
    client = client_for(person)
    client.cookies["django_language"] = "en"
    html = client.get(topic.get_absolute_url()).content.decode()
    found = re.search(r'<section[^>]*id="clashes".*?</section>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).replace(NBSP, " ").split()) if found else ""


def test_the_desk_says_who_convenes_twice_and_how_many_want_both(
    forum: Forum, second: Group, topic: Topic, theo: Participant
) -> None:
    for each in (topic, second.topic):
        each.set_interest(theo, True, Actor(theo))

    assert desk_of(forum) == (
        "To look at 2 10:15 Nadia Ferrand convenes several groups: 1 Rafraîchir nos cours d’école 2 L’eau en août "
        "10:15 1 person wants both: 1 Rafraîchir nos cours d’école 2 L’eau en août"
    )


def test_a_clash_that_is_solved_goes_from_the_desk_by_itself(forum: Forum, second: Group, afternoon: Slot) -> None:
    before = Forum.objects.get(pk=forum.pk)
    Group.place_topic(second.topic, afternoon, None, Actor())

    html = catch_up.delta(before, "desk", before.revision, before.epoch).html
    assert re.findall(r'<section id="clashes"[^>]*( hidden)>', html) == [" hidden"]


def test_conveners_read_on_their_topic_what_clashes_and_nobody_else_does(
    forum: Forum, second: Group, topic: Topic, hall: Place, theo: Participant, nadia: Participant,
    camille: Facilitator, client_for: ClientFor,
) -> None:  # fmt: skip
    Place.objects.filter(pk=hall.pk).update(seats=1)
    for person in (theo, nadia):
        for each in (topic, second.topic):
            each.set_interest(person, True, Actor(person))

    said = (
        "To look at At the same time, Nadia Ferrand also convenes: 2 · L’eau en août 2 people for 1 seats, "
        "Salle des Fêtes. 2 people also want to go, at the same time, to: 2 · L’eau en août Nothing forbids it: it is "
        "only good to know, and perhaps to move one of them."
    )
    seen = [page_of(client_for, person, topic) for person in (nadia, camille, theo)]
    assert seen == [said, said, ""]


def test_hidden_totals_stay_hidden_from_the_convener_too(
    forum: Forum, second: Group, topic: Topic, nadia: Participant, theo: Participant, client_for: ClientFor
) -> None:
    Forum.objects.filter(pk=forum.pk).update(hides_totals=True)
    for each in (topic, second.topic):
        each.set_interest(theo, True, Actor(theo))

    assert "want" not in page_of(client_for, nadia, topic)
    assert page_of(client_for, nadia, topic).startswith("To look at At the same time, Nadia Ferrand also convenes:")


def test_outside_the_marketplace_and_the_groups_nothing_is_looked_for(forum: Forum, second: Group) -> None:
    for phase in (Phase.OPENING, Phase.CLOSING, Phase.PUBLISHED):
        move(forum, phase)
        assert clashes(Forum.objects.get(pk=forum.pk)) == []


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
            found = clashes(forum)
        assert Counter(clash.kind for clash in found) == {CONVENER: 2, BOTH: 66}


def test_a_clash_leads_to_the_cards_that_it_is_about(forum: Forum, second: Group, topic: Topic) -> None:
    html = boards.Board(Forum.objects.get(pk=forum.pk), "desk").fragment(Key.CLASHES)
    assert re.findall(r'href="#(topic-\d+)"', html) == [f"topic-{topic.pk}", f"topic-{second.topic.pk}"]
