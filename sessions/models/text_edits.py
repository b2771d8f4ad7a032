"""The edits between two texts, word by word."""

import re
from collections.abc import Iterator
from itertools import accumulate

from rapidfuzz.distance import Indel

MAX_COMPARISON = 20_000_000
"""Words of one text times words of the other. Beyond, all that lies between their common ends is one edit."""


def edits(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) in the order of `old`: replacing each old[start:end] by its text makes `new`."""
    head = _common_length(old, new)
    tail = _common_length(old[head:][::-1], new[head:][::-1])
    before, after = (re.findall(r"\S+|\s+", text[head : len(text) - tail]) for text in (old, new))
    if len(before) * len(after) > MAX_COMPARISON:
        yield head, len(old) - tail, "".join(after)
        return
    starts = list(accumulate(map(len, before), initial=head))
    i = k = 0
    # Milliseconds for any text; difflib takes seconds when the same words come again and again.
    for same in Indel.editops(before, after).as_matching_blocks():
        if i < same.a or k < same.b:
            yield starts[i], starts[same.a], "".join(after[k : same.b])
        i, k = same.a + same.size, same.b + same.size


def _common_length(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
