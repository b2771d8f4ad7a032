"""The files of an edition, as the forum's pages and the public ones send them."""

from pathlib import Path

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _

from forum.auth.request import ForumRequest
from forum.auth.responses import render_page
from forum.web.private_files import private_file
from sessions.media import images
from sessions.models import Edition
from sessions.proceedings import formats


def available_formats(edition: Edition) -> list[tuple[str, object]]:
    """Return the file name and the label of each format that the edition has beside the PDF."""
    names = (*formats.FORMATS, formats.ARCHIVE)
    return [(name, formats.label_of(name)) for name in names if (edition.formats_directory / name).exists()]


def page_content(edition: Edition) -> SafeString:
    """Return the edition as a web page, which our own templates made."""
    return mark_safe(_existing_path(edition, formats.PAGE).read_text(encoding="utf-8"))  # noqa: S308 our own templates


def render_missing_format(request: ForumRequest, edition: Edition, name: str) -> HttpResponse:
    """Say why a format could not be made, and list those that are there."""
    is_public = request.resolver_match and request.resolver_match.url_name in ("public_page", "public_file")

    def url(name: str) -> str:
        if is_public:
            return reverse("public_file", args=[request.forum.code, name])
        return reverse("other_format", args=[request.forum.code, edition.number, name])

    others = ((formats.PDF, formats.label_of(formats.PDF)), *available_formats(edition))
    context = {
        "edition": edition,
        "label": formats.label_of(name),
        "reason": formats.FormatFailure(edition.failed_formats[name]).label,
        "formats": [(url(other), label) for other, label in others],
    }
    return render_page(request, "sessions/missing_format.html", context, 404)


def format_response(request: ForumRequest, edition: Edition, name: str) -> HttpResponseBase:
    """Send one format of the edition, under a file name that tells the forum and the edition."""
    if name in edition.failed_formats:
        return render_missing_format(request, edition, name)
    if name == formats.PDF:
        return file_response(request, edition.path, download_name(edition, "pdf"), "application/pdf")
    if name == formats.ARCHIVE:
        path = edition.formats_directory / name
        return file_response(request, path, download_name(edition, "zip"), "application/zip")
    if name not in formats.FORMATS:
        raise Http404
    stem, _dot, suffix = name.rpartition(".")
    file_name = download_name(edition, suffix) if stem == "book" else f"{stem}-{download_name(edition, suffix)}"
    content_type = formats.FORMATS[name].content_type
    return file_response(request, edition.formats_directory / name, file_name, content_type)


def image_response(request: ForumRequest, edition: Edition, name: str) -> HttpResponseBase:
    """Send an image of the edition's web page."""
    if not images.IMAGE_NAME.fullmatch(name):
        raise Http404
    path = edition.formats_directory / formats.IMAGES / name
    return file_response(request, path, "", images.CONTENT_TYPES[name.rpartition(".")[2]])


def download_name(edition: Edition, suffix: str) -> str:
    title = slugify(edition.forum.title) or edition.forum.code.lower()
    return "-".join((slugify(_("proceedings")), title, str(edition.number))) + f".{suffix}"


def file_response(request: ForumRequest, path: Path, name: str, content_type: str) -> HttpResponseBase:
    """Send a file of an edition, to be stored under this name, or shown if it is empty."""
    try:
        return private_file(request, path, content_type, name)
    except FileNotFoundError:
        raise Http404(_("This edition was withdrawn.")) from None


def _existing_path(edition: Edition, name: str) -> Path:
    path = edition.formats_directory / name
    if not path.exists():
        raise Http404(_("This edition was withdrawn."))
    return path
