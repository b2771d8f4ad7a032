"""Where PDFs are made that somebody waits for: asked for by a page, rendered by the worker, downloaded a moment later.

Each is two files in the media directory, named after all that it depends on: what became of it, and the PDF. The same
one asked for again is therefore there at once, on every machine. Printing kits may name those who are expected, so they
go after a day.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django_tasks import task

from forum.models import Forum
from forum.server import addresses
from sessions.printing import content, html
from sessions.printing.kit import Order
from sessions.proceedings import jobs, pdf

log = logging.getLogger(__name__)

KEPT_SECONDS = 24 * 3600
SILENT_SECONDS = 3 * 60
"""After so long without a file its task was lost: it may be asked for again."""
LAYOUT = "1"
"""Part of the names: to be changed with the look of the sheets."""


@dataclass(frozen=True)
class Printed:
    """What became of one PDF."""

    file: Path
    state: str
    """asked, ready, failed."""
    reason: str = ""
    pages: int = 0
    asked_at: float = 0
    """Seconds since 1970."""

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def seconds(self) -> int:
        """Since it was asked for."""
        return int(time.time() - self.asked_at)

    @property
    def is_lost(self) -> bool:
        return self.state == "asked" and self.seconds > SILENT_SECONDS

    @property
    def size(self) -> int:
        return self.file.stat().st_size


class Nothing(Exception):
    """There is nothing to print; says so, in the language of the document."""


def want(file: Path, start: Callable[[], object], *, again: bool = True) -> None:
    """Have this PDF made by the task that `start` starts, unless it is there or on its way.

    What failed, or was lost, is tried again when `again` says that somebody wishes so.
    """
    known = look(file)
    if known is None or (again and (known.state == "failed" or known.is_lost)):
        _note(file, state="asked")
        start()


def look(file: Path) -> Printed | None:
    """What became of this PDF; None: it was never asked for, or it is gone."""
    try:
        told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = Printed(file, **told)
    return found if found.state != "ready" or found.file.exists() else None


def make(file: Path, language: str, prints: Callable[[], pdf.Pdf]) -> None:
    """Print and keep it. Never raises: failures are told on the page that waits for it."""
    with translation.override(language):
        try:
            keep(file, prints())
        except Nothing as nothing:
            _fail(file, str(nothing))
        except Exception as error:
            log.exception("%s", file)
            _fail(file, jobs.reason_of(error))


def keep(file: Path, made: pdf.Pdf) -> None:
    """It is whole and can be downloaded."""
    jobs.keep_file(file, made.content)
    _note(file, state="ready", pages=made.pages)


def _fail(file: Path, reason: str) -> None:
    """Tell why it is not made; where not even that can be written, the page that waits for it says it was lost."""
    with suppress(OSError):
        _note(file, state="failed", reason=reason)


def _note(file: Path, **told: Any) -> None:
    note = {"asked_at": time.time(), **told}
    jobs.keep_file(file.with_suffix(".json"), json.dumps(note).encode(), is_text=True)


def ask(forum: Forum, order: Order) -> str:
    """Have this kit made, unless it is there or on its way; its name."""
    sweep()
    depends_on = [LAYOUT, forum.pk, forum.revision, addresses.public_url(), order.as_data()]
    name = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:16]
    want(_file(forum, name), partial(print_kit.enqueue, forum.pk, name, order.as_data()))
    return name


def find(forum: Forum, name: str) -> Printed | None:
    """What became of the kit of this name; None: it was never asked for, or a day ago."""
    return look(_file(forum, name))


@task
def print_kit(forum_pk: int, name: str, order: dict[str, Any]) -> None:
    """Make one kit."""
    forum = Forum.objects.filter(pk=forum_pk).first()
    if forum:
        make(_file(forum, name), forum.language, partial(_print_kit, forum, Order.of(order)))


def _print_kit(forum: Forum, order: Order) -> pdf.Pdf:
    kit = content.read(forum, order)
    if kit.is_empty:
        raise Nothing(_("There is nothing on these sheets. Choose others."))
    return pdf.render_pdf(html.render(kit), jobs.STATIC)


def finish(forum: Forum, name: str, made: pdf.Pdf) -> None:
    """The file of this kit is whole."""
    keep(_file(forum, name), made)


def sweep() -> None:
    """Throw away what was printed more than a day ago."""
    for file in _directory().glob("*/*"):
        if time.time() - file.stat().st_mtime > KEPT_SECONDS:
            file.unlink(missing_ok=True)


def _directory() -> Path:
    return Path(settings.MEDIA_ROOT) / "printing"


def _file(forum: Forum, name: str) -> Path:
    return _directory() / str(forum.pk) / f"{name}.pdf"
