"""10,000 steps of the model of the day, the same ones each time; on PostgreSQL some hundreds."""

import pytest
from django.conf import settings

from tests.model.machine import take_steps


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.laptop) for part in (1, 2, 3))])
def test_whatever_is_done_in_any_order_what_was_predicted_comes_true(part: int) -> None:
    take_steps(part, days=4 if settings.DATABASE_URL else 25)
