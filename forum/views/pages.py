"""The pages outside any forum: the entrance, the health check, and what is said when something is missing."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from forum.auth.identity import facilitator_of, find_forum
from forum.extension import extension
from forum.models.tokens import normalise_code
from forum.server.health import HEALTH
from forum.web.middleware import RETRY_AFTER_SECONDS


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Where someone types the code that the wall shows."""
    if request.method == "GET":
        context = {"facilitator": facilitator_of(request.COOKIES), "publishes": extension().lists_any_forum()}
        return render(request, "forum/home.html", context)
    typed = request.POST.get("code", "")
    if forum := find_forum(request, normalise_code(typed)):
        return redirect("board", forum.code)
    error = _("No forum has this code. It has 7 letters and figures, as the wall shows it.")
    return render(request, "forum/home.html", {"typed": typed[:20], "error": error}, status=422)


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 when the app can serve, see health.py; else 503, and why."""
    if problem := HEALTH.problem():
        answer = JsonResponse({"ready": False, "reason": problem}, status=503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
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
