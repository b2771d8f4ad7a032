"""Parts of an edition printed alone, A4 or A3: its executive page, or the report of one group.

They are made of the open data of the edition, so they say what it says, and are deleted with it when it is withdrawn.
"""

from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _
from django_tasks import task

from sessions.media import images
from sessions.models import Edition
from sessions.printing import pdf_cache
from sessions.printing.pdf_cache import CachedPdf, NothingToPrint
from sessions.proceedings import formats, html, open_data, pdf
from sessions.proceedings.failures import explain_failure
from sessions.proceedings.pdf_process import Pdf

ESSENTIAL = "essential"
ZOOMS = {"a4": 1.0, "a3": 2**0.5}
"""Enlargement from A4 to each paper."""


def request_excerpt(edition: Edition, part: str, paper: str, *, retry: bool) -> CachedPdf:
    """Request a part (ESSENTIAL or the number of a group), unless it is there or being made; return its state.

    One that failed is made again only with `retry`: the page that waits for it asks every second.
    """
    file = _path(edition, part, paper)
    try:
        pdf_cache.request_pdf(file, partial(print_excerpt.enqueue, edition.pk, part, paper), retry=retry)
    except OSError as error:
        return CachedPdf(file, "failed", reason=explain_failure(error))
    cached = pdf_cache.find_pdf(file)
    assert cached  # noqa: S101 just requested
    return cached


@task
def print_excerpt(edition_pk: int, part: str, paper: str) -> None:
    edition = Edition.objects.ready().select_related("forum").filter(pk=edition_pk).first()
    if edition:
        path = _path(edition, part, paper)
        pdf_cache.make_pdf(path, edition.forum.language, partial(_print, edition, part, paper))


def _print(edition: Edition, part: str, paper: str) -> Pdf:
    try:
        book = open_data.parse_book((edition.formats_directory / formats.OPEN_DATA).read_bytes())
    except FileNotFoundError:
        if formats.OPEN_DATA not in edition.failed_formats:
            raise
        message = _("The open data of this edition, of which this is printed, could not be made.")
        raise NothingToPrint(message) from None
    except ValueError:
        message = _("This edition was made by an earlier version of the app: make a new one first.")
        raise NothingToPrint(message) from None
    page = html.render_essential(book) if part == ESSENTIAL else html.render_report(book, int(part))
    printed = pdf.render_pdf(page, images=images.directory(), zoom=ZOOMS[paper])
    if not Edition.objects.ready().filter(pk=edition.pk).exists():
        raise NothingToPrint(_("This edition was withdrawn."))
    return printed


def _path(edition: Edition, part: str, paper: str) -> Path:
    return edition.formats_directory / "parts" / f"{part}-{paper}.pdf"
