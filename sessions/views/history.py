"""The history of a report's texts."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, render_page
from forum.models import Topic
from sessions.models import Report, Version
from sessions.models.text_edits import edits
from sessions.views.parts.report_form import get_report_or_404, report_url

PAGE_SIZE = 30
"""Versions."""
CONTEXT_LENGTH = 60
"""Characters that are shown before and after an edit."""


@require_GET
@never_cache
@forum_view
def history(request: ForumRequest, topic: Topic) -> HttpResponse:
    """List the versions of the report's texts, with their writers, the newest first."""
    report = get_report_or_404(topic)
    versions = report.versions.with_text_before().order_by("-pk").prefetch_related("participants", "facilitators")
    page = Paginator(versions.select_related("restores"), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [_version_row(version, report) for version in page]
    return render_page(request, "sessions/history.html", {"topic": topic, "report": report, "page": page, "rows": rows})


@require_POST
@forum_view
def restore(request: ForumRequest, topic: Topic, version_pk: int) -> HttpResponse:
    """Put a text back as it was in a version."""
    report = get_report_or_404(topic)
    version = Version.objects.filter(report=report, pk=version_pk).first()
    if version is None:
        raise Http404(_("There is no such version."))
    report.restore(version, request.actor)
    message = _("This text is back. Nothing is lost: see the history.")
    return confirm(request, f"{report_url(topic)}#id_{version.section}", message)


def _version_row(version: Any, report: Report) -> dict[str, Any]:
    """Return the context of a version `with_text_before`: its edits, and whether the report still says so."""
    version.report = report
    is_current = getattr(report, version.section) == version.text
    return {"version": version, "parts": list(_parts(version.before, version.text)), "is_current": is_current}


def _parts(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield ("kept" | "gone" | "new", text) for each part of the text, the kept ones shortened."""
    at, has_edit = 0, False
    for start, end, new in edits(before, after):
        yield "kept", _shorten(before[at:start], keeps_start=has_edit, keeps_end=True)
        yield "gone", before[start:end]
        yield "new", new
        at, has_edit = end, True
    yield "kept", _shorten(before[at:], keeps_start=has_edit, keeps_end=not has_edit)


def _shorten(text: str, *, keeps_start: bool, keeps_end: bool) -> str:
    start, end = text[:CONTEXT_LENGTH] if keeps_start else "", text[-CONTEXT_LENGTH:] if keeps_end else ""
    return text if len(text) <= len(start) + len(end) + 1 else f"{start}…{end}"
