"""The board at revision n, plus what is sent for n→m, is the board at m: for every verb and audience."""

import contextlib
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum import board
from forum.models import Actor, Feedback, Forum, Participant, Topic
from forum.phases import Phase
from sessions.models import CellTaken, Edition, Group, Place, Report, Slot
from sessions.models.report import report_of
from tests.page import Page

TITLES = ("Rafraîchir nos cours d’école", "L’eau en août : qui ferme le robinet ?", "<b>Vélos</b> & trains", "a")


class Day:
    """A forum in the hands of chance: every verb of the day, on people and topics picked by number."""

    def __init__(self, forum: Forum) -> None:
        self.forum = forum
        self.by = Actor()

    def _pick(self, rows: Any, n: int) -> Any:
        found = list(rows)
        return found[n % len(found)] if found else None

    def person(self, n: int) -> Any:
        return self._pick(self.forum.participants.present().order_by("pk"), n)

    def topic(self, n: int) -> Any:
        return self._pick(self.forum.topics.order_by("pk"), n)

    def group(self, n: int) -> Any:
        return self._pick(Group.objects.filter(topic__forum=self.forum).order_by("pk"), n)

    def report(self, n: int) -> Report | None:
        group = self.group(n)
        return report_of(group) if group else None

    # verbs
    def join(self, n: int) -> None:
        Participant.join(self.forum, name=("Élodie", "Zoé", "Abel", "Denis")[n % 4])

    def introduce(self, n: int) -> None:
        if person := self.person(n):
            person.name = f"{person.name} bis"
            person.introduce(self.by)

    def remove(self, n: int) -> None:
        if person := self.person(n):
            person.remove(self.by)

    def propose(self, n: int) -> None:
        Topic.propose(self.forum, TITLES[n % len(TITLES)], "", self.person(n), self.by)

    def rewrite(self, n: int) -> None:
        if topic := self.topic(n):
            topic.title += " !"
            topic.convener = self.person(n + 1)
            topic.rewrite(self.by)

    def withdraw(self, n: int) -> None:
        if topic := self.topic(n):
            topic.withdraw(self.by)

    def bring_back(self, n: int) -> None:
        if topic := self.topic(n):
            topic.bring_back(self.by)

    def interest(self, n: int) -> None:
        if (topic := self.topic(n)) and (person := self.person(n // 3)):
            topic.interest(person, n % 2 == 0, self.by)

    def place(self, n: int) -> None:
        slot = self._pick(Slot.objects.filter(forum=self.forum).for_groups(), n)
        place = self._pick([*Place.objects.filter(forum=self.forum), None], n // 2)
        if topic := self.topic(n):
            with contextlib.suppress(CellTaken):
                Group.place_topic(topic, slot, place, self.by, elsewhere="Au jardin")

    def unplace(self, n: int) -> None:
        if group := self.group(n):
            group.unplace(self.by)

    def welcome(self, n: int) -> None:
        if (group := self.group(n)) and (person := self.person(n // 2)):
            group.welcome(person, self.by)

    def farewell(self, n: int) -> None:
        if (group := self.group(n)) and (person := self.person(n // 2)):
            group.farewell(person, self.by)

    def write(self, n: int) -> None:
        if report := self.report(n):
            report.write({"findings": f"Constat {n}", "quote": "Allons voir."}, report.bases(), self.by)

    def add_action(self, n: int) -> None:
        if report := self.report(n):
            report.add_action(self.by, what=f"Planter {n} arbres")

    def write_action(self, n: int) -> None:
        if (report := self.report(n)) and (action := report.actions.first()):
            action.write({"what": "" if n % 2 else "Creuser"}, action.bases(), self.by)

    def drop_action(self, n: int) -> None:
        if (report := self.report(n)) and (action := report.actions.first()):
            action.drop(self.by)

    def finish(self, n: int) -> None:
        if report := self.report(n):
            report.finish(self.by)

    def reopen(self, n: int) -> None:
        if report := self.report(n):
            report.reopen(self.by)

    def say(self, n: int) -> None:
        Feedback.say(self.forum, self.person(n) if n % 2 else None, self.by, words="Merci !", keep="", change="")

    def unsay(self, n: int) -> None:
        if word := self._pick(self.forum.feedback.all(), n):
            word.unsay(self.by)

    def ask_edition(self, n: int) -> None:
        edition = Edition.ask(self.forum, self.by)
        edition.report(percent=n)
        if n % 3 == 0:
            edition.report(state=Edition.State.READY, pages=12)

    def describe(self, n: int) -> None:
        self.forum.question = f"Question {n} ?"
        self.forum.describe(self.by)

    def move(self, n: int) -> None:
        self.forum.move_to(list(Phase)[n % len(Phase)], self.by)


VERBS = sorted(
    name for name in vars(Day) if not name.startswith("_") and name not in ("person", "topic", "group", "report")
)
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 30)), min_size=1, max_size=14)


def fresh(forum: Forum, audience: str) -> str:
    forum = Forum.objects.get(pk=forum.pk)
    return Page(board.Board(forum, audience).html(), forum.revision).content


def marks_of(forum: Forum) -> dict[int, Any]:
    """What every participant's phones mark as theirs, freshly read."""
    return board.mine(forum.participants.values_list("pk", flat=True))


def a_day(phase: Phase) -> Day:
    forum = Forum.objects.create(title="Jour", question="Quoi ?", phase=phase)
    Slot.objects.create(forum=forum, starts_at=time(10), minutes=60)
    Slot.objects.create(forum=forum, starts_at=time(12), minutes=60, title="Déjeuner")
    for position, name in enumerate(("Salle A", "Salle B")):
        Place.objects.create(forum=forum, name=name, position=position)
    day = Day(forum)
    for n in range(3):
        day.join(n)
        day.propose(n)
    return day


@pytest.mark.django_db
@pytest.mark.parametrize("audience", board.AUDIENCES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(phase=st.sampled_from(list(Phase)), steps=STEPS, looks=st.lists(st.booleans(), min_size=14, max_size=14))
def test_a_page_that_catches_up_shows_what_a_fresh_page_shows(
    audience: str, phase: Phase, steps: list[tuple[str, int]], looks: list[bool]
) -> None:
    day = a_day(phase)
    forum = Forum.objects.get(pk=day.forum.pk)
    page = Page(board.Board(forum, audience).html(), forum.revision)
    marks, marked_at = marks_of(forum), page.since
    for (verb, n), look in zip(steps, looks, strict=False):
        getattr(day, verb)(n)
        if look:
            page.apply(board.delta(forum, audience, page.since, forum.epoch))
            assert page.content == fresh(forum, audience), verb
        told = board.delta(forum, "page", marked_at, forum.epoch)
        marks |= board.mine(int(key.removeprefix("me-")) for key in told.moved if key.startswith("me-"))
        marked_at = told.to
        assert {pk: mark for pk, mark in marks_of(forum).items() if any(mark.values())} == {
            pk: mark for pk, mark in marks.items() if any(mark.values())
        }
    page.apply(board.delta(forum, audience, page.since, forum.epoch))
    assert page.content == fresh(forum, audience)


@pytest.mark.django_db
@pytest.mark.parametrize("audience", board.AUDIENCES)
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_in_each_phase_is_sent_to_each_audience(verb: str, phase: Phase, audience: str) -> None:
    day = a_day(phase)
    for name, n in (("place", 0), ("place", 1), ("welcome", 0), ("write", 0), ("add_action", 0), ("say", 1)):
        getattr(day, name)(n)
    forum = Forum.objects.get(pk=day.forum.pk)
    page = Page(board.Board(forum, audience).html(), forum.revision)
    getattr(day, verb)(0)
    page.apply(board.delta(forum, audience, page.since, forum.epoch))
    assert page.content == fresh(forum, audience)


@pytest.mark.django_db
def test_a_delta_that_comes_twice_or_late_changes_nothing(forum: Forum, topic: Topic, nadia: Participant) -> None:
    before = Forum.objects.get(pk=forum.pk)
    page = Page(board.Board(before, "phone").html(), before.revision)
    topic.interest(nadia, True, Actor(nadia))
    first = board.delta(forum, "phone", page.since)
    topic.interest(nadia, False, Actor(nadia))
    second = board.delta(forum, "phone", page.since)
    page.apply(second)
    now = page.content
    for late in (second, first, first):
        page.apply(late)
        assert page.content == now


@pytest.mark.django_db
def test_a_page_from_before_a_restored_backup_gets_the_whole_board(forum: Forum, topic: Topic) -> None:
    forum.refresh_from_db()
    assert board.delta(forum, "phone", forum.revision, "0ther000").whole
    assert board.delta(forum, "phone", forum.revision + 5, forum.epoch).whole


@pytest.mark.django_db
def test_a_join_costs_a_phone_less_than_a_kilobyte(forum: Forum, topic: Topic) -> None:
    forum.refresh_from_db()
    since = forum.revision
    Participant.join(forum, name="Nouvelle")
    assert len(board.delta(forum, "phone", since, forum.epoch).html.encode()) < 1000


@pytest.mark.django_db
def test_the_number_of_queries_of_a_board_does_not_depend_on_the_number_of_topics(
    forum: Forum, nadia: Participant, slot: Slot, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for n in range(12):
        topic = Topic.propose(forum, f"Sujet {n}", "", nadia, Actor(nadia))
        Group.place_topic(topic, slot, None, Actor(nadia), elsewhere=f"Table {n}")
    for phase in Phase:
        forum.move_to(phase, Actor())
        for audience in board.AUDIENCES:
            with django_assert_max_num_queries(14):
                board.Board(forum, audience).html()
