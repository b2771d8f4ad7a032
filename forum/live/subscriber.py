"""An open page, as its hub knows it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from forum.live.audience import Audience
from forum.live.credentials import Credentials
from forum.live.sending import Event
from forum.live.snapshot import Position


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open page."""

    send: Callable[[Event], Coroutine[Any, Any, None]]
    abort: Callable[[], object]
    """Ends the page's socket without a message, for when it takes none."""
    credentials: Credentials
    audience: Audience
    language: str
    watched: frozenset[str]
    epoch: str
    since: int
    """The revision up to which it was served."""
    rights_read_at: int
    """The revision at which its rights were read."""
    shown: int = -1
    """The revision that it was told. Below `since` when nothing that it shows moved in between."""
    needs_marks: bool = True
    needs_time: bool = False
    """Whether this computer's clock was set since it was told the time."""
    is_busy: bool = False
    """Whether it still has to take an earlier message."""

    @property
    def position(self) -> Position:
        return Position(self.audience, self.language, self.epoch, self.since)
