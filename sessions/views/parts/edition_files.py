"""The files of an edition, as the forum's pages and the public ones send them."""

from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _

from forum.auth.request import ForumRequest
from sessions.media import images
from sessions.models import Edition
from sessions.proceedings import formats


def forms(edition: Edition) -> list[tuple[str, object]]:
    """The other forms that this edition has, each with what it is for."""
    names = (*formats.FORMATS, formats.ARCHIVE)
    return [(name, formats.label_of(name)) for name in names if (edition.formats_directory / name).exists()]


def content_of(edition: Edition) -> SafeString:
    """Its web page, which our own templates made."""
    return mark_safe(_within(edition, formats.PAGE).read_text(encoding="utf-8"))  # noqa: S308 our own templates


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
        "label": formats.label_of(name),
        "why": formats.FormatFailure(edition.failed_formats[name]).label,
        "forms": [
            (address(form), label) for form, label in ((formats.PDF, formats.label_of(formats.PDF)), *forms(edition))
        ],
    }
    return render(request, "sessions/missing_form.html", context, status=404)


def file(request: ForumRequest, edition: Edition, name: str) -> HttpResponseBase:
    """One of its forms, under a name that says which forum and which edition."""
    if name in edition.failed_formats:
        return lacking(request, edition, name)
    if name == formats.PDF:
        return sent(edition.path, name_of(edition, "pdf"), "application/pdf")
    if name == formats.ARCHIVE:
        return sent(edition.formats_directory / name, name_of(edition, "zip"), "application/zip")
    if name not in formats.FORMATS:
        raise Http404
    stem, _dot, suffix = name.rpartition(".")
    told = name_of(edition, suffix) if stem == "book" else f"{stem}-{name_of(edition, suffix)}"
    return sent(edition.formats_directory / name, told, formats.FORMATS[name].content_type)


def shown_image(edition: Edition, name: str) -> FileResponse:
    """An image that its web page shows."""
    if not images.IMAGE_NAME.fullmatch(name):
        raise Http404
    response = sent(_within(edition, f"{formats.IMAGES}/{name}"), name, images.CONTENT_TYPES[name.rpartition(".")[2]])
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


def _within(edition: Edition, name: str) -> Path:
    path = edition.formats_directory / name
    if not path.exists():
        raise Http404(_("This edition was withdrawn."))
    return path
