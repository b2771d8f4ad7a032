"""Read what comes from outside: numbers, and JSON. Whatever was sent, the answer is a value that we can work with."""

import json
import re
from typing import Any

LARGEST = 2**31 - 1
"""The largest number that every column takes, on SQLite and on PostgreSQL. Nothing of ours counts as far."""
_WHOLE = re.compile("-?[0-9]{1,15}")
LONGEST_JSON = 1024 * 1024
"""Characters, or bytes."""


def whole_number(text: str, least: int = 0, most: int = LARGEST) -> int | None:
    """Read a whole number written in plain figures. None: it is no such number, or is out of bounds."""
    number = int(text) if _WHOLE.fullmatch(text) else None
    return number if number is not None and least <= number <= most else None


def row_number(text: str) -> int:
    """Read the number of a row that somebody named. 0, which no row has: it is no such number."""
    return whole_number(text) or 0


def read_json(text: str | bytes, longest: int = LONGEST_JSON) -> Any:
    """Read JSON of at most so many characters or bytes. Raises ValueError for what is not, or only nearly is."""
    if len(text) > longest:
        raise ValueError("too long")
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_one_of_each)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
