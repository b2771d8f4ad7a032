"""The private behaviour of pycrdt on which the shared texts depend: what it raises, and its encoding of state vectors.

pyproject.toml bounds pycrdt, and tests/sessions/models/test_crdt.py fails when a new version behaves otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager

EMPTY_STATE = b"\0"
"""The state vector of a document that holds nothing."""
PANIC = "PanicException"
"""The class of a Rust panic, a BaseException that no module exports."""


class UpdateRefused(Exception):
    """An update is malformed, is not plain text for the sections, or is too large."""


@contextmanager
def refusing_malformed_data() -> Iterator[None]:
    """Raise UpdateRefused when pycrdt fails on bytes that no page of this app sends."""
    try:
        yield
    except ValueError as error:
        raise UpdateRefused from error
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        raise UpdateRefused from error


def read_state_vector(vector: bytes) -> dict[int, int]:
    """Return client id → clock, from Yjs' encoding: a count, then pairs of integers of seven bits a byte."""
    numbers, number, shift = [], 0, 0
    for byte in vector:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number, shift = 0, 0
    return dict(zip(numbers[1::2], numbers[2::2], strict=False))
