"""The context of pages that follow the live board."""

from typing import Any

from django.utils.safestring import mark_safe

from forum.auth.request import ForumRequest
from forum.fragment_keys import watched
from forum.live import board_cache
from forum.live.audience import Audience


def live_board_context(request: ForumRequest, audience: Audience) -> dict[str, Any]:
    """Return the board of an audience and its revision, for a page that shows the board."""
    since, piece = board_cache.board_now(request.forum, audience)
    return {"since": since, "board": mark_safe(piece.text)}  # noqa: S308 our own templates


def live_page_context(request: ForumRequest, *keys: str) -> dict[str, Any]:
    """Return the keys that a page watches and its revision, for a page that shows no board."""
    return {"since": request.forum.revision, "watch": watched(*keys)}
