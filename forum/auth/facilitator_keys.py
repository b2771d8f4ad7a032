"""The facilitators' keys that were seen lately, so that their requests get threads of their own."""

import contextlib
import time

from django.db import Error

from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of
from forum.models.tokens import fingerprint


class FacilitatorKeyCache:
    """Fingerprints of valid facilitator keys. A made-up cookie is never in it."""

    MOST = 500
    SECONDS = 60.0
    """How long a key counts before it is looked up again."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def knows(self, key: str) -> bool:
        return bool(key) and fingerprint(key) in self._seen

    def look(self, key: str) -> None:
        """Remember this key if it is a facilitator's, and forget it if it no longer is. Reads the database."""
        if not key or time.monotonic() < self._seen.get(fingerprint(key), 0.0):
            return
        with contextlib.suppress(Error):  # the database is away: the next answer looks again
            if facilitator_of({FACILITATOR_COOKIE: key}) is None:
                self._seen.pop(fingerprint(key), None)
                return
            if len(self._seen) >= self.MOST:
                self._seen.clear()
            self._seen[fingerprint(key)] = time.monotonic() + self.SECONDS
