"""Is everything ready for the day? One list of checks, for the facilitator's page and for `manage.py doctor`.

Each check looks at the real thing and says one sentence, with what to do when it is not as it should be.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import logging
import platform
import shutil
import statistics
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from forum import addresses, phones, serving
from forum.models import Forum, JournalEntry, Submission

log = logging.getLogger(__name__)

SCARCE_BYTES, LITTLE_BYTES = 200 * 10**6, 2 * 10**9
"""Free space under which documents and photos will not fit, and under which they may not."""
SLOW_SECONDS = 0.5
"""One small write that takes longer is felt by a whole room."""
ANSWER_SECONDS = 3
DRIFT_SECONDS = 60
"""Clocks further apart make people miss the end of a round."""


class State(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    state: State
    sentence: str
    advice: str = ""
    """What to do."""


def good(sentence: str) -> Finding:
    return Finding(State.GOOD, sentence)


def warning(sentence: str, advice: str = "") -> Finding:
    return Finding(State.WARNING, sentence, advice)


def bad(sentence: str, advice: str = "") -> Finding:
    return Finding(State.BAD, sentence, advice)


@dataclass(frozen=True)
class Check:
    name: str
    title: str | Promise
    look: Callable[[Forum | None], Finding | None]
    """Looks for one forum or, from the terminal, for none; None: there is nothing to say."""
    takes_time: bool = False
    """Whether it may take seconds, or writes: then the page opens before it is done."""

    def run(self, forum: Forum | None = None) -> Finding | None:
        """Look, whatever happens: a check that breaks is itself a finding."""
        try:
            return self.look(forum)
        except Exception as error:
            log.warning("check %s: %s", self.name, error)
            return bad(_("This could not be checked: {reason}").format(reason=str(error) or type(error).__name__))


# ---- the way from the phones to this computer --------------------------------------------------------------


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
    came = [phone for phone in phones.seen(forum.pk) if not phone.is_here]
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
    if forum and any(not phone.is_here for phone in phones.seen(forum.pk)):
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


# ---- what this computer has --------------------------------------------------------------------------------


def database(forum: Forum | None) -> Finding:
    """Write and erase one small row, for good: what a phone that proposes a topic costs."""
    if serving.pending_migrations():
        return warning(_("The database is made, or updated, when the app starts."), _("Start it with: make run"))
    began = time.monotonic()
    try:
        Submission.objects.create(key=f"doctor-{time.time_ns()}", path="doctor").delete()
    except Exception as error:
        return bad(
            _("The database cannot be written: {reason}").format(reason=str(error).strip()),
            _("See that the disk is not full, that the data directory is yours, and start the app again."),
        )
    spent = time.monotonic() - began
    if spent > SLOW_SECONDS:
        return warning(
            _("The database writes slowly: {time} ms for one row.").format(time=round(spent * 1000)),
            _("Keep the data on this computer’s own disk, not on a USB stick or a network drive."),
        )
    return good(_("{database} writes in {time} ms.").format(
        database=connection.display_name, time=round(spent * 1000)
    ))  # fmt: skip


def disk(forum: Forum | None) -> Finding:
    places = {Path(settings.DATA_DIR), Path(settings.MEDIA_ROOT)}
    free = min(shutil.disk_usage(_existing(place)).free for place in places)
    sentence = _("{size} are free for data, photos and documents.").format(size=filesizeformat(free))
    advice = _("Make room on the disk of {path}").format(path=settings.DATA_DIR)
    if free < SCARCE_BYTES:
        return bad(sentence, advice)
    return warning(sentence, advice) if free < LITTLE_BYTES else good(sentence)


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


LOCAL_TIME = Path("/etc/localtime")


def clock(forum: Forum | None) -> Finding:
    """Against what is already in the journal, against the phones, against the zone that this computer shows."""
    now = timezone.now()
    zone = forum.zone if forum else ZoneInfo(settings.TIME_ZONE)
    shown = time_format(now.astimezone(zone))
    set_it = _("Set the clock of this computer.")
    last = _last_entry(forum)
    if last and last > now + timedelta(minutes=2):
        return bad(_("The clock went back: it says {time}, earlier than what is in the journal.").format(
            time=shown
        ), set_it)  # fmt: skip
    drifts = [phone.drift / 1000 for phone in phones.seen(forum.pk) if phone.drift is not None] if forum else []
    drift = statistics.median(drifts) if drifts else 0
    if abs(drift) > DRIFT_SECONDS:
        text = _("It says {time}, but phones are {minutes} min away from it.")
        return warning(text.format(time=shown, minutes=max(1, round(abs(drift) / 60))), set_it)
    home = _zone_of_this_computer()
    if home and home.utcoffset(now) != zone.utcoffset(now):
        text = _("The pages say {time} ({zone}); the clock of this computer shows {other} ({home}).")
        told = text.format(time=shown, zone=zone.key, other=time_format(now.astimezone(home)), home=home.key)
        return warning(told, _("Set the time zone of this computer, or that of the forum in its settings."))
    text = _("It is {time} ({zone}), and phones agree.") if drifts else _("It is {time} ({zone}).")
    return good(text.format(time=shown, zone=zone.key))


def _last_entry(forum: Forum | None) -> datetime | None:
    """When something last happened, as it was noted then."""
    entries = forum.journal.order_by("-revision") if forum else JournalEntry.objects.order_by("-pk")
    with contextlib.suppress(DatabaseError):  # which is the business of another check
        return entries.values_list("at", flat=True).first()
    return None


def _zone_of_this_computer() -> ZoneInfo | None:
    """As the system has it: Django has put its own over that of the process."""
    try:
        _before, _zoneinfo, name = str(LOCAL_TIME.resolve(strict=True)).rpartition("/zoneinfo/")
        return ZoneInfo(name)
    except (OSError, ValueError):
        return None


def fonts(forum: Forum | None) -> Finding:
    """Each font against the hash under which it was taken in."""
    packages = json.loads((settings.ROOT / "static" / "vendor" / "vendor.lock").read_text(encoding="utf-8"))
    wanted = [file for package in packages for file in package["files"] if file["to"].endswith((".woff", ".woff2"))]
    wrong = [file["to"] for file in wanted if _hash(settings.ROOT / "static" / file["to"]) != file["sha256"]]
    if wrong:
        return bad(
            _("Fonts are missing or damaged: {names}").format(names=", ".join(wrong)),
            _("Install the app again."),
        )
    return good(_("The {count} fonts of the pages and documents are there.").format(count=len(wanted)))


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def version(forum: Forum | None) -> Finding:
    project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return good(_("Forum ouvert {version}, with Python {python} and Django {django}.").format(
        version=project["version"], python=platform.python_version(), django=django.get_version()
    ))  # fmt: skip


CHECKS: list[Check] = [
    Check("address", gettext_lazy("Address for phones"), address),
    Check("phones", gettext_lazy("Test with phones"), phones_seen),
    Check("firewall", gettext_lazy("Firewall"), firewall),
    Check("vpn", gettext_lazy("VPN"), vpn),
    Check("clock", gettext_lazy("Clock"), clock),
    Check("disk", gettext_lazy("Disk"), disk),
    Check("fonts", gettext_lazy("Fonts"), fonts),
    Check("version", gettext_lazy("Version"), version),
    Check("answers", gettext_lazy("The app"), answers, takes_time=True),
    Check("database", gettext_lazy("Database"), database, takes_time=True),
]
"""In the order of the page; other apps add theirs, so that this one need not know them."""


@dataclass(frozen=True)
class Trap:
    """Something about Wi-Fi that no computer can see from inside, and that has spoiled a morning before."""

    sign: str | Promise
    name: str | Promise
    what_to_do: str | Promise


TRAPS = (
    Trap(
        gettext_lazy("The phone is on the Wi-Fi, and the page never comes."),
        gettext_lazy("Client isolation: the network forbids devices to speak to each other"),
        gettext_lazy(
            "It is usual on “guest” networks. Ask the venue for a network without it, or bring a small router: it "
            "needs no internet."
        ),
    ),
    Trap(
        gettext_lazy("The page comes on some phones only."),
        gettext_lazy("4G first: the phone finds no internet on the Wi-Fi and goes by its own network"),
        gettext_lazy(
            "On that phone, answer “stay connected” when it says that the Wi-Fi has no internet, or switch mobile data "
            "off for the day."
        ),
    ),
    Trap(
        gettext_lazy("A page of the venue comes instead of ours."),
        gettext_lazy("Captive portal: the network wants a code or a signature first"),
        gettext_lazy(
            "Each phone must go through it once; or ask the venue for a network without it. Show how on the wall "
            "before the QR code."
        ),
    ),
    Trap(
        gettext_lazy("It worked yesterday, and no longer."),
        gettext_lazy("A new address: the network gave this computer another one"),
        gettext_lazy(
            "Look at the address above and choose again. Posters with the old QR code must be printed anew: ask the "
            "venue to reserve the address, or print them on the spot."
        ),
    ),
    Trap(
        gettext_lazy("No phone at all, while this computer opens the page."),
        gettext_lazy("A firewall or a VPN on this computer"),
        gettext_lazy("Switch the VPN off, and let the app through the firewall: the checks above say how."),
    ),
    Trap(
        gettext_lazy("It gets slow once everybody is there."),
        gettext_lazy("The Wi-Fi is full: a small access point holds thirty to fifty phones"),
        gettext_lazy(
            "Share phones between two access points, and put this computer on a cable. The rehearsal of the evening "
            "before says how many it holds."
        ),
    ),
)
