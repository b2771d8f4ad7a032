"""Is everything ready for the day? One list of checks, for the facilitator's page and for `manage.py doctor`.

Each check looks at the real thing and says one sentence, with what to do when it is not as it should be.
"""

from django.utils.translation import gettext_lazy

from forum.checks import machine, network
from forum.checks.advice import TRAPS
from forum.checks.check import Check, Finding, State, bad, good, warning
from forum.checks.network import app_runs
from forum.extension import extension

__all__ = ["TRAPS", "Check", "Finding", "State", "all_checks", "app_runs", "bad", "good", "warning"]

_OF_THE_DAY = (
    Check("address", gettext_lazy("Address for phones"), network.address),
    Check("phones", gettext_lazy("Test with phones"), network.phones_seen),
    Check("firewall", gettext_lazy("Firewall"), network.firewall),
    Check("vpn", gettext_lazy("VPN"), network.vpn),
    Check("clock", gettext_lazy("Clock"), machine.clock),
    Check("disk", gettext_lazy("Disk"), machine.disk),
    Check("files", gettext_lazy("Phones at once"), machine.open_files),
    Check("fonts", gettext_lazy("Fonts"), machine.fonts),
    Check("version", gettext_lazy("Version"), machine.version),
    Check("answers", gettext_lazy("The app"), network.answers, takes_time=True),
    Check("database", gettext_lazy("Database"), machine.database, takes_time=True),
)


def all_checks() -> tuple[Check, ...]:
    """Return every check, in the order of the page."""
    return (*_OF_THE_DAY, *extension().checks)
