"""The bell that calls every hub to look at a forum again.

It carries no data, only "this forum moved": losing a stroke is harmless, because hubs also look at the
revision by themselves every few seconds.
"""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

log = logging.getLogger(__name__)

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
    if _loop is not None and not _loop.is_closed():
        # From another thread the in-memory layer would not wake the loop, so the stroke is made in it.
        _loop.call_soon_threadsafe(_strike_soon, forum_id)
    elif settings.REDIS_URL:
        try:
            async_to_sync(_strike)(forum_id)
        except RuntimeError as error:  # this very thread runs a loop of somebody else
            log.warning("the bell could not be rung: %s", error)


_strokes: set[asyncio.Task[None]] = set()
"""Under way; a loop by itself would let go of them."""


def _strike_soon(forum_id: int) -> None:
    stroke = asyncio.ensure_future(_strike(forum_id))
    _strokes.add(stroke)
    stroke.add_done_callback(_strokes.discard)


async def _strike(forum_id: int) -> None:
    layer: Any = get_channel_layer()
    try:
        async with asyncio.timeout(STRIKE_SECONDS):
            await layer.group_send(channel_group(forum_id), {"type": "forum.moved", "forum": forum_id})
    except Exception as error:  # Redis away: hubs find the change when they next look
        log.warning("the channel layer is away: %s", error)
