"""The book: its editions, in all their formats, and parts of it alone."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.extension import extension
from forum.fragment_keys import Key
from forum.models import Topic
from forum.views.parts.live_board import live_page_context
from sessions.models import Edition, Imprint
from sessions.printing import excerpts
from sessions.proceedings import formats
from sessions.proceedings.edition_requests import request_edition as request_new_edition
from sessions.views.parts.edition_files import (
    available_formats,
    download_name,
    file_response,
    format_response,
    image_response,
    page_content,
    render_missing_format,
)


@require_GET
@never_cache
@forum_view
def book(request: ForumRequest) -> HttpResponse:
    """List all editions, the newest first, and the groups without a finished report."""
    topics = request.forum.topics.active().placed()
    ready_edition = request.forum.editions.ready().first()
    context = {
        **live_page_context(request, Key.EDITION),
        "editions": request.forum.editions.all(),
        "ready_edition": ready_edition,
        "formats": available_formats(ready_edition) if ready_edition else [],
        "missing_formats": formats.missing_formats(ready_edition.failed_formats) if ready_edition else [],
        "missing_reports": extension().filter_by_report(topics, is_finished=False),
        "is_public": Imprint.for_forum(request.forum).is_public,
    }
    return render_page(request, "sessions/book.html", context)


@require_POST
@forum_view
def request_edition(request: ForumRequest) -> HttpResponse:
    """Start making a new edition."""
    request_new_edition(request.forum, request.actor)
    return confirm(request, reverse("book", args=[request.forum.code]), _("A new edition is being made."))


@require_GET
@never_cache
@forum_view
def latest(request: ForumRequest) -> HttpResponse:
    """Redirect to the PDF of the last ready edition."""
    ready_edition = request.forum.editions.ready().first()
    if ready_edition is None:
        return _deny_without_edition(request)
    return redirect("download", request.forum.code, ready_edition.number)


def _deny_without_edition(request: ForumRequest) -> HttpResponse:
    return deny(request, _("The report is not made yet. It comes while the groups finish theirs."), 404)


@require_GET
@forum_view
def download(request: ForumRequest, edition_number: int) -> HttpResponseBase:
    """Send an edition as a PDF."""
    return format_response(request, _get_ready_edition(request, edition_number), formats.PDF)


@require_GET
@forum_view
def other_format(request: ForumRequest, edition_number: int, name: str) -> HttpResponseBase:
    """Send an edition in another format."""
    return format_response(request, _get_ready_edition(request, edition_number), name)


@require_GET
@never_cache
@forum_view
def page(request: ForumRequest, edition_number: int) -> HttpResponse:
    """Show an edition as a web page."""
    edition = _get_ready_edition(request, edition_number)
    if formats.PAGE in edition.failed_formats:
        return render_missing_format(request, edition, formats.PAGE)
    context = {"edition": edition, "content": page_content(edition), "formats": available_formats(edition)}
    return render_page(request, "sessions/book_page.html", context)


@require_GET
@forum_view
def image(request: ForumRequest, edition_number: int, name: str) -> HttpResponseBase:
    """Send an image of the web page."""
    return image_response(request, _get_ready_edition(request, edition_number), name)


def _get_ready_edition(request: ForumRequest, number: int) -> Edition:
    return get_object_or_404(Edition, forum=request.forum, number=number, state=Edition.State.READY)


@require_GET
@never_cache
@forum_view
def essential(request: ForumRequest) -> HttpResponseBase:
    """Send the executive page alone."""
    return _excerpt(request, excerpts.ESSENTIAL, _("The essential on one page"))


@require_GET
@never_cache
@forum_view
def report_pdf(request: ForumRequest, topic: Topic) -> HttpResponseBase:
    """Send the report of one group alone."""
    return _excerpt(request, str(topic.number), _("Report of group %(n)s") % {"n": topic.number})


def _excerpt(request: ForumRequest, part: str, title: str) -> HttpResponseBase:
    """Send a part of the last ready edition, in the paper `size` a4 or a3; a page that waits while it is printed."""
    edition = request.forum.editions.ready().first()
    if edition is None:
        return _deny_without_edition(request)
    if part != excerpts.ESSENTIAL and not edition.contains_report(int(part)):
        return deny(request, _("The report of this group is not in the book yet."), 404)
    paper = "a3" if request.GET.get("size", "").lower() == "a3" else "a4"
    printed = excerpts.request_excerpt(edition, part, paper, retry="again" in request.GET)
    if printed.state == "ready" and not request.htmx:
        name = title.replace("’", " ") if part == excerpts.ESSENTIAL else f"{ngettext('group', 'groups', 1)} {part}"
        file_name = f"{slugify(name)}-{paper}-{download_name(edition, 'pdf')}"
        return file_response(request, printed.file, file_name, "application/pdf")
    template = "sessions/excerpt.html#printed" if request.htmx else "sessions/excerpt.html"
    return render_page(request, template, {"printed": printed, "title": title, "paper": paper})
