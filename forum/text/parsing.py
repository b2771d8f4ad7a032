"""Parse numbers and JSON from outside, whatever was sent."""

import json
import re
from typing import Any

MAX_INTEGER = 2**31 - 1
"""The largest number that every integer column takes, on SQLite and on PostgreSQL."""
_WHOLE_NUMBER = re.compile("-?[0-9]{1,15}")
MAX_JSON_LENGTH = 1024 * 1024
"""Characters, or bytes."""


def parse_whole_number(text: str, least: int = 0, most: int = MAX_INTEGER) -> int | None:
    """Parse a whole number in plain figures. Return None if it is none, or not from `least` to `most`."""
    number = int(text) if _WHOLE_NUMBER.fullmatch(text) else None
    return number if number is not None and least <= number <= most else None


def parse_pk(text: str) -> int:
    """Parse a primary key. Return 0, which no row has, if it is none."""
    return parse_whole_number(text) or 0


def parse_json(text: str | bytes, max_length: int = MAX_JSON_LENGTH) -> Any:
    """Parse JSON of at most `max_length` characters or bytes. Raises ValueError.

    NaN and infinities, names that come twice in an object, and too deep nesting are refused.
    """
    if len(text) > max_length:
        raise ValueError("too long")
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_names)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name comes twice")
    return result
