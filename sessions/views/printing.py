"""Posters and sheets to print: choosing them, waiting a few seconds, downloading them."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.server.public_urls import join_url
from sessions.forms.printing import KitForm
from sessions.printing import kits
from sessions.printing.content import next_topic_number
from sessions.printing.pdf_cache import CachedPdf
from sessions.proceedings.failures import explain_failure


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def printing(request: ForumRequest) -> HttpResponse:
    """What can be printed. Asking leads to the page that waits for the file."""
    form = KitForm(request.POST or None, forum=request.forum)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("kit", request.forum.code, kits.request_kit(request.forum, form.order()))
        except OSError as error:
            form.add_error(None, explain_failure(error))
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "form": form,
        "topic_count": request.forum.topics.active().count(),
        "place_count": request.forum.places.count(),
        "gathers_sheets": request.rights.may("sheets"),
        "expected_count": request.forum.participants.expected().count(),
        "next_number": next_topic_number(request.forum),
        "join_url": join_url(request.forum.code),
        "qr": qr.svg(join_url(request.forum.code)),
    }
    return render(request, "sessions/printing.html", context, status=422 if form.errors else 200)


@require_GET
@never_cache
@forum_view
def kit(request: ForumRequest, name: str) -> HttpResponse:
    """How far a kit is; the file, once it is there. Asked again every second, it answers that alone."""
    context = {"forum": request.forum, "actor": request.actor, "kit": _find(request, name)}
    page = "sessions/kit.html#kit" if request.htmx else "sessions/kit.html"
    return render(request, page, context)


def _find(request: ForumRequest, name: str) -> CachedPdf:
    found = kits.find_kit(request.forum, name)
    if found is None:
        raise Http404(_("This file is no longer there: ask for it again."))
    return found


@require_GET
@forum_view
def kit_file(request: ForumRequest, name: str) -> FileResponse:
    """The PDF. The loop streams it, see asgi.py."""
    found = _find(request, name)
    if found.state != "ready":
        raise Http404
    title = slugify(request.forum.title) or request.forum.code.lower()
    file_name = "-".join((slugify(_("To print")), title)) + ".pdf"
    response = FileResponse(found.file.open("rb"), as_attachment=True, filename=file_name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
