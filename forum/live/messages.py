"""The messages of the live protocol, as JSON text. `js/live/` reads them."""

import json
from datetime import datetime
from functools import cached_property
from typing import Any

from forum.fragment_keys import Key
from forum.live.catch_up import Delta


class DeltaMessage:
    """A delta as a message, encoded once for all pages that need the same."""

    def __init__(self, delta: Delta) -> None:
        self.to, self.epoch = delta.to, delta.epoch
        self._delta = delta
        self._events: dict[tuple[int, frozenset[str] | None], dict[str, Any]] = {}

    def concerns(self, watched: frozenset[str]) -> bool:
        """Say whether it changes what a page that watches these keys shows."""
        return bool(self._delta.whole or self._delta.html or self._moved(watched))

    def event(self, shown: int | None = None, watched: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return the ASGI event for a page that shows revision `shown`; None: the one from which the delta starts.

        `shown` may be older than the delta's start when nothing that the page shows moved in between.
        """
        since = self._delta.since if shown is None or self._delta.since < 0 else shown
        moved = self._moved(watched) if watched else None
        if (since, moved) not in self._events:
            self._events[since, moved] = {"type": "websocket.send", "text": self._text(since, moved)}
        return self._events[since, moved]

    def _moved(self, watched: frozenset[str]) -> frozenset[str]:
        return self._delta.moved & (watched | {Key.EVERYTHING})

    def _text(self, since: int, moved: frozenset[str] | None) -> str:
        """Encode the delta as JSON. A page applies `html` when `from` <= the revision that it shows < `to`."""
        head = to_json({"from": since, "to": self.to, "epoch": self.epoch})
        more: dict[str, Any] = {"whole": True} if self._delta.whole else {}
        if moved is not None:
            more["moved"] = sorted(moved)
        tail = f",{to_json(more)[1:]}" if more else "}"
        return f'{head[:-1]},"html":{self._html}{tail}'

    @cached_property
    def _html(self) -> str:
        return to_json(self._delta.html)


def empty_delta(shown: int, to: int, epoch: str) -> str:
    """Return the message for a page of which nothing moved between these two revisions."""
    return to_json({"beat": to, "from": shown, "to": to, "epoch": epoch, "html": ""})


def beat_message(revision: int, epoch: str = "") -> str:
    """Return the answer to a heartbeat: the newest revision, with its epoch if the page does not show it yet."""
    return to_json({"beat": revision, "epoch": epoch} if epoch else {"beat": revision})


def clock_message(at: datetime) -> str:
    """Return the message with the server's clock, in whole milliseconds since 1970."""
    return f'{{"now":{at.timestamp() * 1000:.0f}}}'


def marks_message(marks: dict[str, Any], revision: int) -> str:
    """Return the message with what a participant's phones mark as theirs."""
    return f'{{"me":{to_json(marks)},"at":{revision}}}'


def to_json(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
