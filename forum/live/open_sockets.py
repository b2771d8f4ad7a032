"""Count the sockets that one person holds open in this process. Called on the event loop."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from forum.live.credentials import Credentials

MOST_OF_ONE_PERSON = 30
"""On all their devices. Beyond it, their pages ask for changes over HTTP."""

_counts = Counter[int]()
"""By participant."""


@contextmanager
def counted(credentials: Credentials) -> Iterator[bool]:
    """Count a socket while the block runs. Yield whether the person may hold it; a facilitator always may."""
    person = None if credentials.facilitator else credentials.participant
    if person is None:
        yield True
        return
    _counts[person] += 1
    try:
        yield _counts[person] <= MOST_OF_ONE_PERSON
    finally:
        _counts[person] -= 1
        if not _counts[person]:
            del _counts[person]
