"""Work done behind the pages: the editions of the book, one task each, in the worker's process."""

import logging
import os
import tempfile
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_tasks import task

from forum.models import Actor, Forum
from sessions.models import Edition
from sessions.proceedings import content, html, pdf, spreadsheet

log = logging.getLogger(__name__)

STATIC = settings.ROOT / "static"
ATTEMPTS = 2
EVERY_PERCENT = 10
"""How finely progress is shown: each step is one change of the forum."""


def ask_edition(forum: Forum, by: Actor) -> Edition:
    """Ask for the book as it stands now. An edition that still waits serves; a stuck one does not block."""
    with transaction.atomic():
        give_up_stuck(forum)
        edition = Edition.ask(forum, by)
        if edition.must_start:
            transaction.on_commit(partial(make_edition.enqueue, edition.pk))
    return edition


def give_up_stuck(forum: Forum) -> None:
    """Editions whose worker died in the middle are over."""
    for edition in forum.editions.filter(state=Edition.State.RENDERING):
        if edition.is_stuck:
            with translation.override(forum.language):
                edition.fail(_("The worker stopped in the middle."))


def take_up_again() -> None:
    """To be called when the only worker of this machine starts: whatever was under way died with the last one."""
    for edition in Edition.objects.filter(state=Edition.State.RENDERING).select_related("forum"):
        with translation.override(edition.forum.language):
            edition.fail(_("The worker stopped in the middle."))
        ask_edition(edition.forum, Actor())
    for edition in Edition.objects.filter(state=Edition.State.QUEUED):
        make_edition.enqueue(edition.pk)


@task
def make_edition(pk: int) -> None:
    """Make one edition; does nothing when another task already began it. Never raises: failures are told."""
    edition = Edition.objects.select_related("forum").filter(pk=pk, state=Edition.State.QUEUED).first()
    if edition is None or not edition.begin():
        return
    with translation.override(edition.forum.language):
        reason = ""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _make(edition)
                return
            except Exception as error:
                if not Edition.objects.filter(pk=edition.pk).exists():
                    return  # it told of a rehearsal, which was erased in the meantime
                log.exception("Edition %s of forum %s, attempt %s", edition.number, edition.forum_id, attempt)
                reason = _reason(error)
                if isinstance(error, pdf.RenderingFailed) and error.kind == "libraries":
                    break
        edition.fail(reason)


def _make(edition: Edition) -> None:
    edition.report(percent=1)
    book = content.read(edition.forum, edition.number)
    attachment = None
    if book.actions:
        title = slugify(_("Action plan"))
        name = f"{title}-{book.cover.date:%Y-%m-%d}.csv"
        attachment = pdf.Attachment(name, spreadsheet.action_plan(book))
    made = pdf.render_pdf(html.render(book), STATIC, attachment=attachment, progress=partial(_show, edition))
    edition.refresh_from_db(fields=["state"])  # a file without its row would stay for ever
    _keep(edition.path, made.content)
    edition.finish(revision=book.revision, pages=made.pages, size=len(made.content))


def _show(edition: Edition, percent: int) -> None:
    if percent >= edition.percent + EVERY_PERCENT:
        edition.report(percent=min(percent, 99))


def _keep(path: Path, file: bytes) -> None:
    """Write the whole file or nothing: a download never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(file)
            written.flush()
            os.fsync(written.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _reason(error: Exception) -> str:
    """Why it failed, in words for the facilitator."""
    kind = error.kind if isinstance(error, pdf.RenderingFailed) else ""
    if kind == "libraries":
        return _("The PDF needs Pango, which is not on this machine. Type: %(command)s") % {
            "command": "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        }
    if kind == "time":
        return _("The PDF took more than %(seconds)s seconds and was stopped.") % {"seconds": pdf.SECONDS}
    if kind == "memory":
        return _("The PDF needed more memory than it may take (%(size)s MB).") % {"size": pdf.MEGABYTES}
    if isinstance(error, OSError):
        return _("The file could not be written: %(why)s.") % {"why": error.strerror or type(error).__name__}
    return _("The PDF could not be made; the worker’s log says why.")
