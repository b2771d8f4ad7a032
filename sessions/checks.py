"""Checks that a PDF can be rendered, and that a background worker runs."""

import time

from django.conf import settings
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from forum.checks import Check, Finding, bad, good, warning
from forum.models import Forum
from forum.server.locks import is_app_running
from forum.server.migrations import pending_migrations
from sessions.proceedings import pdf
from sessions.proceedings.failures import explain_failure

PDF_SECONDS = 20
WORKER_SECONDS = 4.0
"""Time that the worker has to run a task; it looks for tasks twice a second."""


def check_pdf(forum: Forum | None) -> Finding:
    """Render a page of one line, in the same way as the book."""
    page = format_html(
        '<html lang="fr"><head><title>{0}</title><link rel="stylesheet" href="book:/css/proceedings.css"></head>'
        "<body><h1>{0}</h1></body></html>", "Forum ouvert",
    )  # fmt: skip
    started_at = time.monotonic()
    try:
        document = pdf.render_pdf(page, seconds=PDF_SECONDS)
    except Exception as error:
        return bad(explain_failure(error), _("Without it everything works but the documents: report, posters, sheets."))
    seconds = time.monotonic() - started_at
    text = _("A page was rendered in {time} s ({size} kB).")
    return good(text.format(time=number_format(seconds, 1), size=round(len(document.content) / 1000)))


@task
def do_nothing() -> None:
    """Succeed, which shows that a worker runs."""


def check_worker(forum: Forum | None) -> Finding:
    """Enqueue an empty task, and wait up to WORKER_SECONDS for its end."""
    if pending_migrations():
        return _no_answer(is_busy=False)
    started_at = time.monotonic()
    result = do_nothing.enqueue()
    try:
        while time.monotonic() - started_at < WORKER_SECONDS:
            result.refresh()
            if result.status == TaskResultStatus.SUCCESSFUL:
                text = _("The background worker answers in {time} s.")
                return good(text.format(time=number_format(time.monotonic() - started_at, 1)))
            time.sleep(0.1)
    finally:
        DBTaskResult.objects.filter(pk=result.id).delete()
    return _no_answer(is_busy=DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).exists())


def _no_answer(*, is_busy: bool) -> Finding:
    if is_busy:
        return warning(
            _("The background worker is busy with a document."), _("Look again when the document is finished.")
        )
    if not is_app_running():
        return warning(_("The background worker does not run: it starts with the app."), _("Start it with: make run"))
    start = "systemctl enable --now forum-worker" if settings.DATABASE_URL else "make run"
    return bad(
        _("The background worker does not answer: no document will be made."),
        _("Stop the app, and start it again: {command}").format(command=start),
    )


CHECKS = (
    Check("pdf", gettext_lazy("Documents (PDF)"), check_pdf, takes_time=True),
    Check("worker", gettext_lazy("Background worker"), check_worker, takes_time=True),
)
