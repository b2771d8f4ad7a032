"""What this computer has."""

import contextlib
import hashlib
import json
import platform
import statistics
import time
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from forum.checks import phone_tests
from forum.checks.check import Finding, bad, good, warning
from forum.models import Forum, JournalEntry, Submission
from forum.server import startup
from forum.server.connections import Room, allow_files
from forum.server.disk import SPARE, free_bytes

LITTLE_BYTES = 2 * 10**9
"""Free space under which documents and photos may not fit; under SPARE they are refused."""
FEW_PHONES = 500
"""Those of a large meeting, some of which have two pages open."""
SLOW_SECONDS = 0.5
"""One small write that takes longer is felt by a whole room."""
DRIFT_SECONDS = 60
"""Clocks further apart make people miss the end of a round."""


def database(forum: Forum | None) -> Finding:
    """Write and erase one small row, for good: what a phone that proposes a topic costs."""
    if startup.pending_migrations():
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
    free = min(free_bytes(place) for place in places)
    sentence = _("{size} are free for data, photos and documents.").format(size=filesizeformat(free))
    advice = _("Make room on the disk of {path}").format(path=settings.DATA_DIR)
    if free < SPARE:
        return bad(sentence, advice)
    return warning(sentence, advice) if free < LITTLE_BYTES else good(sentence)


def open_files(forum: Forum | None) -> Finding:
    """Of a process of this user, whose limit is raised as `serve` raises its own."""
    room = Room(allow_files())
    if room.phones >= FEW_PHONES:
        return good(_("{count} phones can have live updates at once.").format(count=room.phones))
    return warning(
        _("Only {count} phones can have live updates at once; the others look every few seconds.").format(
            count=room.phones
        ),
        _("The system lets a program open {files} files: stop the app, type {command}, and start it again.").format(
            files=room.files, command=f"ulimit -n {startup.ENOUGH_FILES}"
        ),
    )


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
    drifts = [phone.drift / 1000 for phone in phone_tests.seen(forum.pk) if phone.drift is not None] if forum else []
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
