"""The steps of the day, in order."""

import pytest

from forum.phases import WALL_STEPS, Phase, Slide, WallStep


def test_the_steps_go_from_the_preparation_to_the_report() -> None:
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
def test_an_unknown_step_is_read_as_none(text: str) -> None:
    assert WallStep.parse(text) is None
