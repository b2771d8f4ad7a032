"""The pages outside any forum: the entrance, the health check, and what is said when something is missing."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from forum import access
from forum.models import Forum
from forum.models.secrets import read_code


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Where someone types the code that the wall shows."""
    if request.method == "GET":
        context = {"facilitator": access.facilitator_of(request.COOKIES), "publishes": Forum.objects.listed().exists()}
        return render(request, "forum/home.html", context)
    typed = request.POST.get("code", "")
    if forum := access.find_forum(request, read_code(typed)):
        return redirect("board", forum.code)
    error = _("No forum has this code. It has 7 letters and figures, as the wall shows it.")
    return render(request, "forum/home.html", {"typed": typed[:20], "error": error}, status=422)


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 when the app can serve: its database answers and has the tables of this code."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:
        return JsonResponse({"ready": False, "reason": "the database does not answer"}, status=503)
    if waiting:
        return JsonResponse({"ready": False, "reason": "the database waits for a migration"}, status=503)
    return JsonResponse({"ready": True})


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was older than its key: going back keeps what was typed."""
    return render(request, "forum/problem.html", {"stale": True}, status=403)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent is no form of ours, or far longer than any of them may be."""
    return render(request, "forum/problem.html", {"refused": True}, status=400)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "forum/problem.html", {"missing": True}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "forum/problem.html", {"broken": True}, status=500)
