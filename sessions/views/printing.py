"""Posters and sheets to print: choose them, wait a few seconds, download them."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import render_page
from forum.server.public_urls import join_url
from forum.web.private_files import private_file
from sessions.forms.printing import KitForm
from sessions.printing import kits
from sessions.printing.content import next_topic_number
from sessions.printing.pdf_cache import CachedPdf
from sessions.proceedings.failures import explain_failure


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def printing(request: ForumRequest) -> HttpResponse:
    """Show what can be printed. A POST asks for a kit and redirects to the page that waits for it."""
    form = KitForm(request.POST or None, forum=request.forum)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("kit", request.forum.code, kits.request_kit(request.forum, form.order()))
        except OSError as error:
            form.add_error(None, explain_failure(error))
    url = join_url(request.forum.code)
    context = {
        "form": form,
        "topic_count": request.forum.topics.active().count(),
        "place_count": request.forum.places.count(),
        "expected_count": request.forum.participants.expected().count(),
        "next_number": next_topic_number(request.forum),
        "join_url": url,
        "qr": qr.svg(url),
    }
    return render_page(request, "sessions/printing.html", context, 422 if form.errors else 200)


@require_GET
@never_cache
@forum_view
def kit(request: ForumRequest, name: str) -> HttpResponse:
    """Show how far a kit is, then a link to its file. The page's script asks for that part every second."""
    template = "sessions/kit.html#kit" if request.htmx else "sessions/kit.html"
    return render_page(request, template, {"kit": _get_kit(request, name)})


@require_GET
@forum_view
def kit_file(request: ForumRequest, name: str) -> HttpResponseBase:
    """Send the PDF."""
    printed = _get_kit(request, name)
    if printed.state != "ready":
        raise Http404
    title = slugify(request.forum.title) or request.forum.code.lower()
    file_name = "-".join((slugify(_("To print")), title)) + ".pdf"
    return private_file(request, printed.file, "application/pdf", file_name, "private, no-store")


def _get_kit(request: ForumRequest, name: str) -> CachedPdf:
    printed = kits.find_kit(request.forum, name)
    if printed is None:
        raise Http404(_("This file is no longer there: ask for it again."))
    return printed
