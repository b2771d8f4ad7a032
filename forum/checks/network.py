"""Checks of the way from the phones to this computer."""

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.auth.sign_in import SignInFailed
from forum.checks import phone_tests
from forum.checks.check import Finding, bad, good, warning
from forum.models import Forum
from forum.server.locks import is_app_running
from forum.server.network_choice import chosen_interface, is_choice_possible, saved_interface
from forum.server.network_interfaces import Interface, list_interfaces
from forum.server.public_urls import public_url

TIMEOUT_SECONDS = 3
UFW = Path("/etc/ufw/ufw.conf")
FIREWALLD = Path("/run/firewalld.pid")

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens URLs without the proxy of this computer, as phones in the room do."""


def check_address(forum: Forum | None) -> Finding:
    url = f"{public_url()}/"
    if settings.PUBLIC_URL:
        return good(_("QR codes and documents say {url}, as this installation is configured.").format(url=url))
    if not is_choice_possible():
        return _check_single_address(url)
    interfaces = list_interfaces()
    if not interfaces:
        return bad(
            _("This computer is on no network, so no phone can connect."),
            _("Connect it to the room’s Wi-Fi. Or let a phone or a small router make a Wi-Fi, without internet."),
        )
    return _check_chosen_address(url, interfaces)


def _check_single_address(url: str) -> Finding:
    if settings.HOST in ("localhost", "[::1]") or str(settings.HOST).startswith("127."):
        return bad(
            _("The app can only be reached from this computer, at {url}: no phone can connect.").format(url=url),
            _("Stop it, and start it without HOST: make run"),
        )
    return good(_("QR codes and documents say {url}, the one address that the app listens to.").format(url=url))


def _check_chosen_address(url: str, interfaces: list[Interface]) -> Finding:
    saved, chosen = saved_interface(), chosen_interface()
    if saved and not chosen:
        return warning(
            _("The network that you chose ({address}) is gone. QR codes say {url} in the meantime.").format(
                address=saved.address, url=url
            ),
            _("Connect this computer to it again, or choose another address."),
        )
    used = chosen or interfaces[0]
    if used.is_tunnel or used.is_virtual:
        return warning(
            _("QR codes say {url}, an address that phones in the room do not reach.").format(url=url),
            _("Connect this computer to the room’s Wi-Fi, then choose its address."),
        )
    reachable = [interface for interface in interfaces if not (interface.is_tunnel or interface.is_virtual)]
    if not chosen and len(reachable) > 1:
        return warning(
            _("This computer is on {count} networks. QR codes say {url}, the likeliest.").format(
                count=len(reachable), url=url
            ),
            _("Choose the address of the network that the phones are on."),
        )
    return good(_("QR codes and documents say {url} ({network}).").format(url=url, network=used.name))


def check_app_answers(forum: Forum | None) -> Finding:
    """Request /readyz at the address of the QR codes, as a phone would."""
    url = f"{public_url()}/readyz"
    started_at = time.monotonic()
    try:
        with _opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            response.read()
    except urllib.error.HTTPError as error:
        return bad(
            _("The app answers at {url}, but refuses (status {status}).").format(url=url, status=error.code),
            _("Start it again; the terminal says what is missing."),
        )
    except OSError as error:
        if not is_app_running():
            return warning(_("The app does not run at the moment."), _("Start it with: make run"))
        return bad(
            _("The app does not answer at {url}: {reason}").format(url=url, reason=getattr(error, "reason", error)),
            _("Choose another address, or look for a firewall on this computer."),
        )
    milliseconds = round((time.monotonic() - started_at) * 1000)
    return good(_("The app answers at that address in {time} ms.").format(time=milliseconds))


def check_identity_provider(forum: Forum | None) -> Finding | None:
    """Read what the identity provider says of itself, and its keys, where one is configured."""
    if settings.OPENID is None:
        return None
    from forum.auth.openid import provider

    try:
        provider().check()
    except SignInFailed:
        return bad(
            _("{provider} does not answer as an identity provider must; the log says more.").format(
                provider=settings.OPENID.name
            ),
            _("Compare OPENID_ISSUER with what the provider gave you. Facilitators’ links work all the same."),
        )
    return good(_("{provider} answers, and facilitators can sign in.").format(provider=settings.OPENID.name))


def check_phone_tests(forum: Forum | None) -> Finding | None:
    if forum is None:
        return None
    phones = [phone for phone in phone_tests.recent(forum.pk) if not phone.is_this_computer]
    if not phones:
        return warning(
            _("No phone has opened the test page yet."),
            _("Scan the QR code of the test page with two or three phones, on the Wi-Fi that people will use."),
        )
    without_updates = sum(phone.sockets is False for phone in phones)
    if without_updates:
        text = ngettext(
            "{deaf} phone out of {count} gets no live updates: the network stops them. It will look every few seconds.",
            "{deaf} phones out of {count} get no live updates: the network stops them. They will look every few "
            "seconds.",
            without_updates,
        )
        return warning(
            text.format(deaf=without_updates, count=len(phones)),
            _("It works, a little later. A proxy of the network, or a data saver on the phone, is the usual reason."),
        )
    text = ngettext("{count} phone opened the test page.", "{count} phones opened the test page.", len(phones))
    return good(text.format(count=len(phones)))


def check_firewall(forum: Forum | None) -> Finding | None:
    """Find a firewall that is on. Its rules are for root to read: a phone that came through is the better proof."""
    if settings.PUBLIC_URL:
        return None
    if forum and any(not phone.is_this_computer for phone in phone_tests.recent(forum.pk)):
        return good(_("Phones come through."))
    if _is_ufw_on():
        command = f"sudo ufw allow {settings.PORT}/tcp"
    elif FIREWALLD.exists():
        command = f"sudo firewall-cmd --add-port={settings.PORT}/tcp"
    elif sys.platform != "linux":
        return warning(
            _("Whether a firewall stops phones is seen when the first one opens the test page."),
            _("When the system asks whether Python may accept connections, say yes, on private networks."),
        )
    else:
        return good(_("No firewall was found on this computer."))
    return warning(
        _("A firewall is on. Phones may be stopped until port {port} is open.").format(port=settings.PORT),
        _("If phones do not come, type: {command}").format(command=command),
    )


def _is_ufw_on() -> bool:
    try:
        return "ENABLED=yes" in UFW.read_text(encoding="utf-8").split()
    except OSError:
        return False


def check_vpn(forum: Forum | None) -> Finding:
    tunnels = sorted({interface.name for interface in list_interfaces() if interface.is_tunnel})
    if tunnels:
        return warning(
            _("A VPN is on ({names}). It may hide this computer from phones.").format(names=", ".join(tunnels)),
            _("Switch it off for the day, or see that a phone opens the test page while it is on."),
        )
    return good(_("No VPN is on."))
