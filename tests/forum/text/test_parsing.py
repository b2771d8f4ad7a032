"""Numbers and JSON from outside: parsed, or refused with one exception."""

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from forum.models import Forum
from forum.text.parsing import MAX_INTEGER, parse_json, parse_pk, parse_whole_number


@pytest.mark.parametrize(
    "text", ["", " ", "-", "+1", "1.5", "1e3", "0x1", "1_000", "²", "١٢٣", "1\n", "9" * 5000, "NaN"]
)
def test_anything_but_a_plain_number_is_none(text: str) -> None:
    assert parse_whole_number(text) is None
    assert parse_pk(text) == 0


@given(st.integers(), st.integers(-MAX_INTEGER, MAX_INTEGER), st.integers(-MAX_INTEGER, MAX_INTEGER))
def test_a_number_out_of_bounds_is_none(number: int, least: int, most: int) -> None:
    expected = number if least <= number <= most else None
    assert parse_whole_number(str(number), least, most) == expected


def test_without_other_bounds_a_number_goes_up_to_the_largest_of_32_bits() -> None:
    assert [parse_whole_number(text) for text in ("0", "2147483647", "2147483648", "-1")] == [0, 2147483647, None, None]


@pytest.mark.django_db
def test_the_largest_number_fits_in_every_column(forum: Forum) -> None:
    assert forum.topics.filter(number=MAX_INTEGER, pk=MAX_INTEGER).exists() is False
    assert connection.ops.integer_field_range("PositiveIntegerField")[1] >= MAX_INTEGER


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_is_parsed(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value


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
def test_invalid_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


def test_json_that_is_too_long_is_refused_before_it_is_parsed() -> None:
    assert parse_json('"abc"', max_length=5) == "abc"
    assert len(parse_json(f'"{"x" * (2**20 - 2)}"')) == 2**20 - 2
    with pytest.raises(ValueError, match="too long"):
        parse_json(f'"{"x" * (2**20 - 1)}"')
    with pytest.raises(ValueError, match="too long"):
        parse_json('"abcd"', max_length=5)
