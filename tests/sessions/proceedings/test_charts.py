"""The charts of the book as numbers."""

import math
from collections import Counter

import pytest

from sessions.proceedings.charts import DOT_COLOURS, chair_circle


@pytest.mark.parametrize("total", [0, 1, 2, 7, 8, 21, 58, 300, 1000])
def test_the_circle_has_one_dot_for_each_participant(total: int) -> None:
    circle = chair_circle([1] * total)
    assert len(circle.seated) + len(circle.walkers) == total


@pytest.mark.parametrize("total", [8, 58, 300, 1000])
def test_no_dot_hides_another(total: int) -> None:
    circle = chair_circle([total])
    dots = [*circle.seated, *(walker.dot for walker in circle.walkers)]
    closest = min(math.dist((a.x, a.y), (b.x, b.y)) for i, a in enumerate(dots) for b in dots[:i])
    assert closest > 2 * circle.radius


def test_territories_keep_their_share_of_the_colours() -> None:
    circle = chair_circle([14, 11, 9])
    colours = Counter([dot.colour for dot in circle.seated] + [walker.dot.colour for walker in circle.walkers])
    assert colours == {DOT_COLOURS[0]: 14, DOT_COLOURS[1]: 11, DOT_COLOURS[2]: 9}


def test_the_same_forum_gives_the_same_circle() -> None:
    assert chair_circle([3, 20, 5]) == chair_circle([3, 20, 5])
