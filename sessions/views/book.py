"""The compte-rendu: its editions, and the files that everyone downloads."""

from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum import access
from forum.access import ForumRequest
from forum.models import Topic
from sessions import images
from sessions.jobs import ask_edition
from sessions.models import Edition, Imprint
from sessions.printing import excerpts
from sessions.proceedings import variants


@require_GET
@never_cache
@access.door
def book(request: ForumRequest) -> HttpResponse:
    """All editions, the newest first, and what the report still lacks."""
    topics = request.forum.topics.standing().filter(group__isnull=False)
    good = request.forum.editions.good().first()
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "since": request.forum.revision,
        "editions": request.forum.editions.all(),
        "good": good,
        "forms": forms(good) if good else [],
        "lacks": variants.lacks(good.unmade) if good else [],
        "missing": topics.exclude(group__report__status="finished"),
        "is_public": Imprint.of(request.forum).is_public,
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
    good = request.forum.editions.good().first()
    if good is None:
        return access.refuse(request, _("The report is not made yet. It comes while the groups finish theirs."), 404)
    return redirect("download", request.forum.code, good.number)


@require_GET
@access.door
def download(request: ForumRequest, edition: int) -> HttpResponseBase:
    """One edition as a PDF."""
    return file(request, _ready(request, edition), variants.PDF)


@require_GET
@access.door
def other_form(request: ForumRequest, edition: int, name: str) -> HttpResponseBase:
    """One edition in another form."""
    return file(request, _ready(request, edition), name)


@require_GET
@access.door
def image(request: ForumRequest, edition: int, name: str) -> FileResponse:
    """An image of the web page."""
    return shown_image(_ready(request, edition), name)


@require_GET
@never_cache
@access.door
def essential(request: ForumRequest) -> HttpResponseBase:
    """The executive page alone."""
    return _excerpt(request, excerpts.ESSENTIAL, _("The essential on one page"))


@require_GET
@never_cache
@access.door
def report_pdf(request: ForumRequest, topic: Topic) -> HttpResponseBase:
    """The report of one group alone."""
    return _excerpt(request, str(topic.number), _("Report of group %(n)s") % {"n": topic.number})


def _excerpt(request: ForumRequest, part: str, title: str) -> HttpResponseBase:
    """A part of the last edition, printed the first time that somebody asks for it. `size`: A4 or A3."""
    edition = request.forum.editions.good().first()
    if edition is None:
        return access.refuse(request, _("The report is not made yet. It comes while the groups finish theirs."), 404)
    if part != excerpts.ESSENTIAL and not edition.holds_report_of(int(part)):
        return access.refuse(request, _("The report of this group is not in the book yet."), 404)
    paper = "a3" if request.GET.get("size", "").lower() == "a3" else "a4"
    printed = excerpts.ask(edition, part, paper, again="again" in request.GET)
    if printed.state == "ready" and not request.htmx:
        what = title.replace("’", " ") if part == excerpts.ESSENTIAL else f"{ngettext('group', 'groups', 1)} {part}"
        return sent(printed.file, f"{slugify(what)}-{paper}-{name_of(edition, 'pdf')}", "application/pdf", "no-store")
    context = {"forum": request.forum, "actor": request.actor, "printed": printed, "title": title, "paper": paper}
    page = "sessions/excerpt.html#printed" if request.htmx else "sessions/excerpt.html"
    return render(request, page, context)


@require_GET
@access.door
def page(request: ForumRequest, edition: int) -> HttpResponse:
    """One edition as a web page."""
    found = _ready(request, edition)
    if variants.PAGE in found.unmade:
        return lacking(request, found, variants.PAGE)
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


def forms(edition: Edition) -> list[tuple[str, object]]:
    """The other forms that this edition has, each with what it is for."""
    names = (*variants.VARIANTS, variants.ARCHIVE)
    return [(name, variants.label_of(name)) for name in names if (edition.shelf / name).exists()]


def content_of(edition: Edition) -> SafeString:
    """Its web page, which our own templates made."""
    return mark_safe(_within(edition, variants.PAGE).read_text(encoding="utf-8"))  # noqa: S308 our own templates


def _within(edition: Edition, name: str) -> Path:
    path = edition.shelf / name
    if not path.exists():
        raise Http404(_("This edition was withdrawn."))
    return path


def lacking(request: ForumRequest, edition: Edition, name: str) -> HttpResponse:
    """Instead of a form that could not be made: why it is not there, and those that are."""
    is_outside = request.resolver_match and request.resolver_match.url_name in ("public_page", "public_file")

    def address(form: str) -> str:
        if is_outside:
            return reverse("public_file", args=[request.forum.code, form])
        return reverse("other_form", args=[request.forum.code, edition.number, form])

    context = {
        "forum": request.forum,
        "actor": request.actor,
        "edition": edition,
        "label": variants.label_of(name),
        "why": variants.Failure(edition.unmade[name]).label,
        "forms": [
            (address(form), label) for form, label in ((variants.PDF, variants.label_of(variants.PDF)), *forms(edition))
        ],
    }
    return render(request, "sessions/lacking.html", context, status=404)


def file(request: ForumRequest, edition: Edition, name: str) -> HttpResponseBase:
    """One of its forms, under a name that says which forum and which edition."""
    if name in edition.unmade:
        return lacking(request, edition, name)
    if name == variants.PDF:
        return sent(edition.path, name_of(edition, "pdf"), "application/pdf")
    if name == variants.ARCHIVE:
        return sent(edition.shelf / name, name_of(edition, "zip"), "application/zip")
    if name not in variants.VARIANTS:
        raise Http404
    stem, _dot, suffix = name.rpartition(".")
    told = name_of(edition, suffix) if stem == "book" else f"{stem}-{name_of(edition, suffix)}"
    return sent(edition.shelf / name, told, variants.VARIANTS[name].content_type)


def shown_image(edition: Edition, name: str) -> FileResponse:
    """An image that its web page shows."""
    if not images.NAME.fullmatch(name):
        raise Http404
    response = sent(_within(edition, f"{variants.IMAGES}/{name}"), name, images.CONTENT_TYPES[name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = "inline"
    return response


def name_of(edition: Edition, suffix: str) -> str:
    title = slugify(edition.forum.title) or edition.forum.code.lower()
    return "-".join((slugify(_("proceedings")), title, str(edition.number))) + f".{suffix}"


def sent(path: Path, name: str, content_type: str, caching: str = "max-age=3600") -> FileResponse:
    """A file of an edition; most never change, so phones may keep them. The loop streams it, see asgi.py."""
    if not path.exists():
        raise Http404(_("This edition was withdrawn."))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response.headers["Cache-Control"] = f"private, {caching}"
    return response
