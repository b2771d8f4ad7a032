"""The scene, and how many inputs a test sends."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.conftest import forget
from tests.fuzz import FAMILIES, STATES
from tests.scene import Scene, build_scene

INPUTS = 10_000
"""Of all tests together."""
HOSTED_SHARE = 0.1
"""Part of them that PostgreSQL gets: what it takes otherwise than SQLite is found soon."""


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    yield build_scene(STATES)
    forget()


def inputs(family: str) -> int:
    """Return the number of inputs that a test sends."""
    return round(INPUTS * FAMILIES[family] * (HOSTED_SHARE if settings.DATABASE_URL else 1))
