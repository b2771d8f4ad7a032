"""The compte-rendu: its editions, and the file that everyone downloads."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum import access
from forum.access import ForumRequest
from sessions.jobs import ask_edition
from sessions.models import Edition


@require_GET
@never_cache
@access.door
def book(request: ForumRequest) -> HttpResponse:
    """All editions, the newest first, and what the report still lacks."""
    topics = request.forum.topics.standing().filter(group__isnull=False)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "editions": request.forum.editions.all(),
        "good": request.forum.editions.filter(state=Edition.State.READY).first(),
        "missing": topics.exclude(group__report__status="finished"),
        "can_ask": bool(request.actor.facilitator),
    }
    return render(request, "sessions/book.html", context)


@require_POST
@access.door
def ask(request: ForumRequest) -> HttpResponse:
    ask_edition(request.forum, request.actor)
    return access.done(request, reverse("book", args=[request.forum.code]), _("A new edition is being made."))


@require_GET
@never_cache
@access.door
def latest(request: ForumRequest) -> HttpResponse:
    """The last good edition."""
    good = request.forum.editions.filter(state=Edition.State.READY).first()
    if good is None:
        return access.refuse(request, _("The report is not made yet. It comes while the groups finish theirs."), 404)
    return redirect("download", request.forum.code, good.number)


@require_GET
@access.door
def download(request: ForumRequest, edition: int) -> FileResponse:
    """One edition as a file; it never changes, so phones may keep it. The loop streams it, see asgi.py."""
    found = get_object_or_404(Edition, forum=request.forum, number=edition, state=Edition.State.READY)
    if not found.path.exists():
        raise Http404(_("This edition was withdrawn."))
    title = slugify(request.forum.title) or request.forum.code.lower()
    name = "-".join((slugify(_("proceedings")), title, str(found.number))) + ".pdf"
    response = FileResponse(found.path.open("rb"), as_attachment=True, filename=name, content_type="application/pdf")
    response.headers["X-Sendfile"] = str(found.path)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
