"""What machines ask: can the app serve, how does it do, whom to tell of a weakness? asgi.py answers `/healthz`."""

import secrets
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, generate_latest

from forum.checks.gauges import PRESENT
from forum.server.health import HEALTH
from forum.server.public_urls import public_url
from forum.web.middleware import RETRY_AFTER_SECONDS

SECURITY_TXT_DAYS = 180
"""Time for which what security.txt says may be relied on. RFC 9116 recommends less than a year."""


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


@require_GET
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say where to report a weakness of this installation (RFC 9116); unknown without SECURITY_CONTACT."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    contacts = ["".join(contact.split()) for contact in settings.SECURITY_CONTACT]
    expires = (datetime.now(UTC) + timedelta(days=SECURITY_TXT_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        *(f"Contact: {contact if ':' in contact else f'mailto:{contact}'}" for contact in contacts),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {public_url()}{request.path}",
    ]
    if settings.SECURITY_POLICY:
        lines.append(f"Policy: {''.join(settings.SECURITY_POLICY.split())}")
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
