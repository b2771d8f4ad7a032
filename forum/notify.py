"""The bell that calls every hub to look at a forum again.

It carries no data, only "this forum moved": losing a stroke is harmless, because hubs also look at the
revision by themselves every few seconds.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

log = logging.getLogger(__name__)

Message = dict[str, Any]

STRIKE_SECONDS = 2.0
"""A Redis that does not even refuse must not hold the worker up."""

_loop: asyncio.AbstractEventLoop | None = None


def hang(loop: asyncio.AbstractEventLoop | None) -> None:
    """Remember the loop that serves sockets in this process; the layer is only ever used from there."""
    global _loop
    _loop = loop


def channel_group(forum_id: int) -> str:
    return f"forum-{forum_id}"


def ring(forum_id: int) -> None:
    """Tell every hub of this forum that it moved. Callable from any thread; never raises."""
    tell(channel_group(forum_id), {"type": "forum.moved", "forum": forum_id})


def tell(group: str, message: Message) -> None:
    """Tell a group of the channel layer something that may be lost. From any thread; never raises."""
    if _loop is not None and not _loop.is_closed():
        # From another thread the in-memory layer would not wake the loop, so the stroke is made in it.
        _loop.call_soon_threadsafe(_strike_soon, group, message)
    elif settings.REDIS_URL:
        try:
            async_to_sync(_strike)(group, message)
        except RuntimeError as error:  # this very thread runs a loop of somebody else
            log.warning("the bell could not be rung: %s", error)


_strokes: set[asyncio.Task[None]] = set()
"""Under way; a loop by itself would let go of them."""


def _strike_soon(group: str, message: Message) -> None:
    stroke = asyncio.ensure_future(_strike(group, message))
    _strokes.add(stroke)
    stroke.add_done_callback(_strokes.discard)


async def _strike(group: str, message: Message) -> None:
    layer: Any = get_channel_layer()
    try:
        async with asyncio.timeout(STRIKE_SECONDS):
            await layer.group_send(group, message)
    except Exception as error:  # Redis away: who listens finds the change when they next look
        log.warning("the channel layer is away: %s", error)


async def listen(group: str, hear: Callable[[Message], object], seconds: float) -> None:
    """Hear what is told to a group, for ever. Without it, looking every so many `seconds` is enough."""
    layer: Any = get_channel_layer()
    name = None
    try:
        while True:
            try:
                name = name or await layer.new_channel()
                # Channels forget a subscription after a day: renewing it is cheap.
                await layer.group_add(group, name)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):  # not wait_for, which may miss that it is cancelled
                        message = await layer.receive(name)
                    hear(message)
            except Exception as error:  # Redis away
                log.warning("the channel layer is away: %s", error)
                name = None
                await asyncio.sleep(seconds)
    finally:
        if name:
            with suppress(Exception):
                await layer.group_discard(group, name)
