"""The sections of a report where sockets do not pass, and the history of who wrote what."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm
from forum.models import Topic
from sessions.coediting import protocol
from sessions.models import Report, Version
from sessions.models.crdt import UpdateRefused
from sessions.models.text_edits import edits
from sessions.views.parts.report_form import report_at

VERSIONS_ON_A_PAGE = 30
AROUND = 60
"""Characters that are shown before and after what somebody changed."""


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def writing(request: ForumRequest, topic: Topic) -> HttpResponse:
    """What the room's socket does, without it: a GET tells a page what it lacks, a POST keeps what it wrote."""
    shown = report_at(topic)
    if shown is None:
        raise Http404
    try:
        if request.method == "GET":
            answer: dict[str, Any] = {}
            vector = urlsafe_b64decode(request.GET.get("have", "").encode())
        else:
            said = protocol.read_message(request.body)
            vector = protocol.from_base64(said, "have")
            (outcome,) = shown.apply_updates([protocol.read_update(said, request.actor)])
            answer = protocol.outcome_message(outcome, shown)
        _number, lacking = protocol.catch_up_message(shown, vector)
    except (UpdateRefused, ValueError, RawPostDataException):  # the last: a form was sent, which was read as one
        return JsonResponse({"refused": True}, status=400)
    return JsonResponse(lacking | answer)


@require_GET
@never_cache
@forum_view
def history(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Who wrote what when, the newest first."""
    shown = report_at(topic)
    if shown is None:
        raise Http404
    versions = shown.versions.with_text_before().order_by("-pk").prefetch_related("participants", "facilitators")
    page = Paginator(versions.select_related("restores"), VERSIONS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "topic": topic,
        "report": shown,
        "page": page,
        "versions": [_shown(version, shown) for version in page],
    }
    return render(request, "sessions/history.html", context)


@require_POST
@forum_view
def restore(request: ForumRequest, topic: Topic, version: int) -> HttpResponse:
    shown = report_at(topic)
    found = Version.objects.filter(report=shown, pk=version).first()
    if shown is None or found is None:
        raise Http404(_("There is no such version."))
    shown.restore(found, request.actor)
    to = reverse("report", args=[request.forum.code, topic.number])
    return confirm(request, f"{to}#id_{found.section}", _("This text is back. Nothing is lost: see the history."))


def _shown(version: Any, report: Report) -> dict[str, Any]:
    """A version `with_text_before`, as the page shows it."""
    version.report = report
    parts = list(_parts(version.before, version.text))
    stands = getattr(report, version.section) == version.text
    return {"version": version, "parts": parts, "stands": stands}


def _parts(before: str, after: str) -> Iterator[tuple[str, str]]:
    """What was taken out and put in, with a little of what stands around: ("kept" | "gone" | "new", text)."""
    at, has_begun = 0, False
    for start, end, words in edits(before, after):
        yield "kept", _shortened(before[at:start], begins=has_begun, goes_on=True)
        yield "gone", before[start:end]
        yield "new", words
        at, has_begun = end, True
    yield "kept", _shortened(before[at:], begins=has_begun, goes_on=not has_begun)


def _shortened(text: str, *, begins: bool, goes_on: bool) -> str:
    head, tail = text[:AROUND] if begins else "", text[-AROUND:] if goes_on else ""
    return text if len(text) <= len(head) + len(tail) + 1 else f"{head}…{tail}"
