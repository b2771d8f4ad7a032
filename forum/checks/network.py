"""The way from the phones to this computer."""

import errno
import fcntl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.checks import phone_tests
from forum.checks.check import Finding, bad, good, warning
from forum.models import Forum
from forum.server import addresses

ANSWER_SECONDS = 3


def address(forum: Forum | None) -> Finding:
    url = f"{addresses.public_url()}/"
    if settings.PUBLIC_URL:
        return good(_("QR codes and documents say {url}, as this installation is configured.").format(url=url))
    if not addresses.can_choose():
        return _only_address(url)
    here = addresses.interfaces()
    if not here:
        return bad(
            _("This computer is on no network, so no phone can connect."),
            _("Connect it to the room’s Wi-Fi. Or let a phone or a small router make a Wi-Fi, without internet."),
        )
    return _chosen_address(url, here)


def _only_address(url: str) -> Finding:
    if settings.HOST in ("localhost", "[::1]") or str(settings.HOST).startswith("127."):
        return bad(
            _("The app can only be reached from this computer, at {url}: no phone can connect.").format(url=url),
            _("Stop it, and start it without HOST: make run"),
        )
    return good(_("QR codes and documents say {url}, the one address that the app listens to.").format(url=url))


def _chosen_address(url: str, here: list[addresses.Interface]) -> Finding:
    wanted, now = addresses.choice(), addresses.chosen()
    if wanted and not now:
        return warning(
            _("The network that you chose ({address}) is gone. QR codes say {url} in the meantime.").format(
                address=wanted.address, url=url
            ),
            _("Connect this computer to it again, or choose another address."),
        )
    told = now or here[0]
    if told.is_tunnel or told.is_virtual:
        return warning(
            _("QR codes say {url}, an address that phones in the room do not reach.").format(url=url),
            _("Connect this computer to the room’s Wi-Fi, then choose its address."),
        )
    rivals = [other for other in here if not (other.is_tunnel or other.is_virtual)]
    if not now and len(rivals) > 1:
        return warning(
            _("This computer is on {count} networks. QR codes say {url}, the likeliest.").format(
                count=len(rivals), url=url
            ),
            _("Choose the address of the network that the phones are on."),
        )
    return good(_("QR codes and documents say {url} ({network}).").format(url=url, network=told.name))


_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Phones in the room go through no proxy of this computer."""


def answers(forum: Forum | None) -> Finding:
    """Ask the app for its health the way a phone would, by the very address of the QR codes."""
    url = f"{addresses.public_url()}/healthz"
    began = time.monotonic()
    try:
        with _DIRECTLY.open(url, timeout=ANSWER_SECONDS) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        return bad(
            _("The app answers at {url}, but refuses (status {status}).").format(url=url, status=error.code),
            _("Start it again; the terminal says what is missing."),
        )
    except OSError as error:
        if not app_runs():
            return warning(_("The app does not run at the moment."), _("Start it with: make run"))
        return bad(
            _("The app does not answer at {url}: {reason}").format(url=url, reason=getattr(error, "reason", error)),
            _("Choose another address, or look for a firewall on this computer."),
        )
    spent = round((time.monotonic() - began) * 1000)
    return good(_("The app answers at that address in {time} ms.").format(time=spent))


def app_runs() -> bool:
    """Whether an app serves these data on this machine. Where many do, nobody can tell, so it should."""
    if settings.REDIS_URL:
        return True
    try:
        with (Path(settings.DATA_DIR) / "serving").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    return False


def phones_seen(forum: Forum | None) -> Finding | None:
    if forum is None:
        return None
    came = [phone for phone in phone_tests.seen(forum.pk) if not phone.is_here]
    if not came:
        return warning(
            _("No phone has opened the test page yet."),
            _("Scan the QR code of the test page with two or three phones, on the Wi-Fi that people will use."),
        )
    deaf = sum(phone.sockets is False for phone in came)
    if deaf:
        text = ngettext(
            "{deaf} phone out of {count} gets no live updates: the network stops them. It will look every few seconds.",
            "{deaf} phones out of {count} get no live updates: the network stops them. They will look every few "
            "seconds.",
            deaf,
        )
        return warning(
            text.format(deaf=deaf, count=len(came)),
            _("It works, a little later. A proxy of the network, or a data saver on the phone, is the usual reason."),
        )
    text = ngettext("{count} phone opened the test page.", "{count} phones opened the test page.", len(came))
    return good(text.format(count=len(came)))


UFW = Path("/etc/ufw/ufw.conf")
FIREWALLD = Path("/run/firewalld.pid")


def firewall(forum: Forum | None) -> Finding | None:
    """A firewall's own rules are for root to read: that a phone came through is the better proof."""
    if settings.PUBLIC_URL:
        return None
    if forum and any(not phone.is_here for phone in phone_tests.seen(forum.pk)):
        return good(_("Phones come through."))
    if _is_on(UFW):
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


def _is_on(ufw: Path) -> bool:
    try:
        return "ENABLED=yes" in ufw.read_text(encoding="utf-8").split()
    except OSError:
        return False


def vpn(forum: Forum | None) -> Finding:
    tunnels = sorted({interface.name for interface in addresses.interfaces() if interface.is_tunnel})
    if tunnels:
        return warning(
            _("A VPN is on ({names}). It may hide this computer from phones.").format(names=", ".join(tunnels)),
            _("Switch it off for the day, or see that a phone opens the test page while it is on."),
        )
    return good(_("No VPN is on."))
