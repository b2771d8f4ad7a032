"""The end of the day: which reports are missing is told before the report of the forum is published."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, next_page
from forum.models import Forum
from forum.phases import FROM_GROUPS, Phase
from forum.views.parts.phase_move import arrived
from sessions.missing_reports import Row, rounds

CONFLICT = 409


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def publish(request: ForumRequest) -> HttpResponse:
    """Move everyone to the last phase by a form that has told (`told`) each group that is `missing`; else tell them."""
    forum = request.forum
    desk = reverse("desk", args=[forum.code])
    if forum.current_phase == Phase.PUBLISHED:
        return redirect(desk)
    if request.method == "POST" and _is_published(request):
        return confirm(request, desk, arrived(Phase.PUBLISHED))
    context = {
        "forum": forum,
        "actor": request.actor,
        "missing": _missing(forum),
        "may_write": forum.current_phase in FROM_GROUPS,
        "is_new": "told" in request.POST,
        "next": next_page(request, desk),
    }
    return render(request, "sessions/publishing.html", context, status=CONFLICT if request.method == "POST" else 200)


def _missing(forum: Forum) -> list[Row]:
    """The groups without a finished report, in the order of the rounds."""
    return [row for one in rounds(forum) for row in one.rows if row.state != "finished"]


def _is_published(request: ForumRequest) -> bool:
    """Publish, unless some group is missing of which the form has not told; nothing moves in between."""
    told = set(request.POST.getlist("missing"))
    with request.forum.locked():
        missing = {str(row.topic.number) for row in _missing(request.forum)}
        if "told" not in request.POST or missing - told:
            return False
        request.forum.move_to(Phase.PUBLISHED, request.actor)
        return True
