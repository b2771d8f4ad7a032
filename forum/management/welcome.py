"""The text that `serve` prints when the app answers: addresses, QR code, links of facilitators."""

from django.conf import settings
from django.utils.translation import gettext as _

from forum import qr
from forum.models import Facilitator, Forum, OneTimeCode
from forum.phases import DURING_DAY
from forum.server.network_interfaces import lan_addresses
from forum.server.open_files import ConnectionLimits
from forum.server.public_urls import join_url, public_url
from forum.server.served_address import listens_on_all_interfaces


def welcome_text(limits: ConnectionLimits, *, is_demo: bool, has_colours: bool) -> str:
    """Return the addresses, the QR code, the facilitators' links, and the limits."""
    forum = Forum.objects.filter(phase__in=DURING_DAY).order_by("-pk").first()
    url = join_url(forum.code) if forum else f"{public_url()}/"
    lines = ["", _("Forum ouvert is ready."), ""]
    lines += [f"  {line}" for line in _address_lines()]
    lines += ["", *_qr_code_lines(url, has_colours), f"  {url}"]
    if forum:
        lines.append("  " + _("Code: {code} · {title}").format(code=forum.code, title=forum.title))
    lines += ["", *(f"  {line}" for line in _facilitator_lines(is_demo)), ""]
    text = _("Live updates for {phones} phones at once ({files} open files); others would look every few seconds.")
    lines.append("  " + text.format(phones=limits.sockets, files=limits.files))
    lines.append("  " + _("Data: {path}").format(path=settings.DATA_DIR))
    lines.append("  " + _("To stop: Ctrl-C"))
    return "\n".join(lines)


def _address_lines() -> list[str]:
    """List the addresses for phones, then the one that works on this computer alone."""
    if settings.PUBLIC_URL:
        return [_("Address: {url}").format(url=f"{settings.PUBLIC_URL}/")]
    if not listens_on_all_interfaces():
        is_loopback = settings.HOST in ("localhost", "[::1]") or settings.HOST.startswith("127.")
        text = _("On this computer only: {url}") if is_loopback else _("For phones: {url}")
        return [text.format(url=f"{public_url()}/")]
    lines = [_("For phones: {url}").format(url=f"http://{address}:{settings.PORT}/") for address in lan_addresses()]
    return [
        *(lines or [_("No network yet: connect this computer to the room’s Wi-Fi, then start again.")]),
        _("On this computer: {url}").format(url=f"http://localhost:{settings.PORT}/"),
    ]


def _qr_code_lines(url: str, has_colours: bool) -> list[str]:
    """Draw light squares on a dark background, with explicit colours for terminals with a light one."""
    begin, end = ("\x1b[38;5;231;48;5;16m", "\x1b[0m") if has_colours else ("", "")
    return [f"{begin}{line}{end}" for line in qr.terminal_text(url).splitlines()]


def _facilitator_lines(is_demo: bool) -> list[str]:
    """Say how a facilitator signs in. Links are not stored, so the demonstration gets a new one at each start."""
    demo = Forum.objects.filter(is_fictional=True, facilitators__isnull=False).order_by("-pk").first()
    if is_demo and demo:
        secret = demo.facilitators.order_by("pk")[0].replace_link()
        return [_("Facilitator of the demonstration day: {url}").format(url=f"{public_url()}/facilitator/{secret}/")]
    if Facilitator.objects.exists():
        return [
            _("Facilitators: {url}").format(url=f"{public_url()}/facilitator/"),
            _("A lost link is replaced by: {command}").format(command="make facilitator"),
        ]
    return [first_facilitator_line()]


def first_facilitator_line() -> str:
    """Make a link for the first facilitator, and revoke those that were printed earlier."""
    OneTimeCode.objects.filter(participant=None, forum=None).delete()
    url = f"{public_url()}/facilitator/begin/{OneTimeCode.for_facilitator()}/"
    return _("First facilitator (works once): {url}").format(url=url)
