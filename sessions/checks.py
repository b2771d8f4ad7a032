"""Checks that a PDF can be rendered, without any network, and that a background worker runs."""

import socket
import subprocess
import sys
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
from sessions.proceedings import documents_at_work, pdf
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


_ISOLATION_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from sessions.media import sandbox;"
    "print(sandbox.deny_network(), sandbox.can_reach(int(sys.argv[2])))"
)


def check_isolation(forum: Forum | None) -> Finding:
    """Let a process like those that open photos and documents try to reach a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-I", "-c", _ISOLATION_CODE, str(settings.ROOT), str(server.getsockname()[1])]
        output = subprocess.run(command, capture_output=True, text=True, timeout=PDF_SECONDS, check=True).stdout
    by, _space, reached = output.rstrip("\n").rpartition(" ")
    if by and reached == "False":
        text = _("The system itself keeps what opens photos and documents off the network ({by}).")
        return good(text.format(by=by))
    return warning(
        _("What opens photos and documents is kept off the network by Python alone, not by the system."),
        _("Install the library that asks the system for it: {command}").format(command="apt-get install libseccomp2"),
    )


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


def check_documents(forum: Forum | None) -> Finding:
    """Say whether a worker is there and keeps up, without asking it."""
    if documents_at_work.is_worker_away():
        start = "systemctl enable --now forum-worker" if settings.DATABASE_URL else "make run"
        return bad(
            _("No background worker is there: reports, posters and sheets are not made."),
            _("Everything else works, and they are made once it is back: {command}").format(command=start),
        )
    if documents_at_work.are_editions_late():
        return warning(
            _("A report has been waiting to be made for minutes: the background worker hangs, or has too much to do."),
            _("If this lasts, start the worker anew, then ask for the report again."),
        )
    return good("")


ALERTS = (Check("documents", gettext_lazy("Documents are not being made"), check_documents),)

CHECKS = (
    Check("pdf", gettext_lazy("Documents (PDF)"), check_pdf, takes_time=True),
    Check("isolation", gettext_lazy("Photos and documents"), check_isolation, takes_time=True),
    Check("worker", gettext_lazy("Background worker"), check_worker, takes_time=True),
)
