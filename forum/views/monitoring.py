"""What machines ask: can the app serve? `/healthz`, which needs no database, is answered in asgi.py."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from forum.server.health import HEALTH
from forum.web.middleware import RETRY_AFTER_SECONDS


@require_GET
@never_cache
def readiness(request: HttpRequest) -> HttpResponse:
    """Return 200 if the app can serve (see server/health.py), else 503 with the reason."""
    if problem := HEALTH.problem():
        response = JsonResponse({"ready": False, "reason": problem}, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return JsonResponse({"ready": True})
