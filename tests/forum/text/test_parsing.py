"""What comes from outside, read in one way: numbers, and JSON."""

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from forum.models import Forum
from forum.text.parsing import LARGEST, read_json, row_number, whole_number


@pytest.mark.parametrize(
    "text", ["", " ", "-", "+1", "1.5", "1e3", "0x1", "1_000", "²", "١٢٣", "1\n", "9" * 5000, "NaN"]
)
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert whole_number(text) is None
    assert row_number(text) == 0


@given(st.integers(), st.integers(-LARGEST, LARGEST), st.integers(-LARGEST, LARGEST))
def test_a_number_is_read_within_its_bounds_only(number: int, least: int, most: int) -> None:
    expected = number if least <= number <= most else None
    assert whole_number(str(number), least, most) == expected


@pytest.mark.django_db
def test_the_largest_number_can_be_looked_up_and_kept(forum: Forum) -> None:
    assert forum.topics.filter(number=LARGEST, pk=LARGEST).exists() is False
    assert connection.ops.integer_field_range("PositiveIntegerField")[1] >= LARGEST


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        "NaN",
        "[Infinity]",
        "-Infinity",
        '{"a": 1, "a": 2}',
        "9" * 5000,
        b"\xff\xfe\x00",
    ],
    ids=lambda text: str(text[:12]),
)  # fmt: skip
def test_what_is_nearly_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_json(text)


def test_json_that_is_too_long_is_refused_before_it_is_read() -> None:
    assert read_json('"abc"', longest=5) == "abc"
    with pytest.raises(ValueError, match="too long"):
        read_json('"abcd"', longest=5)
