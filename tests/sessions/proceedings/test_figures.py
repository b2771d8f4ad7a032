import math
from collections import Counter

import pytest

from sessions.proceedings.figures import HUES, circle


@pytest.mark.parametrize("total", [0, 1, 2, 7, 8, 21, 58, 300, 1000])
def test_the_circle_has_one_dot_for_each_participant(total: int) -> None:
    drawn = circle([1] * total)
    assert len(drawn.seated) + len(drawn.walkers) == total


@pytest.mark.parametrize("total", [8, 58, 300, 1000])
def test_no_dot_hides_another(total: int) -> None:
    drawn = circle([total])
    dots = [*drawn.seated, *(walker.dot for walker in drawn.walkers)]
    closest = min(math.dist((a.x, a.y), (b.x, b.y)) for i, a in enumerate(dots) for b in dots[:i])
    assert closest > 2 * drawn.radius


def test_territories_keep_their_share_of_the_colours() -> None:
    drawn = circle([14, 11, 9])
    hues = Counter([dot.hue for dot in drawn.seated] + [walker.dot.hue for walker in drawn.walkers])
    assert hues == {HUES[0]: 14, HUES[1]: 11, HUES[2]: 9}


def test_the_same_forum_gives_the_same_picture() -> None:
    assert circle([3, 20, 5]) == circle([3, 20, 5])
