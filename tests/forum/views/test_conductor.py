"""The conductor’s page: the wall, step by step."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from forum.live import board as boards
from forum.live.audience import Audience
from forum.models import (
    Actor,
    Facilitator,
    Forum,
    JournalEntry,
    Participant,
    Pitch,
    Topic,
)
from forum.phases import WALL_STEPS, Phase, Slide, WallStep
from tests.conftest import ClientFor
from tests.page_texts import text_of, translated


@pytest.fixture
def other(forum: Forum, theo: Participant) -> Topic:
    return Topic.propose(forum, "Des haies partout", "", theo, Actor(theo))


def last_entry(forum: Forum) -> JournalEntry:
    entry = forum.journal.latest("revision")
    entry.forum = forum
    return entry


def button_of(page: Any, key: str) -> Any:
    """Return the conductor’s button for a key."""
    tree: Any = html.fromstring(page.content)
    (button,) = tree.xpath("//button[@data-key=$key]", key=key)
    return button


@pytest.mark.django_db
def test_a_slide_is_on_the_wall_until_everyone_moves_on(forum: Forum, as_camille: Actor) -> None:
    forum.show_slide(Slide.LAW, as_camille)
    assert 'data-shows="law"' in boards.Board(forum, Audience.WALL).html()
    forum.move_to(Phase.GROUPS, as_camille)
    assert Forum.objects.get(pk=forum.pk).wall_step == WallStep(Phase.GROUPS)


@pytest.mark.django_db
def test_showing_a_slide_does_not_move_the_phones(forum: Forum, topic: Topic, as_camille: Actor) -> None:
    before = boards.Board(forum, Audience.PHONE).html()
    forum.show_slide(Slide.PRINCIPLES, as_camille)
    assert boards.Board(forum, Audience.PHONE).html() == before


@pytest.mark.django_db
def test_a_move_with_its_slide_is_undone_as_one(forum: Forum, as_camille: Actor) -> None:
    forum.move_to(Phase.OPENING, as_camille)
    forum.show_slide(Slide.JOIN, as_camille)
    forum.move_to(Phase.MARKETPLACE, as_camille)
    last_entry(forum).undo(as_camille)
    assert Forum.objects.get(pk=forum.pk).wall_step == WallStep(Phase.OPENING, Slide.JOIN)


@pytest.mark.django_db
def test_the_conductor_goes_through_the_opening_plenary_by_its_own_buttons(
    forum: Forum, camille: Facilitator, client_for: ClientFor
) -> None:
    Forum.objects.filter(pk=forum.pk).update(phase=Phase.PREPARATION)
    laptop = client_for(camille)
    steps = []
    for _ in range(8):
        page = laptop.get(f"/{forum.code}/desk/conductor/")
        steps.append(str(page.context["step"]))
        forward = button_of(page, "next")
        laptop.post(forward.get("formaction"), {forward.get("name"): forward.get("value")})
    assert steps == [str(step) for step in WALL_STEPS[:8]]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "?from=marketplace"])
def test_a_button_of_a_phase_that_is_over_brings_nobody_back(
    forum: Forum, camille: Facilitator, client_for: ClientFor, address: str
) -> None:
    """A slide and the next phase, pressed on an outdated page."""
    laptop = client_for(camille)
    forum.move_to(Phase.CLOSING, Actor())
    for step in ("marketplace.law", "groups."):
        response = laptop.post(f"/{forum.code}/desk/conductor/show/{address}", {"step": step})
        assert response.status_code == 409
        refusal = translated("Meanwhile everyone is at “{phase}”: look again.", "fr", phase="Plénière de clôture")
        assert refusal in text_of(response)
    assert laptop.post(f"/{forum.code}/desk/phase/?from=marketplace", {"phase": "groups"}).status_code == 409
    forum.refresh_from_db()
    assert forum.current_phase == Phase.CLOSING


@pytest.mark.django_db
def test_in_the_marketplace_the_way_on_goes_from_pitch_to_pitch_and_only_then_to_the_groups(
    forum: Forum, topic: Topic, other: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    laptop = client_for(camille)
    for queued_topic in (topic, other):
        Pitch.queue(queued_topic, Actor())

    def forward() -> Any:
        return button_of(laptop.get(f"/{forum.code}/desk/conductor/"), "next")

    buttons = []
    for _ in range(3):
        button = forward()
        buttons.append((button.get("formaction"), "data-moves-phase" in button.attrib))
        laptop.post(button.get("formaction"))
    begin = f"/{forum.code}/topics/{{}}/pitch/{{}}/"
    assert buttons == [
        (begin.format(topic.number, "begin"), False),
        (begin.format(other.number, "begin"), False),
        (begin.format(other.number, "end"), False),
    ]
    assert (forward().get("value"), "data-moves-phase" in forward().attrib) == ("groups.", True)


@pytest.mark.django_db
def test_undoing_a_move_of_everybody_takes_two_presses_and_undoing_a_slide_one(
    forum: Forum, as_camille: Actor, camille: Facilitator, client_for: ClientFor
) -> None:
    def is_twice() -> bool:
        page = client_for(camille).get(f"/{forum.code}/desk/conductor/")
        return "data-moves-phase" in button_of(page, "undo").attrib

    forum.move_to(Phase.GROUPS, as_camille)
    assert is_twice()
    forum.show_slide(Slide.LAW, as_camille)
    assert not is_twice()


@pytest.mark.django_db
def test_the_same_step_twice_is_one_change(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    laptop = client_for(camille)
    for _ in range(2):
        laptop.post(f"/{forum.code}/desk/conductor/show/", {"step": "marketplace.law"})
    assert forum.journal.filter(verb="showed a slide").count() == 1


@pytest.mark.django_db
def test_an_unknown_step_is_refused(forum: Forum, camille: Facilitator, client_for: ClientFor) -> None:
    response = client_for(camille).post(f"/{forum.code}/desk/conductor/show/", {"step": "lunch."})
    assert response.status_code == 409


@pytest.mark.django_db
def test_the_conductor_offers_to_undo_what_this_facilitator_did_last_and_then_what_came_before(
    forum: Forum, topic: Topic, nadia: Participant, camille: Facilitator, as_camille: Actor, client_for: ClientFor
) -> None:
    laptop = client_for(camille)
    forum.show_slide(Slide.LAW, as_camille)
    forum.show_slide(Slide.JOIN, as_camille)
    topic.set_interest(nadia, True, Actor(nadia))
    for expected in ("law", ""):
        line = laptop.get(f"/{forum.code}/desk/conductor/").context["undoable"]
        laptop.post(f"/{forum.code}/desk/journal/{line.entry.revision}/undo/")
        forum.refresh_from_db()
        assert forum.slide == expected
    assert laptop.get(f"/{forum.code}/desk/conductor/").context["undoable"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "saved"), [("45", 45), ("", 0), ("0", 0)])
def test_the_seconds_of_a_pitch_are_chosen_on_the_spot(
    forum: Forum, camille: Facilitator, client_for: ClientFor, typed: str, saved: int
) -> None:
    client_for(camille).post(f"/{forum.code}/desk/conductor/seconds/", {"pitch_seconds": typed})
    forum.refresh_from_db()
    assert forum.pitch_seconds == saved


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["-5", "601", "beaucoup"])
def test_seconds_that_make_no_sense_are_shown_again_with_the_reason(
    forum: Forum, camille: Facilitator, client_for: ClientFor, typed: str
) -> None:
    response = client_for(camille).post(f"/{forum.code}/desk/conductor/seconds/", {"pitch_seconds": typed})
    assert response.status_code == 422
    assert f'value="{typed}"' in response.content.decode()
    assert "errorlist" in response.content.decode()


@pytest.mark.django_db
def test_the_number_of_queries_of_the_conductor_does_not_depend_on_the_queue(
    forum: Forum, nadia: Participant, camille: Facilitator, as_camille: Actor, client_for: ClientFor,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:  # fmt: skip
    laptop = client_for(camille)
    for n in range(12):
        Pitch.queue(Topic.propose(forum, f"Sujet {n}", "", nadia, as_camille), as_camille)
    with django_assert_max_num_queries(20):
        laptop.get(f"/{forum.code}/desk/conductor/")
