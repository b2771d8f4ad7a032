"""Is everything ready? The facilitator's page that says so, and the test page that phones open."""

import secrets
import time
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny
from forum.checks import Check, Finding, all_checks, phone_tests
from forum.checks.phone_tests import PhoneTest
from forum.checks.wifi_problems import WIFI_PROBLEMS
from forum.models import Forum
from forum.phases import Phase
from forum.server import network_choice, network_interfaces, public_urls
from forum.text.parsing import parse_whole_number
from forum.web.user_agent import device_kind

PHONE_COOKIE = "forum_hello"
DAY_SECONDS = 24 * 3600
LOOPBACK = ("127.0.0.1", "::1")


@require_GET
@never_cache
@forum_view
def ready(request: ForumRequest) -> HttpResponse:
    """The page at once; what takes time follows. Asked again every few seconds, it answers what may have moved."""
    if request.htmx:
        return render(request, "forum/ready.html#moving", _moving(request))
    return _page(request)


def _page(request: ForumRequest, done: dict[str, Finding] | None = None) -> HttpResponse:
    """`done`: what was found by checks that take time, by name."""
    code = request.forum.code
    later = [(check, (done or {}).get(check.name)) for check in all_checks() if check.takes_time]
    context = {
        **_moving(request),
        "later": later,
        "interfaces": network_interfaces.list_interfaces(),
        "can_choose": network_choice.is_choice_possible(),
        "told": network_choice.chosen_interface(),
        "url": public_urls.public_url(),
        "hello_url": public_urls.public_url() + reverse("hello", args=[code]),
        "hello_qr": qr.svg(public_urls.public_url() + reverse("hello", args=[code])),
        "join_url": public_urls.join_url(code),
        "join_qr": qr.svg(public_urls.join_url(code)),
        "wifi_problems": WIFI_PROBLEMS,
    }
    return render(request, "forum/ready.html", context)


def _moving(request: ForumRequest) -> dict[str, Any]:
    """What may have moved since the page was opened."""
    quick = [(check, check.run(request.forum)) for check in all_checks() if not check.takes_time]
    return {
        "forum": request.forum,
        "actor": request.actor,
        "quick": [(check, finding) for check, finding in quick if finding],
        "phones": [phone for phone in phone_tests.recent(request.forum.pk) if not phone.is_this_computer],
    }


@require_GET
@never_cache
@forum_view
def check(request: ForumRequest, name: str) -> HttpResponse:
    """One check that takes time; without JavaScript, the whole page with it."""
    found = _check(name)
    finding = found.run(request.forum)
    if not request.htmx:
        return _page(request, {name: finding} if finding else {})
    context = {"forum": request.forum, "check": found, "finding": finding}
    return render(request, "forum/ready.html#later", context)


def _check(name: str) -> Check:
    found = next((check for check in all_checks() if check.name == name and check.takes_time), None)
    if found is None:
        raise Http404
    return found


@require_POST
@forum_view
def use_address(request: ForumRequest) -> HttpResponse:
    """Choose which of this computer's addresses goes into QR codes; empty: the likeliest, as long as none is chosen."""
    asked = request.POST.get("address", "")
    known = next((interface for interface in network_interfaces.list_interfaces() if interface.address == asked), None)
    if not network_choice.is_choice_possible() or (asked and known is None):
        text = _("This computer does not have the address {host}.")
        return deny(request, text.format(host=asked[:60]), status=409)
    try:
        network_choice.save_interface(known)
    except OSError as error:
        text = _("The choice could not be kept: {reason}")
        return deny(request, text.format(reason=error.strerror), status=409)
    for forum in Forum.objects.exclude(phase=Phase.PUBLISHED):
        forum.announce_new_address(request.actor)
    said = _("QR codes now say {url}. Open walls and pages follow; posters must be printed anew.")
    here = reverse("ready", args=[request.forum.code])
    return confirm(request, here, said.format(url=f"{public_urls.public_url()}/"))


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def hello(request: ForumRequest) -> HttpResponse:
    """The test page: opened by a phone, it says that it works; its beats say how well, and are answered by the time."""
    key = request.COOKIES.get(PHONE_COOKIE, "")[:32] or secrets.token_urlsafe(9)
    phone_tests.record(request.forum.pk, _phone(request, key))
    if request.method == "POST":
        return JsonResponse({"now": round(time.time() * 1000)})
    context = {
        "forum": request.forum,
        "actor": request.actor,
        "host": request.get_host(),
        "is_here": _is_here(request),
        "hello_url": public_urls.public_url() + reverse("hello", args=[request.forum.code]),
        "beat": phone_tests.BEAT_SECONDS,
    }
    response = render(request, "forum/hello.html", context)
    response.set_cookie(PHONE_COOKIE, key, max_age=DAY_SECONDS, httponly=True, samesite="Lax")
    return response


def _is_here(request: ForumRequest) -> bool:
    """Whether the browser runs on this very computer: its network is then not tried at all."""
    if settings.PUBLIC_URL:  # a proxy stands before the app: whoever calls, it may seem to be this computer
        return False
    caller = request.META.get("REMOTE_ADDR", "")
    return caller in LOOPBACK or caller in network_interfaces.lan_addresses()


def _phone(request: ForumRequest, key: str) -> PhoneTest:
    most = phone_tests.MAX_DRIFT - 1
    return PhoneTest(
        key=key,
        kind=device_kind(request.headers.get("User-Agent", "")),
        is_this_computer=_is_here(request),
        seen_at=time.time(),
        sockets={"yes": True, "no": False}.get(request.POST.get("sockets", "")),
        drift=parse_whole_number(request.POST.get("drift", ""), -most, most),
    )
