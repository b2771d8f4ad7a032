"""The journal: changes and their undo, its page, and verbs that change nothing."""

import re
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from forum.live.audience import BOARDS, Audience
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
    Message,
    Participant,
    Place,
    Slot,
    Topic,
)
from forum.models.verbs import Verb
from forum.phases import Phase
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.page import Page
from tests.conftest import ClientFor, move
from tests.forum.live.test_board import fresh
from tests.forum.random_day import STEPS, VERBS, a_day
from tests.page_texts import text_of

pytestmark = pytest.mark.django_db


def last_entry(forum: Forum) -> JournalEntry:
    entry = forum.journal.latest("revision")
    entry.forum = forum
    return entry


def all_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the project except the journal's, without the revisions of forums.

    By SQL: the ORM takes five times as long, for thousands of times.
    """
    models = {model for app in ("forum", "reports") for model in apps.get_app_config(app).get_models(True)}
    rows = {}
    with connection.cursor() as cursor:
        for model in models - {JournalEntry}:
            columns = [f'"{field.column}"' for field in model._meta.concrete_fields]
            if model is Forum:
                columns.remove('"revision"')
            table = model._meta.db_table
            cursor.execute(f'SELECT {", ".join(columns)} FROM "{table}" ORDER BY 1')  # noqa: S608 names of ours
            rows[table] = cursor.fetchall()
    return rows


@pytest.mark.parametrize(
    "phase",
    [Phase.GROUPS, *(pytest.param(phase, marks=pytest.mark.laptop) for phase in (Phase.MARKETPLACE, Phase.CLOSING))],
)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_changes_nothing_is_not_journaled_and_notifies_nobody(
    verb: str, phase: Phase, django_capture_on_commit_callbacks: Any
) -> None:
    with time_machine.travel("2026-05-12 10:00", tick=False):
        day = a_day(phase)
        for name in ("place_topic", "join_group", "write_report", "add_action", "queue_pitch"):
            getattr(day, name)(0)
        day.give_feedback(1)
        for n in (0, 0, 1, 1, 2, 2, 3, 3):
            rows_before, revision = all_rows(), Forum.objects.get(pk=day.forum.pk).revision
            with django_capture_on_commit_callbacks() as callbacks:
                getattr(day, verb)(n)
            is_revised = Forum.objects.get(pk=day.forum.pk).revision != revision
            is_journaled = day.forum.journal.filter(revision__gt=revision).exists()
            has_effect = all_rows() != rows_before or verb == "announce_new_address"
            assert (is_revised, is_journaled, bool(callbacks)) == (has_effect,) * 3, (verb, n)


@pytest.mark.parametrize("audience", BOARDS)
@given(phase=st.sampled_from(list(Phase)), steps=STEPS)
def test_an_undo_restores_the_board_and_undoing_the_undo_restores_the_change(
    audience: Audience, phase: Phase, steps: list[tuple[str, int]]
) -> None:
    day = a_day(phase)
    *earlier, (verb, n) = steps
    for name, number in earlier:
        getattr(day, name)(number)
    board_before, revision = fresh(day.forum, audience), Forum.objects.get(pk=day.forum.pk).revision
    proposals = MergeProposal.objects.count()
    getattr(day, verb)(n)
    if MergeProposal.objects.count() < proposals:
        return  # an undo does not bring a cancelled merge proposal back
    board_after = fresh(day.forum, audience)
    entry = last_entry(day.forum)
    if entry.revision != revision + 1 or not entry.can_be_undone:
        return
    entry.undo(Actor())
    assert fresh(day.forum, audience) == board_before, verb
    last_entry(day.forum).undo(Actor())
    assert fresh(day.forum, audience) == board_after, verb


def test_undoing_is_refused_once_somebody_changed_the_same_thing(topic: Topic, as_camille: Actor) -> None:
    topic.title = "Nos cours d’école"
    topic.edit(as_camille)
    first_edit = last_entry(topic.forum)
    topic.title = "Nos cours"
    topic.edit(as_camille)
    with pytest.raises(CannotUndo):
        first_edit.undo(as_camille)
    topic.refresh_from_db()
    assert topic.title == "Nos cours"


def test_undoing_a_move_is_refused_when_its_former_cell_is_taken(
    group: Group, topic: Topic, afternoon: Slot, hall: Place, as_camille: Actor
) -> None:
    former_slot = group.slot
    assert former_slot is not None
    Group.place_topic(topic, afternoon, hall, as_camille)
    move_entry = last_entry(topic.forum)
    other = Topic.propose(topic.forum, "L’eau en août", "", None, as_camille)
    Group.place_topic(other, former_slot, hall, as_camille)
    with pytest.raises(CannotUndo):
        move_entry.undo(as_camille)
    group.refresh_from_db()
    assert group.slot == afternoon


def test_a_forum_with_people_in_it_does_not_become_a_rehearsal_again(
    forum: Forum, theo: Participant, as_camille: Actor
) -> None:
    entries = []
    for forum.is_rehearsal in (True, False):
        forum.describe(as_camille)
        entries.append(last_entry(forum))
    with pytest.raises(CannotUndo):
        entries[1].undo(as_camille)
    forum.is_rehearsal = True
    forum.describe(as_camille)
    forum.move_to(Phase.GROUPS, as_camille)
    last_entry(forum).undo(as_camille)
    forum.refresh_from_db()
    assert (forum.is_rehearsal, forum.current_phase) == (True, Phase.MARKETPLACE)


def test_a_facilitator_who_is_also_a_participant_erases_a_rehearsal(
    forum: Forum, theo: Participant, as_camille: Actor
) -> None:
    forum.is_rehearsal = True
    forum.describe(as_camille)
    forum.erase_rehearsal(Actor(theo, as_camille.facilitator))
    assert (forum.participants.count(), last_entry(forum).verb) == (0, "erased the rehearsal")


def test_nothing_is_undone_twice(topic: Topic, as_camille: Actor) -> None:
    topic.withdraw(as_camille)
    entry = last_entry(topic.forum)
    entry.undo(as_camille)
    assert (entry.undone_by, entry.can_be_undone) == (last_entry(topic.forum).revision, False)
    with pytest.raises(CannotUndo):
        entry.undo(as_camille)
    topic.refresh_from_db()
    assert topic.withdrawn_at is None


def test_a_change_that_recorded_no_rows_is_not_undone(forum: Forum, as_camille: Actor) -> None:
    with forum.change(as_camille, Verb.CHANGED_LINK) as change:
        change.note_unrecorded_effect()
    entry = last_entry(forum)
    with pytest.raises(CannotUndo):
        entry.undo(as_camille)
    assert (entry.can_be_undone, list(forum.journal.undoable()), last_entry(forum)) == (False, [], entry)


def test_an_undo_that_finds_nothing_to_restore_is_journaled_all_the_same(topic: Topic, as_camille: Actor) -> None:
    with connection.cursor() as cursor:  # as a version stored it that let more signs through
        cursor.execute("UPDATE forum_topic SET title = '  Nos cours ' WHERE id = %s", [topic.pk])
    topic.title = "Nos cours"
    topic.edit(as_camille)
    entry = last_entry(topic.forum)
    entry.undo(as_camille)
    undo = last_entry(topic.forum)
    assert (undo.verb, undo.rows, entry.undone_by) == (Verb.UNDID, [], undo.revision)


def test_the_journal_knows_to_which_phase_an_undo_returns(forum: Forum, topic: Topic, as_camille: Actor) -> None:
    proposal = last_entry(forum)
    forum.move_to(Phase.GROUPS, as_camille)
    move_entry = last_entry(forum)
    forum.title = "Rencontre de mai"
    forum.describe(as_camille)
    entries = (proposal, move_entry, last_entry(forum))
    assert [entry.phase_before for entry in entries] == [None, Phase.MARKETPLACE, None]


def test_the_journal_knows_all_that_some_changes_invalidated(forum: Forum, as_camille: Actor) -> None:
    for keys in (("status", "me-1"), ("status", "topic-2"), ("person-7",)):
        with forum.change(as_camille, Verb.CHANGED_LINK) as change:
            change.note_unrecorded_effect()
            change.invalidate(*keys)
    first_two = forum.journal.exclude(revision=forum.revision)
    assert (first_two.keys(), forum.journal.none().keys()) == (
        frozenset({"status", "me-1", "topic-2"}), frozenset(),
    )  # fmt: skip


def test_a_change_can_be_undone_again_after_its_undo_is_undone(topic: Topic, as_camille: Actor) -> None:
    topic.withdraw(as_camille)
    withdrawal = last_entry(topic.forum)
    withdrawal.undo(as_camille)
    last_entry(topic.forum).undo(as_camille)
    withdrawal.undo(as_camille)
    topic.refresh_from_db()
    assert topic.withdrawn_at is None


def test_every_button_to_undo_works_however_often_a_change_was_undone_and_redone(
    topic: Topic, forum: Forum, as_camille: Actor
) -> None:
    topic.withdraw(as_camille)
    entries = forum.journal.filter(revision__gte=last_entry(forum).revision)
    for times in range(6):
        is_withdrawn = times % 2 == 0
        undoable = list(entries.undoable())
        for entry in undoable:
            with transaction.atomic():
                JournalEntry.objects.get(pk=entry.pk).undo(as_camille)
                topic.refresh_from_db()
                assert bool(topic.withdrawn_at) is not is_withdrawn, entry
                transaction.set_rollback(True)
        undoable[-1].undo(as_camille)
    assert [entry.can_be_undone for entry in entries] == [True, *[False] * 5, True]


def test_redoing_a_placement_puts_no_topic_into_a_cell_that_was_withdrawn_meanwhile(
    group: Group, topic: Topic, as_camille: Actor
) -> None:
    last_entry(topic.forum).undo(as_camille)
    undone = last_entry(topic.forum)
    topic.withdraw(as_camille)
    with pytest.raises(CannotUndo):
        undone.undo(as_camille)
    group.refresh_from_db()
    assert group.slot is None


def test_redoing_an_arrival_in_a_group_seats_nobody_who_was_removed_meanwhile(
    group: Group, theo: Participant, as_camille: Actor
) -> None:
    group.join(theo, as_camille)
    last_entry(theo.forum).undo(as_camille)
    undone = last_entry(theo.forum)
    theo.remove(as_camille)
    with pytest.raises(CannotUndo):
        undone.undo(as_camille)
    assert list(group.people()) == []


def test_undoing_a_removal_restores_the_interests(topic: Topic, theo: Participant, as_camille: Actor) -> None:
    topic.set_interest(theo, True, as_camille)
    theo.remove(as_camille)
    assert not Interest.objects.filter(participant=theo).exists()
    last_entry(topic.forum).undo(as_camille)
    theo.refresh_from_db()
    assert (theo.removed_at, Interest.objects.filter(participant=theo).count()) == (None, 1)


def test_undoing_a_proposal_withdraws_the_topic_and_frees_its_cell(
    group: Group, topic: Topic, as_camille: Actor
) -> None:
    topic.forum.journal.get(verb="proposed a topic").undo(as_camille)
    group.refresh_from_db()
    topic.refresh_from_db()
    assert (group.slot, topic.withdrawn_at is None) == (None, False)


def test_the_journal_page_lists_changes_with_their_actor_and_undoes_them(
    topic: Topic, forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    client = client_for(camille)
    client.post(f"/{forum.code}/topics/{topic.number}/withdraw/")
    page = client.get(f"/{forum.code}/desk/journal/").content.decode()
    assert re.findall(r"<b>(.+)</b>.*>(1\. .+)</span>", page) == [("Camille Dufour", "1. Rafraîchir nos cours d’école")]
    entry = last_entry(forum)
    answer = client.post(f"/{forum.code}/desk/journal/{entry.revision}/undo/", follow=True)
    assert "C’est annulé." in answer.content.decode()
    topic.refresh_from_db()
    assert topic.withdrawn_at is None


def test_pages_show_the_hours_of_the_forum_wherever_the_server_is_and_in_order_when_its_clock_went_back(
    forum: Forum, theo: Participant, camille: Facilitator, as_camille: Actor, client_for: ClientFor
) -> None:
    Forum.objects.filter(pk=forum.pk).update(time_zone="Indian/Reunion")
    here = Forum.objects.get(pk=forum.pk)
    for at, title in (("2026-11-24 08:00Z", "Premier"), ("2026-11-24 07:00Z", "Deuxième")):
        with time_machine.travel(at, tick=False):
            Topic.propose(here, title, "", None, as_camille)
            Message.send(here, f"Message {title}", as_camille)
    client = client_for(camille)
    journal, desk = (client.get(f"/{forum.code}/desk/{path}").content.decode() for path in ("journal/", ""))
    assert re.findall(r"<time[^>]*>(.*?)</time>", journal) == ["11\xa0h\xa000"] * 2 + ["12\xa0h\xa000"] * 2
    assert [hour in desk for hour in ("11\xa0h\xa000", "12\xa0h\xa000")] == [True, True]
    served = LivePage(forum.code, "desk")
    served.load(Page(desk))
    assert served.board == fresh(here, Audience.DESK)  # as a hub renders it


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["let someone in", "said who is going", "edited an entry"]),
        ("fr", ["a fait entrer quelqu’un", "a dit qui veut y aller", "a modifié une fiche"]),
    ],
)
def test_what_a_facilitator_did_for_somebody_reads_so_in_the_journal(
    topic: Topic, theo: Participant, forum: Forum, as_camille: Actor, camille: Facilitator, client_for: ClientFor,
    language: str, sentences: list[str],
) -> None:  # fmt: skip
    theo.organisation = "Ville d’Arras"
    theo.save_identity(as_camille)
    topic.set_interest(theo, True, as_camille)
    Participant.join(forum, by=as_camille, name="Lina Petit")
    client = client_for(camille)
    client.cookies["django_language"] = language
    page = client.get(f"/{forum.code}/desk/journal/?all")
    assert re.findall(r"<b>Camille Dufour</b> (.+?) <span", text_of(page)) == sentences


def test_the_journal_tells_an_undo_from_doing_again(
    topic: Topic, forum: Forum, as_camille: Actor, camille: Facilitator, client_for: ClientFor
) -> None:
    topic.withdraw(as_camille)
    for _ in range(3):
        last_entry(forum).undo(as_camille)
    page = client_for(camille).get(f"/{forum.code}/desk/journal/")
    assert re.findall(r"<b>Camille Dufour</b> (.+?) <span", text_of(page)) == [
        "a annulé « a retiré un sujet »", "a rétabli « a retiré un sujet »", "a annulé « a retiré un sujet »",
        "a retiré un sujet",
    ]  # fmt: skip


def test_the_page_refuses_to_undo_what_was_undone_already(
    topic: Topic, forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    client = client_for(camille)
    topic.withdraw(Actor(facilitator=camille))
    entry = last_entry(forum)
    entry.undo(Actor(facilitator=camille))
    answer = client.post(f"/{forum.code}/desk/journal/{entry.revision}/undo/")
    assert answer.status_code == 409


def test_the_journal_of_a_long_day_is_paginated(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    for n in range(60):
        move(forum, list(Phase)[n % 3])
    client = client_for(camille)
    first = client.get(f"/{forum.code}/desk/journal/?all").content.decode()
    assert first.count("<time") == 50
    older = re.search(r"\?before=(\d+)&amp;all", first)
    assert older
    assert client.get(f"/{forum.code}/desk/journal/?before={older[1]}&all").content.decode().count("<time") == 10


def test_a_placement_refused_for_a_taken_cell_is_not_journaled(
    group: Group, topic: Topic, slot: Slot, hall: Place, as_camille: Actor
) -> None:
    other = Topic.propose(topic.forum, "L’eau en août", "", None, as_camille)
    revision = last_entry(topic.forum).revision
    with pytest.raises(CellTaken):
        Group.place_topic(other, slot, hall, as_camille)
    assert last_entry(topic.forum).revision == revision
