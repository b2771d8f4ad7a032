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
from tests.words import text_of, translated


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
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    for queued_topic in (other, topic, other):
        Pitch.queue(queued_topic, chair)
    assert queue_numbers(forum) == [other.number, topic.number]


@pytest.mark.django_db
def test_one_topic_at_a_time_is_on_the_wall(forum: Forum, topic: Topic, other: Topic, chair: Actor) -> None:
    first, second = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    first.begin(chair)
    second.begin(chair)
    assert (wall_numbers(forum), queue_numbers(forum)) == ([other.number], [])


@pytest.mark.django_db
def test_the_countdown_is_the_one_chosen_when_the_pitch_began(forum: Forum, topic: Topic, chair: Actor) -> None:
    forum.set_pitch_seconds(90, chair)
    pitch = Pitch.queue(topic, chair)
    pitch.begin(chair)
    forum.set_pitch_seconds(30, chair)
    pitch = Pitch.objects.get()
    assert pitch.began_at
    assert pitch.countdown_ends_at == pitch.began_at + timedelta(seconds=90)


@pytest.mark.django_db
def test_without_seconds_nobody_counts(topic: Topic, chair: Actor) -> None:
    pitch = Pitch.queue(topic, chair)
    pitch.begin(chair)
    assert pitch.countdown_ends_at is None


@pytest.mark.django_db
def test_a_presented_topic_may_be_queued_again_at_the_end(
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    pitch = Pitch.queue(topic, chair)
    pitch.begin(chair)
    pitch.end(chair)
    Pitch.queue(other, chair)
    Pitch.queue(topic, chair)
    assert (queue_numbers(forum), wall_numbers(forum)) == ([other.number, topic.number], [])


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "expected"), [(-1, ["2", "1", "3"]), (1, ["1", "3", "2"])], ids=["earlier", "later"])
def test_a_pitch_changes_places_with_its_neighbour(
    forum: Forum, topic: Topic, other: Topic, third: Topic, chair: Actor, step: int, expected: list[str]
) -> None:
    for queued in (topic, other, third):
        Pitch.queue(queued, chair)
    before = queue_numbers(forum)
    other.pitch.move(step, chair)
    assert queue_numbers(forum) == [before[int(n) - 1] for n in expected]
    last_entry(forum).undo(chair)
    assert queue_numbers(forum) == before


@pytest.mark.django_db
def test_at_the_ends_of_the_queue_nothing_moves(forum: Forum, topic: Topic, other: Topic, chair: Actor) -> None:
    first, second = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    first.move(-1, chair)
    second.move(1, chair)
    assert queue_numbers(forum) == [topic.number, other.number]


@pytest.mark.django_db
def test_pitches_at_the_same_position_can_still_be_moved(
    forum: Forum, topic: Topic, other: Topic, third: Topic, chair: Actor
) -> None:
    Pitch.queue(topic, chair)
    Pitch.queue(other, chair).leave_queue(chair)
    dropped = last_entry(forum)
    Pitch.queue(third, chair)
    dropped.undo(chair)
    for _ in range(2):
        Pitch.objects.get(topic=third).move(-1, chair)
    assert queue_numbers(forum) == [third.number, topic.number, other.number]


@pytest.mark.django_db
def test_only_a_waiting_pitch_comes_onto_the_wall(topic: Topic, chair: Actor) -> None:
    pitch = Pitch.queue(topic, chair)
    pitch.leave_queue(chair)
    with pytest.raises(NotQueued):
        pitch.begin(chair)
    again = Pitch.queue(topic, chair)
    again.begin(chair)
    again.end(chair)
    with pytest.raises(NotQueued):
        again.begin(chair)


@pytest.mark.django_db
def test_a_withdrawn_topic_leaves_the_queue_and_the_wall_and_finds_its_place_again(
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    Pitch.queue(topic, chair)
    Pitch.queue(other, chair).begin(chair)
    for withdrawn in (topic, other):
        withdrawn.withdraw(chair)
    assert queue_numbers(forum) == []
    assert "data-shows" not in boards.Board(forum, Audience.WALL).fragment(Key.STAGE)
    topic.bring_back(chair)
    assert queue_numbers(forum) == [topic.number]


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["slide", "phase"])
def test_a_slide_or_another_phase_ends_the_pitch(forum: Forum, topic: Topic, chair: Actor, what: str) -> None:
    Pitch.queue(topic, chair).begin(chair)
    if what == "slide":
        forum.show_slide(Slide.LAW, chair)
    else:
        forum.move_to(Phase.GROUPS, chair)
    assert wall_numbers(forum) == []
    last_entry(forum).undo(chair)
    assert wall_numbers(forum) == [topic.number]


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["queue", "begin", "end", "drop", "show", "time"])
def test_each_verb_is_undone(forum: Forum, topic: Topic, other: Topic, chair: Actor, verb: str) -> None:
    queued, shown = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    shown.begin(chair)
    free = Topic.propose(forum, "Libre", "", None, chair)

    def state() -> object:
        pitches = Pitch.objects.order_by("pk").values("topic", "position", "began_at", "ended_at", "seconds")
        return list(pitches), *Forum.objects.values_list("slide", "pitch_seconds").get(pk=forum.pk)

    before = state()
    verbs: dict[str, Callable[[], object]] = {
        "queue": lambda: Pitch.queue(free, chair),
        "begin": lambda: queued.begin(chair),
        "end": lambda: shown.end(chair),
        "drop": lambda: queued.leave_queue(chair),
        "show": lambda: forum.show_slide(Slide.LAW, chair),
        "time": lambda: forum.set_pitch_seconds(120, chair),
    }
    verbs[verb]()
    assert state() != before
    last_entry(forum).undo(chair)
    assert state() == before


@pytest.mark.django_db
def test_an_end_is_not_undone_once_another_topic_is_on_the_wall(
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    first, second = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    first.begin(chair)
    first.end(chair)
    ended = last_entry(forum)
    second.begin(chair)
    with pytest.raises(CannotUndo):
        ended.undo(chair)
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
