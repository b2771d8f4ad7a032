"""Which facilitators' keys are valid, remembered for a minute so that their requests get threads of their own."""

import contextlib
import time

from django.db import Error

from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of
from forum.models.tokens import fingerprint


class FacilitatorKeyCache:
    """Fingerprints of valid facilitators' keys. A made-up cookie is never in it."""

    MOST = 500
    SECONDS = 60.0
    """How long a key is trusted before it is looked up again."""

    def __init__(self) -> None:
        self._trusted_until: dict[str, float] = {}

    def knows(self, key: str) -> bool:
        return bool(key) and fingerprint(key) in self._trusted_until

    def refresh(self, key: str) -> None:
        """Look the key up once a minute: remember it if it is valid, else forget it. Reads the database."""
        if not key or time.monotonic() < self._trusted_until.get(fingerprint(key), 0.0):
            return
        with contextlib.suppress(Error):  # the database is away: the next response tries again
            if facilitator_of({FACILITATOR_COOKIE: key}) is None:
                self._trusted_until.pop(fingerprint(key), None)
                return
            if len(self._trusted_until) >= self.MOST:
                self._trusted_until.clear()
            self._trusted_until[fingerprint(key)] = time.monotonic() + self.SECONDS
