"""The wire format of the live protocol, as js/live speaks it: addresses, messages, waits. No I/O."""

import json
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from random import uniform
from typing import Any
from urllib.parse import urlencode

QUESTION = "?"
"""Asks on a socket whether there is anything newer than what the page shows."""
NOT_ALLOWED = 4403
"""Code with which the server closes the socket of someone who lost the right to listen."""


@dataclass(frozen=True)
class Waits:
    """How long a page waits, in seconds. The defaults are those of js/live."""

    beat: float = 10.0
    """Between two questions "anything newer?"."""
    doubt: float = 2.0
    """For an answer, before the page stops saying that it is up to date."""
    patience: float = 5.0
    """For an answer, before the connection counts as dead."""
    first_wait: float = 0.5
    """Before the first reconnection; doubles up to `last_wait`."""
    last_wait: float = 15.0
    poll: float = 4.0
    """Between two requests over HTTP while sockets fail."""

    def divided_by(self, scale: float) -> "Waits":
        return Waits(**{field.name: getattr(self, field.name) / scale for field in fields(self)})

    def before_reconnecting(self, failures: int) -> float:
        """Seconds before the next socket, after so many failures in a row; random, so that phones come one by one."""
        return min(self.last_wait, self.first_wait * 2.0 ** (failures - 1)) * uniform(0.5, 1.5)  # noqa: S311 no secret

    def between_polls(self) -> float:
        return self.poll * uniform(0.75, 1.25)  # noqa: S311 no secret

    @property
    def socket_answer_counts(self) -> float:
        """How long the page may say that it is up to date after it asked on its socket."""
        return self.beat + self.doubt

    @property
    def poll_answer_counts(self) -> float:
        """The same, after it asked over HTTP."""
        return 1.25 * self.poll + self.doubt


def live_path(code: str, audience: str, since: int, epoch: str, **more: str) -> str:
    """Path and query of the socket, and of the poll, of a page that shows revision `since`."""
    return f"/{code}/live/?{urlencode({'as': audience, 'since': since, 'epoch': epoch, 'watch': '', **more})}"


@dataclass(frozen=True, eq=False)
class Message:
    """A message of the server: a change of the board, an answer to `QUESTION`, the participant's marks, or several."""

    to: int | None = None
    """Revision to which the change leads; None: the message carries no change."""
    since: int = -1
    """Revision from which the change starts; negative: it replaces everything."""
    epoch: str = ""
    html: str = ""
    whole: bool = False
    """Whether `html` is the whole board, not some of its fragments."""
    moved: frozenset[str] | None = None
    """Keys that moved, for a page that named keys to watch: it may then skip revisions."""
    beat: int | None = None
    """The newest revision, in the answer to `QUESTION`."""
    marks: dict[str, Any] | None = None
    """What the page marks as the participant's own."""
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
"""How the text of a message that carries a change begins."""
_TO = re.compile(rb'"to":(\d+)')


def revision_of(payload: bytes) -> int | None:
    """The revision to which a message leads, read without parsing it: for clients that must cost next to nothing."""
    found = _TO.search(payload, 0, 100)
    return int(found[1]) if found else None
