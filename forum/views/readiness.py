"""Is everything ready? The checks of the evening before, and the address that QR codes give."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forum import qr
from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.checks import Check, Finding, all_checks, phone_tests
from forum.checks.wifi_problems import WIFI_PROBLEMS
from forum.models import Forum
from forum.phases import Phase
from forum.server import network_choice, network_interfaces, public_urls


@require_GET
@never_cache
@forum_view
def ready(request: ForumRequest) -> HttpResponse:
    """Show the page at once; its script asks for each slow check, and for the quick ones every few seconds."""
    if request.htmx:
        return render_page(request, "forum/ready.html#polled", _polled_context(request))
    return _render_ready(request)


def _render_ready(request: ForumRequest, findings: dict[str, Finding] | None = None) -> HttpResponse:
    """`findings`: the results of slow checks that were run, by name."""
    code = request.forum.code
    phone_test_url = public_urls.public_url() + reverse("phone_test", args=[code])
    context = {
        **_polled_context(request),
        "slow_checks": [(check, (findings or {}).get(check.name)) for check in all_checks() if check.takes_time],
        "interfaces": network_interfaces.list_interfaces(),
        "can_choose": network_choice.is_choice_possible(),
        "chosen": network_choice.chosen_interface(),
        "url": public_urls.public_url(),
        "phone_test_url": phone_test_url,
        "phone_test_qr": qr.svg(phone_test_url),
        "join_url": public_urls.join_url(code),
        "join_qr": qr.svg(public_urls.join_url(code)),
        "wifi_problems": WIFI_PROBLEMS,
    }
    return render_page(request, "forum/ready.html", context)


def _polled_context(request: ForumRequest) -> dict[str, Any]:
    """Return what the page asks for again and again: the quick checks, and the phones on the test page."""
    findings = [(check, check.run(request.forum)) for check in all_checks() if not check.takes_time]
    return {
        "quick_checks": [(check, finding) for check, finding in findings if finding],
        "phones": [phone for phone in phone_tests.recent(request.forum.pk) if not phone.is_this_computer],
    }


@require_GET
@never_cache
@forum_view
def check(request: ForumRequest, name: str) -> HttpResponse:
    """Run one slow check. Without JavaScript, show the whole page with its result."""
    slow_check = _get_slow_check(name)
    finding = slow_check.run(request.forum)
    if not request.htmx:
        return _render_ready(request, {name: finding} if finding else {})
    return render_page(request, "forum/ready.html#slow_check", {"check": slow_check, "finding": finding})


def _get_slow_check(name: str) -> Check:
    slow_check = next((check for check in all_checks() if check.name == name and check.takes_time), None)
    if slow_check is None:
        raise Http404
    return slow_check


@require_POST
@forum_view
def use_address(request: ForumRequest) -> HttpResponse:
    """Choose which `address` of this computer goes into QR codes. Empty: the likeliest, at any time."""
    address = request.POST.get("address", "")
    chosen = next(
        (interface for interface in network_interfaces.list_interfaces() if interface.address == address), None
    )
    if not network_choice.is_choice_possible() or (address and chosen is None):
        reason = _("This computer does not have the address {host}.")
        return deny(request, reason.format(host=address[:60]), status=409)
    try:
        network_choice.save_interface(chosen)
    except OSError as error:
        reason = _("The choice could not be kept: {reason}")
        return deny(request, reason.format(reason=error.strerror), status=409)
    for forum in Forum.objects.exclude(phase=Phase.PUBLISHED):
        forum.announce_new_address(request.actor)
    message = _("QR codes now say {url}. Open walls and pages follow; posters must be printed anew.")
    to = reverse("ready", args=[request.forum.code])
    return confirm(request, to, message.format(url=f"{public_urls.public_url()}/"))
