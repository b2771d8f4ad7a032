"""Send ASGI events to a socket, at once where it takes them at once."""

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

Event = dict[str, Any]
"""An ASGI event."""

NOT_ALLOWED, TOO_MANY, TRY_AGAIN = 4403, 4429, 1013
"""Codes with which a socket is closed."""


async def send_all(send: Callable[[Event], Awaitable[None]], events: list[Event]) -> None:
    """Send events one after another."""
    for event in events:
        await send(event)


async def refuse_one_too_many(send: Callable[[Event], Awaitable[None]]) -> None:
    """Close a socket of somebody who has too many. Accepted first: a browser tells the page no code otherwise."""
    await send_all(send, [{"type": "websocket.accept"}, {"type": "websocket.close", "code": TOO_MANY}])


def run_until_first_wait(work: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine as far as it goes without waiting. Return the rest of it; None when it has ended."""
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return _resume(work, awaited)


@types.coroutine
def _resume(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Continue in a task a coroutine that has begun to wait."""
    while True:
        error: BaseException | None = None
        try:
            yield awaited
        except BaseException as raised:
            error = raised
        try:
            awaited = work.throw(error) if error else work.send(None)
        except StopIteration:
            return
