"""Pitches: the queue, the topic on the wall, and undoing each verb."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from forum.fragment_keys import Key
from forum.live import board as boards
from forum.live.audience import Audience
from forum.models import (
    Actor,
    CannotUndo,
    Facilitator,
    Forum,
    JournalEntry,
    NotQueued,
    Participant,
    Pitch,
    Topic,
)
from forum.phases import Phase, Slide
from tests.conftest import ClientFor
from tests.page_texts import text_of, translated


@pytest.fixture
def other(forum: Forum, theo: Participant) -> Topic:
    return Topic.propose(forum, "Des haies partout", "", theo, Actor(theo))


@pytest.fixture
def third(forum: Forum) -> Topic:
    return Topic.propose(forum, "Qui paie ?", "", None, Actor())


def last_entry(forum: Forum) -> JournalEntry:
    entry = forum.journal.latest("revision")
    entry.forum = forum
    return entry


def queue_numbers(forum: Forum) -> list[int]:
    return [pitch.topic.number for pitch in forum.pitches.waiting().select_related("topic")]


def wall_numbers(forum: Forum) -> list[int]:
    return [pitch.topic.number for pitch in forum.pitches.on_the_wall().select_related("topic")]


@pytest.mark.django_db
def test_the_queue_is_in_the_order_of_asking_and_nobody_waits_twice(
    forum: Forum, topic: Topic, other: Topic, as_camille: Actor
) -> None:
    for queued_topic in (other, topic, other):
        Pitch.queue(queued_topic, as_camille)
    assert queue_numbers(forum) == [other.number, topic.number]


@pytest.mark.django_db
def test_one_topic_at_a_time_is_on_the_wall(forum: Forum, topic: Topic, other: Topic, as_camille: Actor) -> None:
    first, second = Pitch.queue(topic, as_camille), Pitch.queue(other, as_camille)
    first.begin(as_camille)
    second.begin(as_camille)
    assert (wall_numbers(forum), queue_numbers(forum)) == ([other.number], [])


@pytest.mark.django_db
def test_the_countdown_is_the_one_chosen_when_the_pitch_began(forum: Forum, topic: Topic, as_camille: Actor) -> None:
    forum.set_pitch_seconds(90, as_camille)
    pitch = Pitch.queue(topic, as_camille)
    pitch.begin(as_camille)
    forum.set_pitch_seconds(30, as_camille)
    pitch = Pitch.objects.get()
    assert pitch.began_at
    assert pitch.countdown_ends_at == pitch.began_at + timedelta(seconds=90)


@pytest.mark.django_db
def test_without_seconds_nobody_counts(topic: Topic, as_camille: Actor) -> None:
    pitch = Pitch.queue(topic, as_camille)
    pitch.begin(as_camille)
    assert pitch.countdown_ends_at is None


@pytest.mark.django_db
def test_a_presented_topic_may_be_queued_again_at_the_end(
    forum: Forum, topic: Topic, other: Topic, as_camille: Actor
) -> None:
    pitch = Pitch.queue(topic, as_camille)
    pitch.begin(as_camille)
    pitch.end(as_camille)
    Pitch.queue(other, as_camille)
    Pitch.queue(topic, as_camille)
    assert (queue_numbers(forum), wall_numbers(forum)) == ([other.number, topic.number], [])


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "expected"), [(-1, ["2", "1", "3"]), (1, ["1", "3", "2"])], ids=["earlier", "later"])
def test_a_pitch_changes_places_with_its_neighbour(
    forum: Forum, topic: Topic, other: Topic, third: Topic, as_camille: Actor, step: int, expected: list[str]
) -> None:
    for queued in (topic, other, third):
        Pitch.queue(queued, as_camille)
    before = queue_numbers(forum)
    other.pitch.move(step, as_camille)
    assert queue_numbers(forum) == [before[int(n) - 1] for n in expected]
    last_entry(forum).undo(as_camille)
    assert queue_numbers(forum) == before


@pytest.mark.django_db
def test_at_the_ends_of_the_queue_nothing_moves(forum: Forum, topic: Topic, other: Topic, as_camille: Actor) -> None:
    first, second = Pitch.queue(topic, as_camille), Pitch.queue(other, as_camille)
    first.move(-1, as_camille)
    second.move(1, as_camille)
    assert queue_numbers(forum) == [topic.number, other.number]


@pytest.mark.django_db
def test_pitches_at_the_same_position_can_still_be_moved(
    forum: Forum, topic: Topic, other: Topic, third: Topic, as_camille: Actor
) -> None:
    Pitch.queue(topic, as_camille)
    Pitch.queue(other, as_camille).leave_queue(as_camille)
    dropped = last_entry(forum)
    Pitch.queue(third, as_camille)
    dropped.undo(as_camille)
    for _ in range(2):
        Pitch.objects.get(topic=third).move(-1, as_camille)
    assert queue_numbers(forum) == [third.number, topic.number, other.number]


@pytest.mark.django_db
def test_only_a_waiting_pitch_comes_onto_the_wall(topic: Topic, as_camille: Actor) -> None:
    pitch = Pitch.queue(topic, as_camille)
    pitch.leave_queue(as_camille)
    with pytest.raises(NotQueued):
        pitch.begin(as_camille)
    again = Pitch.queue(topic, as_camille)
    again.begin(as_camille)
    again.end(as_camille)
    with pytest.raises(NotQueued):
        again.begin(as_camille)


@pytest.mark.django_db
def test_a_withdrawn_topic_leaves_the_queue_and_the_wall_and_finds_its_place_again(
    forum: Forum, topic: Topic, other: Topic, as_camille: Actor
) -> None:
    Pitch.queue(topic, as_camille)
    Pitch.queue(other, as_camille).begin(as_camille)
    for withdrawn in (topic, other):
        withdrawn.withdraw(as_camille)
    assert queue_numbers(forum) == []
    assert "data-shows" not in boards.Board(forum, Audience.WALL).fragment(Key.STAGE)
    topic.bring_back(as_camille)
    assert queue_numbers(forum) == [topic.number]


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["slide", "phase"])
def test_a_slide_or_another_phase_ends_the_pitch(forum: Forum, topic: Topic, as_camille: Actor, what: str) -> None:
    Pitch.queue(topic, as_camille).begin(as_camille)
    if what == "slide":
        forum.show_slide(Slide.LAW, as_camille)
    else:
        forum.move_to(Phase.GROUPS, as_camille)
    assert wall_numbers(forum) == []
    last_entry(forum).undo(as_camille)
    assert wall_numbers(forum) == [topic.number]


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["queue", "begin", "end", "drop", "show", "time"])
def test_each_verb_is_undone(forum: Forum, topic: Topic, other: Topic, as_camille: Actor, verb: str) -> None:
    queued, shown = Pitch.queue(topic, as_camille), Pitch.queue(other, as_camille)
    shown.begin(as_camille)
    free = Topic.propose(forum, "Libre", "", None, as_camille)

    def state() -> object:
        pitches = Pitch.objects.order_by("pk").values("topic", "position", "began_at", "ended_at", "seconds")
        return list(pitches), *Forum.objects.values_list("slide", "pitch_seconds").get(pk=forum.pk)

    before = state()
    verbs: dict[str, Callable[[], object]] = {
        "queue": lambda: Pitch.queue(free, as_camille),
        "begin": lambda: queued.begin(as_camille),
        "end": lambda: shown.end(as_camille),
        "drop": lambda: queued.leave_queue(as_camille),
        "show": lambda: forum.show_slide(Slide.LAW, as_camille),
        "time": lambda: forum.set_pitch_seconds(120, as_camille),
    }
    verbs[verb]()
    assert state() != before
    last_entry(forum).undo(as_camille)
    assert state() == before


@pytest.mark.django_db
def test_an_end_is_not_undone_once_another_topic_is_on_the_wall(
    forum: Forum, topic: Topic, other: Topic, as_camille: Actor
) -> None:
    first, second = Pitch.queue(topic, as_camille), Pitch.queue(other, as_camille)
    first.begin(as_camille)
    first.end(as_camille)
    ended = last_entry(forum)
    second.begin(as_camille)
    with pytest.raises(CannotUndo):
        ended.undo(as_camille)
    assert wall_numbers(forum) == [other.number]


@pytest.mark.django_db
def test_a_convener_queues_from_their_phone_and_leaves_the_queue(
    forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    phone = client_for(nadia)
    address = f"/{forum.code}/topics/{topic.number}/"
    phone.post(f"{address}pitch/", {"waiting": "yes"})
    assert queue_numbers(forum) == [topic.number]
    assert translated("In the queue: it is next.", "fr") in text_of(phone.get(address))
    phone.post(f"{address}pitch/", {"waiting": "no"})
    assert queue_numbers(forum) == []


@pytest.mark.django_db
def test_a_button_of_a_queue_that_moved_says_so(
    forum: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    response = client_for(camille).post(f"/{forum.code}/topics/{topic.number}/pitch/begin/")
    assert response.status_code == 409
    assert translated("Number {number} is not in the queue any more.", "fr", number=topic.number) in text_of(response)
