"""What is published: read by anyone, without a name, a cookie or a trace; to nobody else is it there at all."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.models import Forum
from sessions.models import Edition, Imprint
from sessions.proceedings import formats
from sessions.views.parts import edition_files

Page = Callable[..., HttpResponseBase]
CACHING = "public, max-age=60"
"""A withdrawn edition is gone everywhere a minute later."""


@require_GET
def published(request: HttpRequest) -> HttpResponse:
    """The forums whose facilitators wish theirs to be found, the newest first."""
    forums = Forum.objects.filter(imprint__is_public=True, imprint__is_listed=True)
    return render(request, "sessions/published.html", {"forums": forums})


def when_public(view: Page) -> Page:
    """Let anyone in when the report is published, with the last edition; facilitators always, who look before."""

    @wraps(view)
    def shown(request: ForumRequest, **given: Any) -> HttpResponseBase:
        imprint = Imprint.for_forum(request.forum)
        if not imprint.is_public and not request.actor.facilitator:
            raise Http404
        response = view(request, imprint=imprint, edition=request.forum.editions.ready().first(), **given)
        response.headers["Cache-Control"] = CACHING if imprint.is_public else "private, no-store"
        if not imprint.is_listed:
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return shown


@require_GET
@forum_view
@when_public
def public(request: ForumRequest, imprint: Imprint, edition: Edition | None) -> HttpResponse:
    """The summary of the report, and the way to all of it."""
    context = _context(request, imprint, edition)
    return render(request, "sessions/public.html", context)


@require_GET
@forum_view
@when_public
def page(request: ForumRequest, imprint: Imprint, edition: Edition | None) -> HttpResponse:
    """The whole report as a web page."""
    found = _there(edition)
    if formats.PAGE in found.failed_formats:
        return edition_files.lacking(request, found, formats.PAGE)
    context = _context(request, imprint, found) | {"content": edition_files.content_of(found)}
    return render(request, "sessions/public_page.html", context)


@require_GET
@forum_view
@when_public
def file(request: ForumRequest, imprint: Imprint, edition: Edition | None, name: str) -> HttpResponseBase:
    """The PDF, its other forms, or the picture that stands for it elsewhere."""
    found = _there(edition)
    if name != formats.PREVIEW or name in found.failed_formats:
        return edition_files.file(request, found, name)
    response = edition_files.sent(found.formats_directory / name, name, "image/png")
    response.headers["Content-Disposition"] = "inline"
    return response


@require_GET
@forum_view
@when_public
def image(request: ForumRequest, imprint: Imprint, edition: Edition | None, name: str) -> FileResponse:
    """An image of the web page."""
    return edition_files.shown_image(_there(edition), name)


def _there(edition: Edition | None) -> Edition:
    if edition is None:
        raise Http404(_("The report is not made yet. It comes while the groups finish theirs."))
    return edition


def _context(request: ForumRequest, imprint: Imprint, edition: Edition | None) -> dict[str, Any]:
    address = reverse("public", args=[request.forum.code])
    return {
        "forum": request.forum,
        "actor": request.actor,
        "imprint": imprint,
        "edition": edition,
        "book": _told(edition) if edition else None,
        "forms": edition_files.forms(edition) if edition else [],
        "lacks": formats.missing_formats(edition.failed_formats) if edition else [],
        "address": request.build_absolute_uri(address),
    }


def _told(edition: Edition) -> dict[str, Any] | None:
    """What the edition says, as its open data: names as they were agreed to when it was made. None: it lacks them."""
    if formats.OPEN_DATA in edition.failed_formats:
        return None
    try:
        told: dict[str, Any] = json.loads((edition.formats_directory / formats.OPEN_DATA).read_bytes())
    except FileNotFoundError:
        raise Http404(_("This edition was withdrawn.")) from None
    return told
