"""Notify the hubs that a forum changed.

A notification carries no data: a lost one only delays the next poll by a few seconds.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from forum import metrics

log = logging.getLogger(__name__)

Message = dict[str, Any]

SEND_TIMEOUT_SECONDS = 2.0
"""A Redis that neither accepts nor refuses must not block the worker."""

is_away = False
"""Whether the channel layer failed when it was last used. While a page is open, it is used every two seconds."""

_loop: asyncio.AbstractEventLoop | None = None


def set_event_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Register the loop on which calls of the channel layer run in this process."""
    global _loop
    _loop = loop


def channel_of_forum(forum_id: int) -> str:
    """Return the group of the channel layer to which a forum's hubs listen."""
    return f"forum-{forum_id}"


def forum_changed(forum_id: int) -> None:
    """Tell every hub of a forum that it changed. Callable from any thread; never raises."""
    send(channel_of_forum(forum_id), {"type": "forum.moved", "forum": forum_id})


def send(group: str, message: Message) -> None:
    """Send a message that may be lost to a group of the channel layer. Callable from any thread; never raises."""
    if _loop is not None and not _loop.is_closed():
        # The in-memory layer would not wake the loop from another thread.
        _loop.call_soon_threadsafe(_send_soon, group, message)
    elif settings.REDIS_URL:
        try:
            async_to_sync(_send)(group, message)
        except RuntimeError as error:  # this very thread runs another loop
            log.warning("hubs could not be notified: %s", error)


_pending: set[asyncio.Task[None]] = set()
"""Tasks under way: a loop keeps no reference to its tasks."""


def _send_soon(group: str, message: Message) -> None:
    task = asyncio.ensure_future(_send(group, message))
    _pending.add(task)
    task.add_done_callback(_pending.discard)


async def _send(group: str, message: Message) -> None:
    layer: Any = get_channel_layer()
    try:
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await layer.group_send(group, message)
        _note_success()
    except Exception as error:  # Redis is away: listeners find the change when they next poll
        _note_failure(error)


def _note_success() -> None:
    global is_away
    is_away = False


def _note_failure(error: Exception) -> None:
    global is_away
    is_away = True
    metrics.SERVICE_ERRORS.labels("redis").inc()
    log.warning("the channel layer is away: %s", error)


async def listen(group: str, receive: Callable[[Message], object], seconds: float) -> None:
    """Call `receive` with each message of a group, for ever. Renews its subscription every so many `seconds`."""
    layer: Any = get_channel_layer()
    name = None
    try:
        while True:
            try:
                name = name or await layer.new_channel()
                # The layer forgets a subscription after a day: renewing it is cheap.
                await layer.group_add(group, name)
                _note_success()
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):  # not wait_for, which may miss that it is cancelled
                        message = await layer.receive(name)
                    receive(message)
            except Exception as error:  # Redis is away
                _note_failure(error)
                name = None
                await asyncio.sleep(seconds)
    finally:
        if name:
            with suppress(Exception):
                await layer.group_discard(group, name)
