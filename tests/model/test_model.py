"""10,000 steps of the model of the day, the same ones each time; on PostgreSQL some hundreds."""

import pytest
from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS

from forum.server import copy_contents
from tests.model.machine import take_steps


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.laptop) for part in (1, 2, 3))])
def test_whatever_is_done_in_any_order_what_was_predicted_comes_true(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m tests.model` shows a failure by the fewest steps, which takes minutes."""
    monkeypatch.setattr(copy_contents, "ALIAS", NO_DB_ALIAS)  # the one that tests may connect to, beside their own
    take_steps(part, days=4 if settings.DATABASE_URL else 25, shrinks=False)
