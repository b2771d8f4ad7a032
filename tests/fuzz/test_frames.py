"""Sockets of a board and of a report, to which anything is sent."""

import pytest

from tests.fuzz import frames
from tests.fuzz.conftest import inputs
from tests.fuzz.run import FACILITATORS, PEOPLE
from tests.scene import Scene


@pytest.mark.django_db(transaction=True)
def test_no_frame_breaks_a_socket(scene: Scene) -> None:
    assert frames.run(scene, inputs("frames"), "tests", (*PEOPLE, *FACILITATORS)).faults == []
