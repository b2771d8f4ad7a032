"""Alerts: what goes wrong while the day runs, computed in this one place for the desk and for `/metrics`.

An alert is a check that is shown while its finding is not good, to facilitators and operators. It must be cheap: it
reads what the process knows, and asks the database two small questions every FRESH_SECONDS at most.
"""

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from forum import notify
from forum.checks import machine
from forum.checks.check import Check, Finding, State, bad, good, warning
from forum.extension import extension
from forum.live.hub import STALE_SECONDS, open_hubs
from forum.models import Forum
from forum.server.open_files import RECOMMENDED_FILES
from forum.server.web_server import HttpConnection

FRESH_SECONDS = 5.0
"""Age up to which findings are used again, by all pages of this process."""
REFUSED_SECONDS = 60.0
"""Time for which a refused socket counts: its page comes again every few seconds."""


@dataclass(frozen=True)
class Alert:
    name: str
    title: str | Promise
    finding: Finding


def check_live_updates(forum: Forum | None) -> Finding:
    """Say what this process knows of its hubs, of Redis, and of the sockets that it refused."""
    if any(hub.read_age > STALE_SECONDS for hub in open_hubs()):
        return bad(
            _("Pages do not hear of changes at the moment: the database does not answer in time."),
            _("What people save is kept. If this lasts, look at the disk and at the database of this computer."),
        )
    if notify.is_away:
        return warning(
            _("Changes reach pages two seconds later than usual: Redis does not answer."),
            _("Nothing is lost. Tell whoever runs the server: {command}").format(
                command="systemctl status redis-server"
            ),
        )
    if time.monotonic() - HttpConnection.refused_at < REFUSED_SECONDS:
        return warning(
            _("More pages are open than this computer follows live: the others look every few seconds."),
            _("Let the app open more files before the next start: {command}").format(
                command=f"ulimit -n {RECOMMENDED_FILES}"
            ),
        )
    return good("")


def check_clock(forum: Forum | None) -> Finding:
    """Report the one fault of the clock that matters during the day. The page “Ready?” reports the others."""
    finding = machine.check_clock(None)
    return finding if finding.state == State.BAD else good("")


_CHECKS = (
    Check("live", gettext_lazy("Live updates are degraded"), check_live_updates),
    Check("disk", gettext_lazy("The disk is almost full"), machine.check_disk),
    Check("clock", gettext_lazy("The clock is wrong"), check_clock),
)


def alert_checks() -> tuple[Check, ...]:
    return (*_CHECKS, *extension().alerts)


class Alerts:
    """The present alerts, as all pages of this process last saw them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, list[Alert]]] = {}
        """By language: when, and what."""

    def present(self) -> list[Alert]:
        """Return the alerts that last, in the reader's language."""
        language = get_language() or settings.LANGUAGE_CODE
        with self._lock:
            found_at, alerts = self._found.get(language, (-FRESH_SECONDS, []))
            if time.monotonic() - found_at < FRESH_SECONDS:
                return alerts
            self._found[language] = (time.monotonic(), alerts)  # others need not look meanwhile
        alerts = _find()
        self._found[language] = (time.monotonic(), alerts)
        return alerts

    def forget(self) -> None:
        self._found.clear()


def _find() -> list[Alert]:
    findings = [(check, check.run(None)) for check in alert_checks()]
    return [
        Alert(check.name, check.title, finding)
        for check, finding in findings
        if finding and finding.state != State.GOOD
    ]


ALERTS = Alerts()
