"""The live protocol as js/live speaks it: addresses, messages, waits. No I/O."""

import json
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from random import uniform
from typing import Any
from urllib.parse import urlencode

QUESTION = "?"
"""Text sent on a socket to ask whether anything is newer than what the page shows."""
NOT_ALLOWED = 4403
"""Code with which the server closes the socket of a page that may no longer receive the board."""


@dataclass(frozen=True)
class Waits:
    """Waits of a page, in seconds. The defaults are those of js/live."""

    question_interval: float = 10.0
    """Between two `QUESTION`s."""
    answer_timeout: float = 2.0
    """Wait for an answer before the page stops saying that it is up to date."""
    dead_after: float = 5.0
    """Wait for an answer before the connection counts as dead."""
    first_wait: float = 0.5
    """Wait before the first reconnection; doubles up to `last_wait`."""
    last_wait: float = 15.0
    poll_interval: float = 4.0
    """Between two requests over HTTP while sockets fail."""
    retry_interval: float = 2.0
    """The same, after a request that got no answer."""

    def divided_by(self, scale: float) -> "Waits":
        return Waits(**{field.name: getattr(self, field.name) / scale for field in fields(self)})

    def before_reconnecting(self, failures: int) -> float:
        """Return the seconds to the next socket after these failures in a row; random, to spread the phones."""
        return min(self.last_wait, self.first_wait * 2.0 ** (failures - 1)) * uniform(0.5, 1.5)  # noqa: S311 no secret

    def between_polls(self, was_answered: bool) -> float:
        return (self.poll_interval if was_answered else self.retry_interval) * uniform(0.75, 1.25)  # noqa: S311 no secret

    @property
    def socket_answer_validity(self) -> float:
        """Seconds for which the page may say that it is up to date, from its question on the socket."""
        return self.question_interval + self.answer_timeout

    @property
    def poll_answer_validity(self) -> float:
        """The same, from its question over HTTP."""
        return 1.25 * self.poll_interval + self.answer_timeout


def live_path(code: str, audience: str, since: int, epoch: str, **more: str) -> str:
    """Return the path and query of the socket, and of the poll, of a page that shows revision `since`."""
    return f"/{code}/live/?{urlencode({'as': audience, 'since': since, 'epoch': epoch, 'watch': '', **more})}"


@dataclass(frozen=True, eq=False)
class Message:
    """Message of the server: a change of the board, an answer to `QUESTION`, the participant's marks, or several."""

    to: int | None = None
    """Revision to which the change leads; None: the message carries no change."""
    since: int = -1
    """Revision from which the change starts; negative: it replaces everything."""
    epoch: str = ""
    html: str = ""
    whole: bool = False
    """Whether `html` is the whole board, not some of its fragments."""
    moved: frozenset[str] | None = None
    """Keys that changed, for a page that named keys to watch: it may then skip revisions."""
    beat: int | None = None
    """The newest revision, in the answer to `QUESTION`."""
    marks: dict[str, Any] | None = None
    """Topics to mark as the participant's own."""
    marks_at: int = -1
    """Revision at which the marks were read."""

    @staticmethod
    @lru_cache(maxsize=256)
    def read(text: str) -> "Message":
        """Parse a message, once for all pages that get the same text. Raises ValueError for what is not JSON."""
        values: dict[str, Any] = json.loads(text)
        return Message(
            to=values.get("to"),
            since=values.get("from", -1),
            epoch=values.get("epoch", ""),
            html=values.get("html", ""),
            whole=values.get("whole", False),
            moved=frozenset(values["moved"]) if "moved" in values else None,
            beat=values.get("beat"),
            marks=values.get("me"),
            marks_at=values.get("at", -1),
        )


CHANGE_PREFIX = b'{"from":'
"""First bytes of a message that carries a change."""
_TO = re.compile(rb'"to":(\d+)')


def revision_of(payload: bytes) -> int | None:
    """Read the revision to which a message leads without parsing it, for clients that must use little time."""
    match = _TO.search(payload, 0, 100)
    return int(match[1]) if match else None
