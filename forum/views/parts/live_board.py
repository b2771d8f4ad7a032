"""The context of a page with a live board."""

from typing import Any

from django.utils.safestring import mark_safe

from forum.auth.request import ForumRequest
from forum.live import board_cache


def live_board(request: ForumRequest, audience: str) -> dict[str, Any]:
    """What a page with a live board shows first: the board, and the revision it stands at."""
    since, piece = board_cache.board_now(request.forum, audience)
    board = mark_safe(piece.text)  # noqa: S308 our own templates
    return {"forum": request.forum, "actor": request.actor, "since": since, "board": board}
