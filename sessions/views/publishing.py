"""The page that publishes the forum, once it has listed the groups without a finished report."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, next_page, render_page
from forum.models import Forum
from forum.models.approval import waiting_rows
from forum.phases import FROM_GROUPS, Phase
from forum.views.parts.phase_change import phase_message
from sessions.report_progress import GroupProgress, ReportProgress, progress_by_slot


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def publish(request: ForumRequest) -> HttpResponse:
    """Publish, if the form lists each group that is missing; else list them.

    `confirmed`: the form comes from this page. `missing`: the numbers of the groups that it listed.
    """
    forum = request.forum
    desk = forum.get_desk_url()
    if forum.current_phase == Phase.PUBLISHED:
        return redirect(desk)
    if request.method == "POST" and _publish_if_all_listed(request):
        return confirm(request, desk, phase_message(Phase.PUBLISHED))
    context = {
        "missing": _missing_groups(forum),
        "may_write": forum.current_phase in FROM_GROUPS,
        "waiting_count": len(waiting_rows(forum)),
        "has_changed": "confirmed" in request.POST,
        "next": next_page(request, desk),
    }
    return render_page(request, "sessions/publishing.html", context, 409 if request.method == "POST" else 200)


def _missing_groups(forum: Forum) -> list[GroupProgress]:
    """Return the groups without a finished report, in the order of the slots."""
    slots = progress_by_slot(forum)
    return [group for slot in slots for group in slot.groups if group.progress != ReportProgress.FINISHED]


def _publish_if_all_listed(request: ForumRequest) -> bool:
    """Publish and return True, unless a group is missing that the form did not list. Nothing moves in between."""
    listed = set(request.POST.getlist("missing"))
    with request.forum.locked():
        missing = {str(group.topic.number) for group in _missing_groups(request.forum)}
        if "confirmed" not in request.POST or missing - listed:
            return False
        request.forum.move_to(Phase.PUBLISHED, request.actor)
        return True
