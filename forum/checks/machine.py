"""Checks of this computer: database, disk, open files, clock, fonts, version."""

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
from forum.server.disk import RESERVED_BYTES, free_bytes
from forum.server.migrations import pending_migrations
from forum.server.open_files import RECOMMENDED_FILES, ConnectionLimits, raise_file_limit

LOW_BYTES = 2 * 10**9
"""Free bytes below which documents and photos may not fit. Below RESERVED_BYTES they are refused."""
FEW_PHONES = 500
"""Phones of a large meeting, some of which have two pages open."""
SLOW_SECONDS = 0.5
"""Time of one small write above which a whole room notices."""
DRIFT_SECONDS = 60
"""Difference between clocks above which people miss the end of a round."""
LOCAL_TIME = Path("/etc/localtime")


def check_database(forum: Forum | None) -> Finding:
    """Create and delete one small row, which costs as much as a proposed topic."""
    if pending_migrations():
        return warning(_("The database is made, or updated, when the app starts."), _("Start it with: make run"))
    started_at = time.monotonic()
    try:
        Submission.objects.create(key=f"doctor-{time.time_ns()}", path="doctor").delete()
    except Exception as error:
        return bad(
            _("The database cannot be written: {reason}").format(reason=str(error).strip()),
            _("See that the disk is not full, that the data directory is yours, and start the app again."),
        )
    seconds = time.monotonic() - started_at
    if seconds > SLOW_SECONDS:
        return warning(
            _("The database writes slowly: {time} ms for one row.").format(time=round(seconds * 1000)),
            _("Keep the data on this computer’s own disk, not on a USB stick or a network drive."),
        )
    return good(_("{database} writes in {time} ms.").format(
        database=connection.display_name, time=round(seconds * 1000)
    ))  # fmt: skip


def check_disk(forum: Forum | None) -> Finding:
    free = min(free_bytes(directory) for directory in (Path(settings.DATA_DIR), Path(settings.MEDIA_ROOT)))
    sentence = _("{size} are free for data, photos and documents.").format(size=filesizeformat(free))
    advice = _("Make room on the disk of {path}").format(path=settings.DATA_DIR)
    if free < RESERVED_BYTES:
        return bad(sentence, advice)
    return warning(sentence, advice) if free < LOW_BYTES else good(sentence)


def check_open_files(forum: Forum | None) -> Finding:
    """Check the limit of this process, which has the same user as the server and raises it in the same way."""
    limits = ConnectionLimits(raise_file_limit())
    if limits.sockets >= FEW_PHONES:
        return good(_("{count} phones can have live updates at once.").format(count=limits.sockets))
    return warning(
        _("Only {count} phones can have live updates at once; the others look every few seconds.").format(
            count=limits.sockets
        ),
        _("The system lets a program open {files} files: stop the app, type {command}, and start it again.").format(
            files=limits.files, command=f"ulimit -n {RECOMMENDED_FILES}"
        ),
    )


def check_clock(forum: Forum | None) -> Finding:
    """Compare the clock with the journal, with the phones, and with the time zone that this computer shows."""
    now = timezone.now()
    zone = forum.zone if forum else ZoneInfo(settings.TIME_ZONE)
    shown = time_format(now.astimezone(zone))
    advice = _("Set the clock of this computer.")
    last = _last_entry_at(forum)
    if last and last > now + timedelta(minutes=2):
        return bad(_("The clock went back: it says {time}, earlier than what is in the journal.").format(
            time=shown
        ), advice)  # fmt: skip
    drifts = [phone.drift / 1000 for phone in phone_tests.recent(forum.pk) if phone.drift is not None] if forum else []
    drift = statistics.median(drifts) if drifts else 0
    if abs(drift) > DRIFT_SECONDS:
        text = _("It says {time}, but phones are {minutes} min away from it.")
        return warning(text.format(time=shown, minutes=max(1, round(abs(drift) / 60))), advice)
    home = _system_zone()
    if home and home.utcoffset(now) != zone.utcoffset(now):
        text = _("The pages say {time} ({zone}); the clock of this computer shows {other} ({home}).")
        sentence = text.format(time=shown, zone=zone.key, other=time_format(now.astimezone(home)), home=home.key)
        return warning(sentence, _("Set the time zone of this computer, or that of the forum in its settings."))
    text = _("It is {time} ({zone}), and phones agree.") if drifts else _("It is {time} ({zone}).")
    return good(text.format(time=shown, zone=zone.key))


def _last_entry_at(forum: Forum | None) -> datetime | None:
    """Return the time of the last journal entry."""
    entries = forum.journal.order_by("-revision") if forum else JournalEntry.objects.order_by("-pk")
    with contextlib.suppress(DatabaseError):  # reported by `check_database`
        return entries.values_list("at", flat=True).first()
    return None


def _system_zone() -> ZoneInfo | None:
    """Return the time zone of the operating system. That of the process is Django's TIME_ZONE."""
    try:
        _before, _zoneinfo, name = str(LOCAL_TIME.resolve(strict=True)).rpartition("/zoneinfo/")
        return ZoneInfo(name)
    except (OSError, ValueError):
        return None


def check_fonts(forum: Forum | None) -> Finding:
    """Compare each font with its hash in vendor.lock."""
    packages = json.loads((settings.ROOT / "static" / "vendor" / "vendor.lock").read_text(encoding="utf-8"))
    fonts = [file for package in packages for file in package["files"] if file["to"].endswith((".woff", ".woff2"))]
    wrong = [file["to"] for file in fonts if _sha256(settings.ROOT / "static" / file["to"]) != file["sha256"]]
    if wrong:
        return bad(
            _("Fonts are missing or damaged: {names}").format(names=", ".join(wrong)),
            _("Install the app again."),
        )
    return good(_("The {count} fonts of the pages and documents are there.").format(count=len(fonts)))


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def check_version(forum: Forum | None) -> Finding:
    project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return good(_("Forum ouvert {version}, with Python {python} and Django {django}.").format(
        version=project["version"], python=platform.python_version(), django=django.get_version()
    ))  # fmt: skip
