"""The test page: phones open it the evening before, and the facilitator sees that they reach the forum."""

import secrets
import time

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import render_page
from forum.checks import phone_tests
from forum.checks.phone_tests import PhoneTest
from forum.server import network_interfaces, public_urls
from forum.text.parsing import parse_whole_number
from forum.web.cookies import DAY, set_cookie
from forum.web.user_agent import device_kind

PHONE_COOKIE = "forum_hello"
LOOPBACK = ("127.0.0.1", "::1")


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def phone_test(request: ForumRequest) -> HttpResponse:
    """Show the test page, and note the phone. A POST says how well it works, and returns the time in milliseconds."""
    key = request.COOKIES.get(PHONE_COOKIE, "")[:32] or secrets.token_urlsafe(9)
    phone_tests.record(request.forum.pk, _phone(request, key))
    if request.method == "POST":
        return JsonResponse({"now": round(time.time() * 1000)})
    context = {
        "host": request.get_host(),
        "is_this_computer": _is_this_computer(request),
        "phone_test_url": public_urls.public_url() + reverse("phone_test", args=[request.forum.code]),
        "beat_seconds": phone_tests.BEAT_SECONDS,
    }
    response = render_page(request, "forum/phone_test.html", context)
    set_cookie(response, PHONE_COOKIE, key, DAY)
    return response


def _is_this_computer(request: ForumRequest) -> bool:
    """Say whether the browser runs on the server's computer, where it does not try the network."""
    if settings.PUBLIC_URL:  # behind a proxy, any browser may seem to
        return False
    client_address = request.META.get("REMOTE_ADDR", "")
    return client_address in LOOPBACK or client_address in network_interfaces.lan_addresses()


def _phone(request: ForumRequest, key: str) -> PhoneTest:
    longest_drift = phone_tests.MAX_DRIFT - 1
    return PhoneTest(
        key=key,
        kind=device_kind(request.headers.get("User-Agent", "")),
        is_this_computer=_is_this_computer(request),
        seen_at=time.time(),
        sockets={"yes": True, "no": False}.get(request.POST.get("sockets", "")),
        drift=parse_whole_number(request.POST.get("drift", ""), -longest_drift, longest_drift),
    )
