"""The scene of the matrix, and which of its cells the tests try."""

from collections.abc import Iterable

import pytest
from django.conf import settings

from tests.permissions.cells import Cell, sample
from tests.scene import Scene, build_scene

HOSTED_SHARE = 12
"""On PostgreSQL, one in so many of the sample."""


@pytest.fixture
def scene(db: None) -> Scene:
    return build_scene()


def some(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells that the tests try, the same in each run."""
    return [cell for cell in sample(cells) if not settings.DATABASE_URL or cell.number % HOSTED_SHARE == 0]
