"""The journal: what a facilitator did can be taken back, and a verb that changes nothing leaves no trace."""

import re
from typing import Any

import pytest
import time_machine
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from forum.live import board as boards
from forum.models import (
    Actor,
    CannotUndo,
    CellTaken,
    Facilitator,
    Forum,
    Group,
    Interest,
    JournalEntry,
    MergeProposal,
    Participant,
    Place,
    Slot,
    Topic,
)
from forum.phases import Phase
from tests.conftest import ClientFor, move
from tests.forum.live.test_board import STEPS, VERBS, a_day, fresh

pytestmark = pytest.mark.django_db


def last(forum: Forum) -> JournalEntry:
    entry = forum.journal.latest("revision")
    entry.forum = forum
    return entry


def database() -> dict[str, list[dict[str, Any]]]:
    """Every row of the project but the journal's, and without the revisions of forums."""
    models = [model for app in ("forum", "reports") for model in apps.get_app_config(app).get_models()]
    rows = {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}
    del rows[JournalEntry._meta.label]
    for forum in rows[Forum._meta.label]:
        del forum["revision"]
    return rows


@pytest.mark.parametrize("phase", [Phase.MARKETPLACE, Phase.GROUPS, Phase.CLOSING])
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_changes_nothing_writes_nothing_moves_nothing_and_wakes_nobody(
    verb: str, phase: Phase, django_capture_on_commit_callbacks: Any
) -> None:
    with time_machine.travel("2026-05-12 10:00", tick=False):
        day = a_day(phase)
        for name, n in (("place", 0), ("welcome", 0), ("write", 0), ("add_action", 0), ("queue_pitch", 0), ("say", 1)):
            getattr(day, name)(n)
        for n in (0, 0, 1, 1, 2, 2, 3, 3):
            before, revision = database(), Forum.objects.get(pk=day.forum.pk).revision
            with django_capture_on_commit_callbacks() as callbacks:
                getattr(day, verb)(n)
            moved = Forum.objects.get(pk=day.forum.pk).revision != revision
            entries = day.forum.journal.filter(revision__gt=revision).count()
            if database() == before:
                assert (moved, entries, verb == "move_house" or not callbacks) == (verb == "move_house",) * 2 + (True,)
            else:
                assert (moved, entries > 0, bool(callbacks)) == (True, True, True), (verb, n)


@pytest.mark.parametrize("audience", boards.AUDIENCES)
@given(phase=st.sampled_from(list(Phase)), steps=STEPS)
def test_what_is_undone_is_as_if_it_had_never_been_and_what_is_undone_twice_as_if_it_had(
    audience: str, phase: Phase, steps: list[tuple[str, int]]
) -> None:
    day = a_day(phase)
    *before, (verb, n) = steps
    for name, number in before:
        getattr(day, name)(number)
    shown, revision = fresh(day.forum, audience), Forum.objects.get(pk=day.forum.pk).revision
    asked = MergeProposal.objects.count()
    getattr(day, verb)(n)
    if MergeProposal.objects.count() < asked:
        return  # what nobody is asked any more is not asked again
    done = fresh(day.forum, audience)
    entry = last(day.forum)
    if entry.revision != revision + 1 or not entry.can_be_undone:
        return
    entry.undo(Actor())
    assert fresh(day.forum, audience) == shown, verb
    last(day.forum).undo(Actor())
    assert fresh(day.forum, audience) == done, verb


def test_undoing_is_refused_once_somebody_changed_the_same_thing(topic: Topic, chair: Actor) -> None:
    topic.title = "Nos cours d’école"
    topic.rewrite(chair)
    first = last(topic.forum)
    topic.title = "Nos cours"
    topic.rewrite(chair)
    with pytest.raises(CannotUndo):
        first.undo(chair)
    topic.refresh_from_db()
    assert topic.title == "Nos cours"


def test_a_move_cannot_be_undone_into_a_cell_that_is_taken_by_now(
    group: Group, topic: Topic, afternoon: Slot, hall: Place, chair: Actor
) -> None:
    was_in = group.slot
    assert was_in is not None
    Group.place_topic(topic, afternoon, hall, chair)
    moved = last(topic.forum)
    other = Topic.propose(topic.forum, "L’eau en août", "", None, chair)
    Group.place_topic(other, was_in, hall, chair)
    with pytest.raises(CannotUndo):
        moved.undo(chair)
    group.refresh_from_db()
    assert group.slot == afternoon


def test_a_forum_with_people_in_it_does_not_become_a_rehearsal_again(
    forum: Forum, theo: Participant, chair: Actor
) -> None:
    marks = []
    for forum.is_rehearsal in (True, False):
        forum.describe(chair)
        marks.append(last(forum))
    with pytest.raises(CannotUndo):
        marks[1].undo(chair)
    forum.is_rehearsal = True
    forum.describe(chair)
    forum.move_to(Phase.GROUPS, chair)
    last(forum).undo(chair)
    forum.refresh_from_db()
    assert (forum.is_rehearsal, forum.stage) == (True, Phase.MARKETPLACE)


def test_a_rehearsal_is_erased_by_a_facilitator_who_took_part_in_it(
    forum: Forum, theo: Participant, chair: Actor
) -> None:
    forum.is_rehearsal = True
    forum.describe(chair)
    forum.erase_rehearsal(Actor(theo, chair.facilitator))
    assert (forum.participants.count(), last(forum).verb) == (0, "erased the rehearsal")


def test_nothing_is_undone_twice(topic: Topic, chair: Actor) -> None:
    topic.withdraw(chair)
    entry = last(topic.forum)
    entry.undo(chair)
    with pytest.raises(CannotUndo):
        entry.undo(chair)
    topic.refresh_from_db()
    assert topic.withdrawn_at is None


def test_undoing_what_undid_something_lets_it_be_undone_again(topic: Topic, chair: Actor) -> None:
    topic.withdraw(chair)
    withdrawal = last(topic.forum)
    withdrawal.undo(chair)
    last(topic.forum).undo(chair)
    withdrawal.undo(chair)
    topic.refresh_from_db()
    assert topic.withdrawn_at is None


def test_someone_removed_by_mistake_finds_their_wishes_again(topic: Topic, theo: Participant, chair: Actor) -> None:
    topic.interest(theo, True, chair)
    theo.remove(chair)
    assert not Interest.objects.filter(participant=theo).exists()
    last(topic.forum).undo(chair)
    theo.refresh_from_db()
    assert (theo.removed_at, Interest.objects.filter(participant=theo).count()) == (None, 1)


def test_a_topic_proposed_by_mistake_frees_its_cell_when_that_is_undone(
    group: Group, topic: Topic, chair: Actor
) -> None:
    topic.forum.journal.get(verb="proposed a topic").undo(chair)
    group.refresh_from_db()
    topic.refresh_from_db()
    assert (group.slot, topic.withdrawn_at is None) == (None, False)


def test_the_journal_says_who_did_what_and_takes_it_back(
    topic: Topic, forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    client = client_for(camille)
    client.post(f"/{forum.code}/topics/{topic.number}/withdraw/")
    page = client.get(f"/{forum.code}/desk/journal/").content.decode()
    assert re.findall(r"<b>(.+)</b>.*>(1\. .+)</span>", page) == [("Camille Dufour", "1. Rafraîchir nos cours d’école")]
    entry = last(forum)
    answer = client.post(f"/{forum.code}/desk/journal/{entry.revision}/undo/", follow=True)
    assert "C’est annulé." in answer.content.decode()
    topic.refresh_from_db()
    assert topic.withdrawn_at is None


def test_what_cannot_be_undone_is_explained(
    topic: Topic, forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    client = client_for(camille)
    topic.withdraw(Actor(facilitator=camille))
    entry = last(forum)
    entry.undo(Actor(facilitator=camille))
    answer = client.post(f"/{forum.code}/desk/journal/{entry.revision}/undo/")
    assert answer.status_code == 409


def test_the_journal_of_a_long_day_comes_page_by_page(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    for n in range(60):
        move(forum, list(Phase)[n % 3])
    client = client_for(camille)
    first = client.get(f"/{forum.code}/desk/journal/?all").content.decode()
    assert first.count("<time") == 50
    older = re.search(r"\?before=(\d+)&amp;all", first)
    assert older
    assert client.get(f"/{forum.code}/desk/journal/?before={older[1]}&all").content.decode().count("<time") == 10


def test_a_taken_cell_leaves_no_trace(group: Group, topic: Topic, slot: Slot, hall: Place, chair: Actor) -> None:
    other = Topic.propose(topic.forum, "L’eau en août", "", None, chair)
    revision = last(topic.forum).revision
    with pytest.raises(CellTaken):
        Group.place_topic(other, slot, hall, chair)
    assert last(topic.forum).revision == revision
