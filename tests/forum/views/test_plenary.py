"""The plenary: what the wall shows step by step, who presents a topic, and that all of it can be taken back."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from lxml import html
from websockets.sync.client import connect

from forum.auth.identity import participant_cookie
from forum.fragment_keys import Key
from forum.live import board as boards
from forum.models import (
    Actor,
    CannotUndo,
    Device,
    Facilitator,
    Forum,
    JournalEntry,
    NotQueued,
    Participant,
    Pitch,
    Topic,
)
from forum.phases import WALL_STEPS, Phase, Slide, WallStep
from tests.conftest import ClientFor
from tests.live_server import running_server
from tests.words import said, text_of


@pytest.fixture
def other(forum: Forum, theo: Participant) -> Topic:
    return Topic.propose(forum, "Des haies partout", "", theo, Actor(theo))


@pytest.fixture
def third(forum: Forum) -> Topic:
    return Topic.propose(forum, "Qui paie ?", "", None, Actor())


def last(forum: Forum) -> JournalEntry:
    entry = forum.journal.latest("revision")
    entry.forum = forum
    return entry


def order(forum: Forum) -> list[int]:
    return [pitch.topic.number for pitch in forum.pitches.waiting().select_related("topic")]


def on_the_wall(forum: Forum) -> list[int]:
    return [pitch.topic.number for pitch in forum.pitches.on_the_wall().select_related("topic")]


def button_of(page: Any, key: str) -> Any:
    """The conductor's button that this key presses."""
    tree: Any = html.fromstring(page.content)
    (button,) = tree.xpath("//button[@data-key=$key]", key=key)
    return button


# ---- the story of the day ----------------------------------------------------------------------------------------


def test_the_day_is_told_from_the_preparation_to_the_report() -> None:
    assert [str(step) for step in WALL_STEPS] == [
        "preparation.", "opening.welcome", "opening.question", "opening.principles", "opening.law", "opening.join",
        "opening.", "marketplace.", "groups.", "closing.", "published.",
    ]  # fmt: skip


def test_every_step_leads_to_the_next_and_back() -> None:
    assert [step.next for step in WALL_STEPS] == [*WALL_STEPS[1:], None]
    assert [step.previous for step in WALL_STEPS] == [None, *WALL_STEPS[:-1]]


def test_a_slide_shown_out_of_turn_leads_back_to_its_phase() -> None:
    step = WallStep(Phase.GROUPS, Slide.LAW)
    assert (step.next, step.previous) == (WallStep(Phase.GROUPS), WallStep(Phase.GROUPS))


def test_a_step_is_read_as_it_is_written() -> None:
    steps = [*WALL_STEPS, WallStep(Phase.GROUPS, Slide.LAW)]
    assert [WallStep.parse(str(step)) for step in steps] == steps


@pytest.mark.parametrize("text", ["", "lunch.", "opening.dessert", ".law", "opening.law."])
def test_what_is_no_step_is_read_as_none(text: str) -> None:
    assert WallStep.parse(text) is None


@pytest.mark.django_db
def test_a_slide_is_on_the_wall_until_everyone_moves_on(forum: Forum, chair: Actor) -> None:
    forum.show_slide(Slide.LAW, chair)
    assert 'data-shows="law"' in boards.Board(forum, "wall").html()
    forum.move_to(Phase.GROUPS, chair)
    assert Forum.objects.get(pk=forum.pk).wall_step == WallStep(Phase.GROUPS)


@pytest.mark.django_db
def test_showing_a_slide_does_not_move_the_phones(forum: Forum, topic: Topic, chair: Actor) -> None:
    before = boards.Board(forum, "phone").html()
    forum.show_slide(Slide.PRINCIPLES, chair)
    assert boards.Board(forum, "phone").html() == before


@pytest.mark.django_db
def test_a_move_with_its_slide_is_undone_as_one(forum: Forum, chair: Actor) -> None:
    forum.move_to(Phase.OPENING, chair)
    forum.show_slide(Slide.JOIN, chair)
    forum.move_to(Phase.MARKETPLACE, chair)
    last(forum).undo(chair)
    assert Forum.objects.get(pk=forum.pk).wall_step == WallStep(Phase.OPENING, Slide.JOIN)


# ---- the queue ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_asks_first_comes_first_and_nobody_waits_twice(
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    for asked in (other, topic, other):
        Pitch.queue(asked, chair)
    assert order(forum) == [other.number, topic.number]


@pytest.mark.django_db
def test_one_topic_at_a_time_is_on_the_wall(forum: Forum, topic: Topic, other: Topic, chair: Actor) -> None:
    first, second = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    first.begin(chair)
    second.begin(chair)
    assert (on_the_wall(forum), order(forum)) == ([other.number], [])


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
def test_what_was_presented_may_be_queued_again_at_the_end(
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    pitch = Pitch.queue(topic, chair)
    pitch.begin(chair)
    pitch.end(chair)
    Pitch.queue(other, chair)
    Pitch.queue(topic, chair)
    assert (order(forum), on_the_wall(forum)) == ([other.number, topic.number], [])


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "expected"), [(-1, ["2", "1", "3"]), (1, ["1", "3", "2"])], ids=["earlier", "later"])
def test_a_pitch_changes_places_with_its_neighbour(
    forum: Forum, topic: Topic, other: Topic, third: Topic, chair: Actor, step: int, expected: list[str]
) -> None:
    for queued in (topic, other, third):
        Pitch.queue(queued, chair)
    before = order(forum)
    other.pitch.move(step, chair)
    assert order(forum) == [before[int(n) - 1] for n in expected]
    last(forum).undo(chair)
    assert order(forum) == before


@pytest.mark.django_db
def test_at_the_ends_of_the_queue_nothing_moves(forum: Forum, topic: Topic, other: Topic, chair: Actor) -> None:
    first, second = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    first.move(-1, chair)
    second.move(1, chair)
    assert order(forum) == [topic.number, other.number]


@pytest.mark.django_db
def test_who_came_back_to_a_place_that_was_given_can_still_be_moved(
    forum: Forum, topic: Topic, other: Topic, third: Topic, chair: Actor
) -> None:
    Pitch.queue(topic, chair)
    Pitch.queue(other, chair).leave_queue(chair)
    dropped = last(forum)
    Pitch.queue(third, chair)
    dropped.undo(chair)
    for _ in range(2):
        Pitch.objects.get(topic=third).move(-1, chair)
    assert order(forum) == [third.number, topic.number, other.number]


@pytest.mark.django_db
def test_only_who_waits_comes_onto_the_wall(topic: Topic, chair: Actor) -> None:
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
    assert order(forum) == []
    assert "data-shows" not in boards.Board(forum, "wall").fragment(Key.STAGE)
    topic.bring_back(chair)
    assert order(forum) == [topic.number]


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["slide", "phase"])
def test_what_else_is_shown_ends_the_pitch(forum: Forum, topic: Topic, chair: Actor, what: str) -> None:
    Pitch.queue(topic, chair).begin(chair)
    if what == "slide":
        forum.show_slide(Slide.LAW, chair)
    else:
        forum.move_to(Phase.GROUPS, chair)
    assert on_the_wall(forum) == []
    last(forum).undo(chair)
    assert on_the_wall(forum) == [topic.number]


# ---- undo --------------------------------------------------------------------------------------------------------


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
    last(forum).undo(chair)
    assert state() == before


@pytest.mark.django_db
def test_an_end_is_not_undone_once_another_topic_is_on_the_wall(
    forum: Forum, topic: Topic, other: Topic, chair: Actor
) -> None:
    first, second = Pitch.queue(topic, chair), Pitch.queue(other, chair)
    first.begin(chair)
    first.end(chair)
    ended = last(forum)
    second.begin(chair)
    with pytest.raises(CannotUndo):
        ended.undo(chair)
    assert on_the_wall(forum) == [other.number]


# ---- the pages ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_convener_queues_from_their_phone_and_leaves_the_queue(
    forum: Forum, topic: Topic, nadia: Participant, client_for: ClientFor
) -> None:
    phone = client_for(nadia)
    address = f"/{forum.code}/topics/{topic.number}/"
    phone.post(f"{address}pitch/", {"waiting": "yes"})
    assert order(forum) == [topic.number]
    assert said("In the queue: it is next.", "fr") in text_of(phone.get(address))
    phone.post(f"{address}pitch/", {"waiting": "no"})
    assert order(forum) == []


@pytest.mark.django_db
def test_a_button_of_a_queue_that_moved_says_so(
    forum: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    answer = client_for(camille).post(f"/{forum.code}/topics/{topic.number}/pitch/begin/")
    assert answer.status_code == 409
    assert said("Number {number} is not in the queue any more.", "fr", number=topic.number) in text_of(answer)


@pytest.mark.django_db
def test_the_conductor_goes_through_the_opening_plenary_by_its_own_buttons(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    Forum.objects.filter(pk=forum.pk).update(phase=Phase.PREPARATION)
    laptop = client_for(camille)
    seen = []
    for _ in range(8):
        page = laptop.get(f"/{forum.code}/desk/conductor/")
        seen.append(str(page.context["now"]))
        forward = button_of(page, "next")
        laptop.post(forward.get("formaction"), {forward.get("name"): forward.get("value")})
    assert seen == [str(step) for step in WALL_STEPS[:8]]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "?from=marketplace"])
def test_a_button_of_a_phase_that_is_over_brings_nobody_back(
    forum: Forum, camille: Facilitator, client_for: ClientFor, address: str
) -> None:
    """A slide, or the way on, pressed on a page that has not followed yet."""
    laptop = client_for(camille)
    forum.move_to(Phase.CLOSING, Actor())
    for step in ("marketplace.law", "groups."):
        answer = laptop.post(f"/{forum.code}/desk/conductor/show/{address}", {"step": step})
        assert answer.status_code == 409
        assert said("Meanwhile everyone is at “{phase}”: look again.", "fr", phase="Plénière de clôture") in text_of(
            answer
        )
    assert laptop.post(f"/{forum.code}/desk/phase/?from=marketplace", {"phase": "groups"}).status_code == 409
    forum.refresh_from_db()
    assert forum.current_phase == Phase.CLOSING


@pytest.mark.django_db
def test_in_the_marketplace_the_way_on_goes_from_pitch_to_pitch_and_only_then_to_the_groups(
    forum: Forum, topic: Topic, other: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    laptop = client_for(camille)
    for each in (topic, other):
        Pitch.queue(each, Actor())

    def forward() -> Any:
        return button_of(laptop.get(f"/{forum.code}/desk/conductor/"), "next")

    seen = []
    for _ in range(3):
        button = forward()
        seen.append((button.get("formaction"), "data-moves-phase" in button.attrib))
        laptop.post(button.get("formaction"))
    begin = f"/{forum.code}/topics/{{}}/pitch/{{}}/"
    assert seen == [
        (begin.format(topic.number, "begin"), False),
        (begin.format(other.number, "begin"), False),
        (begin.format(other.number, "end"), False),
    ]
    assert (forward().get("value"), "data-moves-phase" in forward().attrib) == ("groups.", True)


@pytest.mark.django_db
def test_undoing_a_move_of_everybody_takes_two_presses_and_undoing_a_slide_one(
    forum: Forum, chair: Actor, camille: Facilitator, client_for: ClientFor
) -> None:
    def is_twice() -> bool:
        page = client_for(camille).get(f"/{forum.code}/desk/conductor/")
        return "data-moves-phase" in button_of(page, "undo").attrib

    forum.move_to(Phase.GROUPS, chair)
    assert is_twice()
    forum.show_slide(Slide.LAW, chair)
    assert not is_twice()


@pytest.mark.django_db
def test_the_same_step_twice_is_one_change(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    laptop = client_for(camille)
    for _ in range(2):
        laptop.post(f"/{forum.code}/desk/conductor/show/", {"step": "marketplace.law"})
    assert forum.journal.filter(verb="showed a slide").count() == 1


@pytest.mark.django_db
def test_a_step_that_is_none_is_refused(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    answer = client_for(camille).post(f"/{forum.code}/desk/conductor/show/", {"step": "lunch."})
    assert answer.status_code == 409


@pytest.mark.django_db
def test_the_conductor_offers_to_undo_what_this_facilitator_did_last_and_then_what_came_before(
    forum: Forum, topic: Topic, nadia: Participant, camille: Facilitator, chair: Actor, client_for: ClientFor
) -> None:
    laptop = client_for(camille)
    forum.show_slide(Slide.LAW, chair)
    forum.show_slide(Slide.JOIN, chair)
    topic.set_interest(nadia, True, Actor(nadia))
    for expected in ("law", ""):
        told = laptop.get(f"/{forum.code}/desk/conductor/").context["last"]
        laptop.post(f"/{forum.code}/desk/journal/{told.entry.revision}/undo/")
        forum.refresh_from_db()
        assert forum.slide == expected
    assert laptop.get(f"/{forum.code}/desk/conductor/").context["last"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "kept"), [("45", 45), ("", 0), ("0", 0)])
def test_the_seconds_of_a_pitch_are_chosen_on_the_spot(
    forum: Forum, camille: Facilitator, client_for: ClientFor, typed: str, kept: int
) -> None:
    client_for(camille).post(f"/{forum.code}/desk/conductor/seconds/", {"pitch_seconds": typed})
    forum.refresh_from_db()
    assert forum.pitch_seconds == kept


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["-5", "601", "beaucoup"])
def test_seconds_that_make_no_sense_are_shown_again_with_the_reason(
    forum: Forum, camille: Facilitator, client_for: ClientFor, typed: str
) -> None:
    answer = client_for(camille).post(f"/{forum.code}/desk/conductor/seconds/", {"pitch_seconds": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode()
    assert "errorlist" in answer.content.decode()


@pytest.mark.django_db
def test_the_number_of_queries_of_the_conductor_does_not_depend_on_the_queue(
    forum: Forum, nadia: Participant, camille: Facilitator, chair: Actor, client_for: ClientFor,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:  # fmt: skip
    laptop = client_for(camille)
    for n in range(12):
        Pitch.queue(Topic.propose(forum, f"Sujet {n}", "", nadia, chair), chair)
    with django_assert_max_num_queries(20):
        laptop.get(f"/{forum.code}/desk/conductor/")


# ---- the wall ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_browser_keeps_the_look_of_its_wall(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    projector = client_for(camille)
    wall = f"/{forum.code}/wall/"
    assert "is-bright" not in projector.get(wall).content.decode()
    assert "is-bright" in projector.get(f"{wall}?look=light").content.decode()
    assert "is-bright" in projector.get(wall).content.decode()
    assert "is-bright" not in projector.get(f"{wall}?look=purple").content.decode()


@pytest.mark.django_db
def test_the_wall_may_be_framed_by_our_own_pages_and_nothing_else_by_anybody(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    laptop = client_for(camille)
    policies = {
        page: laptop.get(f"/{forum.code}/{page}").headers["Content-Security-Policy"]
        for page in ("wall/", "desk/", "desk/conductor/")
    }
    assert [page for page, policy in policies.items() if "frame-ancestors 'none'" not in policy] == ["wall/"]
    assert [page for page, policy in policies.items() if "frame-src 'self'" in policy] == ["desk/conductor/"]


@pytest.mark.django_db
def test_a_facilitator_sees_how_the_wall_will_be_and_nothing_changes(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    address = f"/{forum.code}/wall/?step=opening.law"
    assert 'data-shows="law"' in client_for(camille).get(address).content.decode()
    assert 'data-shows="law"' not in client_for(nadia).get(address).content.decode()
    assert Forum.objects.get(pk=forum.pk).wall_step == WallStep(Phase.MARKETPLACE)


@pytest.mark.django_db(transaction=True)
def test_a_page_that_counts_may_ask_what_time_it_is(forum: Forum, nadia: Participant) -> None:
    cookie = f"{participant_cookie(forum)}={Device.issue(nadia)}"
    with (
        running_server() as url,
        time_machine.travel(datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.get_current_timezone())),
        connect(f"{url.replace('http', 'ws')}/{forum.code}/live/", additional_headers={"Cookie": cookie}) as socket,
    ):
        socket.send("now?")
        told = next(message for message in map(json.loads, socket) if "now" in message)
        assert told == {"now": pytest.approx(timezone.now().timestamp() * 1000, abs=5_000)}
