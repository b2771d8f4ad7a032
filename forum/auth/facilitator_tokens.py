"""Which facilitators' tokens are valid, remembered for a minute so that their requests get threads of their own."""

import contextlib
import time

from django.db import Error

from forum.auth.identity import FACILITATOR_COOKIE, facilitator_of
from forum.models.tokens import fingerprint


class FacilitatorTokenCache:
    """Fingerprints of valid facilitators' tokens. A made-up cookie is never in it."""

    MOST = 500
    SECONDS = 60.0
    """How long a token is trusted before it is looked up again."""

    def __init__(self) -> None:
        self._trusted_until: dict[str, float] = {}

    def knows(self, token: str) -> bool:
        return bool(token) and fingerprint(token) in self._trusted_until

    def refresh(self, token: str) -> None:
        """Look the token up once a minute: remember it if it is valid, else forget it. Reads the database."""
        if not token or time.monotonic() < self._trusted_until.get(fingerprint(token), 0.0):
            return
        with contextlib.suppress(Error):  # the database is away: the next response tries again
            if facilitator_of({FACILITATOR_COOKIE: token}) is None:
                self._trusted_until.pop(fingerprint(token), None)
                return
            if len(self._trusted_until) >= self.MOST:
                self._trusted_until.clear()
            self._trusted_until[fingerprint(token)] = time.monotonic() + self.SECONDS
