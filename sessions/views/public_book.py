"""The public page of a book, for anyone: without a name, a cookie or a trace. Not found if the book is not public."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import render_page
from forum.models import Forum
from sessions.models import Edition, Imprint
from sessions.proceedings import formats
from sessions.views.parts import edition_files

PublicView = Callable[..., HttpResponseBase]
"""Takes the request, `imprint` and `edition`, and the URL's parameters."""
CACHING = "public, max-age=60"
"""A withdrawn edition is gone everywhere a minute later."""


@require_GET
def public_forums(request: HttpRequest) -> HttpResponse:
    """List the forums that are listed, the newest first."""
    forums = Forum.objects.filter(imprint__is_public=True, imprint__is_listed=True)
    return render(request, "sessions/public_forums.html", {"forums": forums})


def when_public(view: PublicView) -> PublicView:
    """Run a view on the last good edition, if the book is public or a facilitator asks. Else raise Http404."""

    @wraps(view)
    def wrapped(request: ForumRequest, **kwargs: Any) -> HttpResponseBase:
        imprint = Imprint.for_forum(request.forum)
        if not imprint.is_public and not request.rights.may("imprint"):
            raise Http404
        response = view(request, imprint=imprint, edition=request.forum.editions.ready().first(), **kwargs)
        response.headers["Cache-Control"] = CACHING if imprint.is_public else "private, no-store"
        if not imprint.is_listed:
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@require_GET
@forum_view
@when_public
def public(request: ForumRequest, imprint: Imprint, edition: Edition | None) -> HttpResponse:
    """Show a summary of the report, and links to all its formats."""
    context = {
        **_public_context(request, imprint, edition),
        "book": _read_open_data(edition) if edition else None,
        "formats": edition_files.available_formats(edition) if edition else [],
        "missing_formats": formats.missing_formats(edition.failed_formats) if edition else [],
    }
    return render_page(request, "sessions/public.html", context)


@require_GET
@forum_view
@when_public
def page(request: ForumRequest, imprint: Imprint, edition: Edition | None) -> HttpResponse:
    """Show the whole report as a web page."""
    edition = _edition_or_404(edition)
    if formats.PAGE in edition.failed_formats:
        return edition_files.render_missing_format(request, edition, formats.PAGE)
    context = {**_public_context(request, imprint, edition), "content": edition_files.page_content(edition)}
    return render_page(request, "sessions/public_page.html", context)


@require_GET
@forum_view
@when_public
def file(request: ForumRequest, imprint: Imprint, edition: Edition | None, name: str) -> HttpResponseBase:
    """Send the PDF, another format, or the preview image for other sites."""
    edition = _edition_or_404(edition)
    if name != formats.PREVIEW or name in edition.failed_formats:
        return edition_files.format_response(request, edition, name)
    return edition_files.file_response(request, edition.formats_directory / name, "", "image/png")


@require_GET
@forum_view
@when_public
def image(request: ForumRequest, imprint: Imprint, edition: Edition | None, name: str) -> HttpResponseBase:
    """Send an image of the web page."""
    return edition_files.image_response(request, _edition_or_404(edition), name)


def _edition_or_404(edition: Edition | None) -> Edition:
    if edition is None:
        raise Http404(_("The report is not made yet. It comes while the groups finish theirs."))
    return edition


def _public_context(request: ForumRequest, imprint: Imprint, edition: Edition | None) -> dict[str, Any]:
    """Return what the head and the foot of the public pages show."""
    path = reverse("public", args=[request.forum.code])
    return {"imprint": imprint, "edition": edition, "public_url": request.build_absolute_uri(path)}


def _read_open_data(edition: Edition) -> dict[str, Any] | None:
    """Return the open data of the edition, with names as agreed to when it was made; None: it could not be made."""
    if formats.OPEN_DATA in edition.failed_formats:
        return None
    try:
        data: dict[str, Any] = json.loads((edition.formats_directory / formats.OPEN_DATA).read_bytes())
    except FileNotFoundError:
        raise Http404(_("This edition was withdrawn.")) from None
    return data
