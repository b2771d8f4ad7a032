"""Images that a form brings, drawn before the form is taken.

A form is taken inside a transaction (see access.once), while which nobody else writes, and an image takes seconds. So a
view asks here for its images: its transaction ends without a trace, they are drawn, and the view begins anew and gets
them. Who may not send any draws nothing, and no more does a form that was taken before.
"""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from forum.auth.request import View
from sessions.media import images
from sessions.media.images import Busy, Drawn, Unusable, Upload

AT_ONCE = 12
"""Images of one form."""

Outcome = list[Drawn | Unusable] | Busy | OSError


class Request(HttpRequest):
    """A request whose images are drawn."""

    outcome: Outcome


class _NotDrawn(Exception):
    """What the view wants first."""

    def __init__(self, draw: Callable[[], list[Drawn | Unusable]]) -> None:
        self._draw = draw

    def outcome(self) -> Outcome:
        try:
            return self._draw()
        except (Busy, OSError) as error:
            return error


def drawn(request: HttpRequest, uploads: Sequence[Upload], **how: Any) -> list[Drawn | Unusable]:
    """See images.redraw: once in a view that `draws`, with the same images each time. Raises Busy or OSError."""
    outcome: Outcome | None = getattr(request, "outcome", None)
    if outcome is None:
        raise _NotDrawn(partial(images.redraw, uploads, **how))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def draws(view: View) -> View:
    """Let a view ask for its images, outside the door: all that it did before is undone, and done again with them."""

    @wraps(view)
    def through(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, **kwargs)
        except _NotDrawn as wanted:
            cast("Request", request).outcome = wanted.outcome()
        return view(request, **kwargs)

    return through
