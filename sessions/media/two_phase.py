"""Process the images of a form between two runs of its view.

A form is handled in a transaction (see `auth.idempotency`), during which nobody else writes, and an image takes
seconds. So a view asks for its images here: its transaction is rolled back, they are processed, and the view runs again
and gets them. Nothing is processed for a sender without permission, nor for a form that was handled before.
"""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from forum.auth.request import View
from sessions.media import images
from sessions.media.images import ImageProcessBusy, InvalidImage, ProcessedImage, ReadableFile

MAX_IMAGES = 12
"""Images of one form."""

Outcome = list[ProcessedImage | InvalidImage] | ImageProcessBusy | OSError


class RequestWithImages(HttpRequest):
    """A request whose images were processed."""

    outcome: Outcome


class _ImagesNeeded(Exception):
    """Ends the first run of the view."""

    def __init__(self, process: Callable[[], list[ProcessedImage | InvalidImage]]) -> None:
        self._process = process

    def outcome(self) -> Outcome:
        try:
            return self._process()
        except (ImageProcessBusy, OSError) as error:
            return error


def images_of_form(
    request: HttpRequest, files: Sequence[ReadableFile], **options: Any
) -> list[ProcessedImage | InvalidImage]:
    """Return what `images.process_images` makes of these files. Raises ImageProcessBusy or OSError.

    To be called once, in a view that has `with_images`, with the same files in both runs.
    """
    outcome: Outcome | None = getattr(request, "outcome", None)
    if outcome is None:
        raise _ImagesNeeded(partial(images.process_images, files, **options))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def with_images(view: View) -> View:
    """Run a view again with its images, once it has asked for them. Goes outside of `forum_view`."""

    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, **kwargs)
        except _ImagesNeeded as needed:
            cast("RequestWithImages", request).outcome = needed.outcome()
        return view(request, **kwargs)

    return wrapper
