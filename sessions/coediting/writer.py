"""A writer: one open page on which a report is written, with the messages that wait to be sent to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from forum.auth.rules import Rights
from forum.live.credentials import Credentials
from forum.live.messages import to_json
from forum.live.sending import Event
from forum.models import Actor
from sessions.coediting.protocol import WireMessage
from sessions.models import Report

SEND_TIMEOUT_SECONDS = 10.0
"""A page that takes no message for so long is disconnected; it catches up when it comes back."""
MAX_OUTBOX = 300
"""Messages that may wait for a slow page."""


@dataclass(eq=False)
class ConnectedWriter:
    credentials: Credentials
    key: str
    """Of the person, the same on all their devices."""
    name: str
    revision: int
    """Of the forum, when their right to write was last checked."""
    abort: Callable[[], object]
    """Ends the page's socket without a message, for when it takes none."""
    was_aborted: bool = False
    has_lost_rights: bool = False
    """Set once their right to write is lost: later updates are refused, even those already received."""
    section: str = ""
    """The section in which they write; empty: none."""
    last_row: int = 0
    """The number of the last stored update that was sent to the page."""
    outbox: "asyncio.Queue[Event]" = field(default_factory=lambda: asyncio.Queue(MAX_OUTBOX))

    def send(self, message: WireMessage) -> None:
        self._put({"type": "websocket.send", "text": to_json(message)})

    def close(self, code: int) -> None:
        self._put({"type": "websocket.close", "code": code})

    def _put(self, event: Event) -> None:
        try:
            self.outbox.put_nowait(event)
        except asyncio.QueueFull:
            self._abort()

    def _abort(self) -> None:
        self.was_aborted = True
        self.abort()

    async def deliver(self, send: Callable[[Event], Awaitable[None]]) -> None:
        """Send what is in the outbox until cancelled, or until the socket fails."""
        while True:
            event = await self.outbox.get()
            try:
                async with asyncio.timeout(SEND_TIMEOUT_SECONDS):  # not wait_for, which may miss that it is cancelled
                    await send(event)
            except TimeoutError:
                self._abort()
            except Exception:  # the page has left: its socket receives the disconnection
                return


def may_write(actor: Actor, report: Report) -> bool:
    """Apply the rule of the page on which the report is written."""
    topic = report.group.topic
    return topic.withdrawn_at is None and Rights(actor, topic.forum).may("writing", topic)
