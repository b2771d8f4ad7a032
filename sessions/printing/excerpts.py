"""Parts of an edition printed alone, A4 or A3: its executive page, the report of one group.

They are made of the open data of the edition, so they say what it says, and go with it when it is withdrawn.
"""

from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _
from django_tasks import task

from sessions.media import images
from sessions.models import Edition
from sessions.printing import pdf_cache
from sessions.printing.pdf_cache import Printed
from sessions.proceedings import html, jobs, open_data, pdf

ESSENTIAL = "essential"
ZOOMS = {"a4": 1.0, "a3": 2**0.5}
"""How much larger than A4 each paper is."""


def ask(edition: Edition, part: str, paper: str, *, again: bool) -> Printed:
    """What became of this part (`essential`, or the number of a group), which is made unless it is there.

    One that failed is told, and made once more only `again`: the page that waits for it looks every second.
    """
    file = _file(edition, part, paper)
    try:
        pdf_cache.want(file, partial(print_excerpt.enqueue, edition.pk, part, paper), again=again)
    except OSError as error:
        return Printed(file, "failed", reason=jobs.reason_of(error))
    found = pdf_cache.look(file)
    assert found  # noqa: S101 it was just asked for
    return found


@task
def print_excerpt(edition_pk: int, part: str, paper: str) -> None:
    edition = Edition.objects.good().select_related("forum").filter(pk=edition_pk).first()
    if edition:
        pdf_cache.make(_file(edition, part, paper), edition.forum.language, partial(_print, edition, part, paper))


def _print(edition: Edition, part: str, paper: str) -> pdf.Pdf:
    try:
        book = open_data.read((edition.shelf / jobs.OPEN_DATA).read_bytes())
    except FileNotFoundError:
        if jobs.OPEN_DATA not in edition.unmade:
            raise
        reason = _("The open data of this edition, of which this is printed, could not be made.")
        raise pdf_cache.Nothing(reason) from None
    except ValueError:
        said = _("This edition was made by an earlier version of the app: make a new one first.")
        raise pdf_cache.Nothing(said) from None
    page = html.render_essential(book) if part == ESSENTIAL else html.render_report(book, int(part))
    made = pdf.render_pdf(page, jobs.STATIC, images=images.directory(), zoom=ZOOMS[paper])
    if not Edition.objects.good().filter(pk=edition.pk).exists():
        raise pdf_cache.Nothing(_("This edition was withdrawn."))
    return made


def _file(edition: Edition, part: str, paper: str) -> Path:
    return edition.shelf / "parts" / f"{part}-{paper}.pdf"
