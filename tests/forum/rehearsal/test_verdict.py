"""The verdict of a rehearsal: when it holds, and what it says of its figures."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from forum.rehearsal import verdict
from forum.rehearsal.results import LoadLevel, RehearsalResult, StopReason


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def result_with(**values: Any) -> RehearsalResult:
    """Return the result of a rehearsal of three phones in which all went well, except for these values."""
    well: dict[str, Any] = {
        "arrivals": [1.0, 2.0, 3.0],
        "updates": [(0.1, "Marketplace"), (0.2, "Groups gather")],
        "levels": [LoadLevel(10, 0.1, 0.2, 0)],
        "screens": 4,
        "erased": True,
    }
    return RehearsalResult(phones=3, is_this_computer=True, **well | values)


def test_a_good_rehearsal_holds_and_says_its_limits() -> None:
    said = "\n".join(verdict.report_lines(result_with()))
    assert verdict.holds(result_with())
    assert "up to 3 phones arrive in 3.0\N{NO-BREAK SPACE}s: 1 a second" in said
    assert "IT HOLDS: 3 phones are at ease." in said


@pytest.mark.parametrize(
    ("values", "conclusion"),
    [
        ({"lost": 1}, "IT DOES NOT HOLD: something was lost."),
        ({"lost_texts": 1}, "IT DOES NOT HOLD: something was lost."),
        ({"arrivals": [1.0, 2.0]}, "IT DOES NOT HOLD with 3 phones."),
        ({"arrivals": [1.0, 2.0, 31.0]}, "IT DOES NOT HOLD with 3 phones."),
        ({"updates": [(6.0, "")]}, "IT DOES NOT HOLD with 3 phones."),
        ({"stopped": StopReason.UNREACHABLE, "stopped_at": "x"}, "IT DOES NOT HOLD: the app stopped answering (“x”)."),
    ],
)  # fmt: skip
def test_what_is_lost_late_or_wrong_does_not_hold(values: dict[str, Any], conclusion: str) -> None:
    assert not verdict.holds(result_with(**values))
    assert conclusion in verdict.report_lines(result_with(**values))


def test_an_error_does_not_hold_and_is_named() -> None:
    figures = result_with()
    figures.errors.update({"timeout": 2, "503": 1})
    assert not verdict.holds(figures)
    assert "Errors: no answer in 30 s × 2, answer 503 × 1." in verdict.report_lines(figures)


def test_a_slow_rehearsal_holds_with_advice() -> None:
    said = verdict.report_lines(result_with(arrivals=[5.0, 10.0, 15.0]))
    assert "IT HOLDS with 3 phones, but slowly." in said
    assert "Let people scan the code as they come in, not more than 2 at once." in said
