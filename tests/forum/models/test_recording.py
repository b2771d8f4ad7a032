"""The transaction around a change: its revision, its journal row, what it counts and whom it tells."""

import contextlib
from typing import Any

import pytest

from forum import metrics, notify
from forum.extension import extension
from forum.models import Actor, Facilitator, Forum, Participant
from forum.models.change import Retraction
from forum.models.verbs import Verb

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The primary keys of the forums of which the hubs were told."""
    told: list[int] = []
    monkeypatch.setattr(notify, "forum_changed", told.append)
    return told


class Guard:
    """Notes what it is asked, and at which revision of the forum."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def check(self, forum: Forum) -> None:
        self.asked.append(("check", forum.revision))

    def note_own(self, revision: int) -> None:
        self.asked.append(("own", revision))


def stored_revision(forum: Forum) -> int:
    return Forum.objects.get(pk=forum.pk).revision


def test_a_change_is_journaled_counted_and_told_once_it_is_committed(
    forum: Forum, theo: Participant, camille: Facilitator, told: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    verb, counter = Verb.PROPOSED_TOPIC, metrics.WRITES.labels("proposed_topic")
    before, count = stored_revision(forum), counter._value.get()
    forum.title = "Rencontre de mai"
    with django_capture_on_commit_callbacks() as callbacks:
        with forum.change(Actor(theo, camille), verb) as change:
            change.invalidate("status", "me-1")
            change.details = {"merged": 3}
            change.save(forum, "title")
        assert (told, counter._value.get()) == ([], count)
    for callback in callbacks:
        callback()
    entry = forum.journal.latest("revision")
    assert (entry.revision, entry.verb, entry.participant, entry.facilitator) == (before + 1, verb, theo, camille)
    assert (entry.invalidated, entry.details, entry.rows) == (["me-1", "status"], {"merged": 3}, change.rows)
    assert (forum.revision, stored_revision(forum), change.revision) == (before + 1,) * 3
    assert (told, counter._value.get()) == ([forum.pk], count + 1)


def test_hubs_that_cannot_be_told_do_not_make_the_change_fail(
    forum: Forum, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def fail(_forum: int) -> None:
        raise OSError

    monkeypatch.setattr(notify, "forum_changed", fail)
    with django_capture_on_commit_callbacks(execute=True), forum.change(Actor(), Verb.PROPOSED_TOPIC) as change:
        change.note_unrecorded_effect()
    assert forum.journal.latest("revision").revision == forum.revision


def test_a_change_without_effect_gives_its_revision_back_and_tells_nobody(
    forum: Forum, told: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    before, entries, guard = stored_revision(forum), forum.journal.count(), Guard()
    with (
        django_capture_on_commit_callbacks(execute=True),
        forum.change(Actor(guard=guard), Verb.PROPOSED_TOPIC) as change,
    ):
        change.invalidate("status")
    assert (forum.revision, stored_revision(forum), forum.journal.count()) == (before, before, entries)
    assert (told, guard.asked) == ([], [("check", before + 1)])


def test_a_change_without_effect_keeps_its_revision_when_one_within_it_took_the_next(forum: Forum) -> None:
    before = stored_revision(forum)
    verb = Verb.PROPOSED_TOPIC
    with forum.change(Actor(), verb), forum.change(Actor(), verb) as inner:
        inner.note_unrecorded_effect()
    assert (stored_revision(forum), forum.journal.latest("revision").revision) == (before + 2, before + 2)


def test_a_change_that_fails_leaves_no_row_no_revision_and_no_entry(forum: Forum) -> None:
    before, entries = stored_revision(forum), forum.journal.count()
    forum.title = "Rencontre de mai"
    with contextlib.suppress(ZeroDivisionError), forum.change(Actor(), Verb.PROPOSED_TOPIC) as change:
        change.save(forum, "title")
        raise ZeroDivisionError
    assert (stored_revision(forum), forum.journal.count()) == (before, entries)
    assert Forum.objects.get(pk=forum.pk).title == "Rencontre annuelle"


def test_rights_are_checked_under_the_lock_before_the_change_and_know_it_as_their_own_after(forum: Forum) -> None:
    before, guard = stored_revision(forum), Guard()
    with forum.change(Actor(guard=guard), Verb.PROPOSED_TOPIC) as change:
        assert guard.asked == [("check", before + 1)]
        change.note_unrecorded_effect()
    assert guard.asked == [("check", before + 1), ("own", before + 1)]


def test_documents_learn_what_they_may_not_show_any_more_and_not_from_the_participant_who_is_removed(
    forum: Forum, theo: Participant, camille: Facilitator, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[tuple[Any, ...]] = []
    monkeypatch.setattr(extension(), "content_retracted", lambda *told: learned.append(told), raising=False)
    for retractions in ([], [Retraction("Théo Masson")]):
        with forum.change(Actor(theo, camille), Verb.PROPOSED_TOPIC) as change:
            change.note_unrecorded_effect()
            change.retractions = retractions
    assert learned == [(forum, Actor(facilitator=camille), [Retraction("Théo Masson")])]
