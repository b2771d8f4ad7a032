"""The compte-rendu: its editions, and the files that everyone downloads."""

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.models import Topic
from sessions.models import Edition, Imprint
from sessions.printing import excerpts
from sessions.proceedings import formats
from sessions.proceedings.edition_requests import request_edition
from sessions.views.parts.edition_files import content_of, file, forms, lacking, name_of, sent, shown_image


@require_GET
@never_cache
@forum_view
def book(request: ForumRequest) -> HttpResponse:
    """All editions, the newest first, and what the report still lacks."""
    topics = request.forum.topics.active().filter(group__isnull=False)
    good = request.forum.editions.ready().first()
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "editions": request.forum.editions.all(),
        "good": good,
        "forms": forms(good) if good else [],
        "lacks": formats.missing_formats(good.failed_formats) if good else [],
        "missing": topics.exclude(group__report__status="finished"),
        "is_public": Imprint.for_forum(request.forum).is_public,
        "can_ask": bool(request.actor.facilitator),
    }
    return render(request, "sessions/book.html", context)


@require_POST
@forum_view
def ask(request: ForumRequest) -> HttpResponse:
    request_edition(request.forum, request.actor)
    return confirm(request, reverse("book", args=[request.forum.code]), _("A new edition is being made."))


@require_GET
@never_cache
@forum_view
def latest(request: ForumRequest) -> HttpResponse:
    """The last good edition."""
    good = request.forum.editions.ready().first()
    if good is None:
        return deny(request, _("The report is not made yet. It comes while the groups finish theirs."), 404)
    return redirect("download", request.forum.code, good.number)


@require_GET
@forum_view
def download(request: ForumRequest, edition: int) -> HttpResponseBase:
    """One edition as a PDF."""
    return file(request, _ready(request, edition), formats.PDF)


@require_GET
@forum_view
def other_form(request: ForumRequest, edition: int, name: str) -> HttpResponseBase:
    """One edition in another form."""
    return file(request, _ready(request, edition), name)


@require_GET
@forum_view
def image(request: ForumRequest, edition: int, name: str) -> FileResponse:
    """An image of the web page."""
    return shown_image(_ready(request, edition), name)


@require_GET
@never_cache
@forum_view
def essential(request: ForumRequest) -> HttpResponseBase:
    """The executive page alone."""
    return _excerpt(request, excerpts.ESSENTIAL, _("The essential on one page"))


@require_GET
@never_cache
@forum_view
def report_pdf(request: ForumRequest, topic: Topic) -> HttpResponseBase:
    """The report of one group alone."""
    return _excerpt(request, str(topic.number), _("Report of group %(n)s") % {"n": topic.number})


def _excerpt(request: ForumRequest, part: str, title: str) -> HttpResponseBase:
    """A part of the last edition, printed the first time that somebody asks for it. `size`: A4 or A3."""
    edition = request.forum.editions.ready().first()
    if edition is None:
        return deny(request, _("The report is not made yet. It comes while the groups finish theirs."), 404)
    if part != excerpts.ESSENTIAL and not edition.contains_report(int(part)):
        return deny(request, _("The report of this group is not in the book yet."), 404)
    paper = "a3" if request.GET.get("size", "").lower() == "a3" else "a4"
    printed = excerpts.request_excerpt(edition, part, paper, retry="again" in request.GET)
    if printed.state == "ready" and not request.htmx:
        what = title.replace("’", " ") if part == excerpts.ESSENTIAL else f"{ngettext('group', 'groups', 1)} {part}"
        return sent(printed.file, f"{slugify(what)}-{paper}-{name_of(edition, 'pdf')}", "application/pdf", "no-store")
    context = {"forum": request.forum, "actor": request.actor, "printed": printed, "title": title, "paper": paper}
    page = "sessions/excerpt.html#printed" if request.htmx else "sessions/excerpt.html"
    return render(request, page, context)


@require_GET
@forum_view
def page(request: ForumRequest, edition: int) -> HttpResponse:
    """One edition as a web page."""
    found = _ready(request, edition)
    if formats.PAGE in found.failed_formats:
        return lacking(request, found, formats.PAGE)
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "edition": found,
        "content": content_of(found),
        "forms": forms(found),
    }
    return render(request, "sessions/book_page.html", context)


def _ready(request: ForumRequest, number: int) -> Edition:
    return get_object_or_404(Edition, forum=request.forum, number=number, state=Edition.State.READY)
