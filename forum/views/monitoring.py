"""What machines ask: can the app serve, and how does it do? `/healthz` needs no database: asgi.py answers it."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, generate_latest

from forum.checks.gauges import PRESENT
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


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a Prometheus that knows METRICS_TOKEN; for anybody else there is no such page."""
    token = settings.METRICS_TOKEN
    sent = request.headers.get("Authorization", "")
    if not token or not secrets.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(PRESENT), content_type=CONTENT_TYPE_PLAIN_0_0_4)
