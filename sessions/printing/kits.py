"""Request and print kits. They may name expected participants, so they are deleted after a day."""

import hashlib
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django_tasks import task

from forum.models import Forum
from forum.server import public_urls
from sessions.printing import content, html, pdf_cache
from sessions.printing.kit import KitOrder
from sessions.printing.pdf_cache import CachedPdf, NothingToPrint
from sessions.proceedings import pdf
from sessions.proceedings.pdf_process import Pdf

MAX_AGE = 24 * 3600
"""Seconds."""
PRIORITY = 10
"""Of its task: after the book, before excerpts."""
LAYOUT = "1"
"""Part of the names of kits: to be changed with the layout of the sheets."""


def request_kit(forum: Forum, order: KitOrder) -> str:
    """Request a kit, unless it is there or being made; return its name."""
    delete_old_kits()
    depends_on = [LAYOUT, forum.pk, forum.revision, public_urls.public_url(), order.as_data()]
    name = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:16]
    pdf_cache.request_pdf(kit_path(forum, name), partial(print_kit.enqueue, forum.pk, name, order.as_data()))
    return name


def find_kit(forum: Forum, name: str) -> CachedPdf | None:
    """Return the state of a kit; None when it was never requested, or is deleted."""
    return pdf_cache.find_pdf(kit_path(forum, name))


@task(priority=PRIORITY)
def print_kit(forum_pk: int, name: str, order: dict[str, Any]) -> None:
    forum = Forum.objects.filter(pk=forum_pk).first()
    if forum:
        path = kit_path(forum, name)
        pdf_cache.make_pdf(path, forum.language, partial(_print_kit, forum, KitOrder.from_data(order)))


def _print_kit(forum: Forum, order: KitOrder) -> Pdf:
    kit = content.read_kit(forum, order)
    if kit.is_empty:
        raise NothingToPrint(_("There is nothing on these sheets. Choose others."))
    return pdf.render_pdf(html.render_kit(kit))


def delete_old_kits() -> None:
    for file in kits_directory().glob("*/*"):
        if time.time() - file.stat().st_mtime > MAX_AGE:
            file.unlink(missing_ok=True)


def kits_directory() -> Path:
    return Path(settings.MEDIA_ROOT) / "printing"


def kit_path(forum: Forum, name: str) -> Path:
    return kits_directory() / str(forum.pk) / f"{name}.pdf"
