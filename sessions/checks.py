"""What the day needs beside the pages: a PDF that can be rendered, and a worker that does it."""

import time

from django.conf import settings
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from forum.checks import Check, Finding, app_runs, bad, good, warning
from forum.models import Forum
from forum.server import startup
from sessions.proceedings import pdf
from sessions.proceedings.failures import explain_failure

RENDERING_SECONDS = 20
WORKER_SECONDS = 4.0
"""A worker looks for tasks twice a second."""


def rendering(forum: Forum | None) -> Finding:
    """Print a page of one line, the very way that the compte-rendu is printed."""
    page = format_html(
        '<html lang="fr"><head><title>{0}</title><link rel="stylesheet" href="book:/css/proceedings.css"></head>'
        "<body><h1>{0}</h1></body></html>", "Forum ouvert",
    )  # fmt: skip
    began = time.monotonic()
    try:
        made = pdf.render_pdf(page, seconds=RENDERING_SECONDS)
    except Exception as error:
        return bad(explain_failure(error), _("Without it everything works but the documents: report, posters, sheets."))
    spent = time.monotonic() - began
    text = _("A page was rendered in {time} s ({size} kB).")
    return good(text.format(time=number_format(spent, 1), size=round(len(made.content) / 1000)))


@task
def answer() -> None:
    """Done as soon as a worker takes it: that it was done is all it says."""


def worker(forum: Forum | None) -> Finding:
    """Give the worker a task that asks for nothing, and wait a moment for its end."""
    if startup.pending_migrations():
        return _silent(is_busy=False)
    began = time.monotonic()
    asked = answer.enqueue()
    try:
        while time.monotonic() - began < WORKER_SECONDS:
            asked.refresh()
            if asked.status == TaskResultStatus.SUCCESSFUL:
                text = _("The background worker answers in {time} s.")
                return good(text.format(time=number_format(time.monotonic() - began, 1)))
            time.sleep(0.1)
    finally:
        DBTaskResult.objects.filter(pk=asked.id).delete()
    return _silent(is_busy=DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).exists())


def _silent(*, is_busy: bool) -> Finding:
    if is_busy:
        return warning(
            _("The background worker is busy with a document."), _("Look again when the document is finished.")
        )
    if not app_runs():
        return warning(_("The background worker does not run: it starts with the app."), _("Start it with: make run"))
    start = "systemctl enable --now forum-worker" if settings.DATABASE_URL else "make run"
    return bad(
        _("The background worker does not answer: no document will be made."),
        _("Stop the app, and start it again: {command}").format(command=start),
    )


CHECKS = (
    Check("pdf", gettext_lazy("Documents (PDF)"), rendering, takes_time=True),
    Check("worker", gettext_lazy("Background worker"), worker, takes_time=True),
)
