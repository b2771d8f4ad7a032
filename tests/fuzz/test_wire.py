"""Bytes on a connection, which no browser sends."""

import pytest

from tests.fuzz import wire
from tests.fuzz.conftest import inputs
from tests.scene import Scene


@pytest.mark.django_db(transaction=True)
def test_no_bytes_break_the_server(scene: Scene) -> None:
    assert wire.run(scene, inputs("wire"), "tests").faults == []
