"""Checks before the day, for the readiness page and for `manage.py doctor`.

Each check tries the real thing, and returns one sentence, with advice when something must be done.

Below `views`, above `live`.
"""

from django.utils.translation import gettext_lazy

from forum.checks import machine, network
from forum.checks.check import Check, Finding, State, bad, good, warning
from forum.extension import extension

__all__ = ["Check", "Finding", "State", "all_checks", "bad", "good", "warning"]

_CHECKS = (
    Check("address", gettext_lazy("Address for phones"), network.check_address),
    Check("phones", gettext_lazy("Test with phones"), network.check_phone_tests),
    Check("firewall", gettext_lazy("Firewall"), network.check_firewall),
    Check("vpn", gettext_lazy("VPN"), network.check_vpn),
    Check("clock", gettext_lazy("Clock"), machine.check_clock),
    Check("disk", gettext_lazy("Disk"), machine.check_disk),
    Check("files", gettext_lazy("Phones at once"), machine.check_open_files),
    Check("fonts", gettext_lazy("Fonts"), machine.check_fonts),
    Check("version", gettext_lazy("Version"), machine.check_version),
    Check("answers", gettext_lazy("The app"), network.check_app_answers, takes_time=True),
    Check("sign-in", gettext_lazy("Identity provider"), network.check_identity_provider, takes_time=True),
    Check("database", gettext_lazy("Database"), machine.check_database, takes_time=True),
)


def all_checks() -> tuple[Check, ...]:
    """List every check, in the order of the page."""
    return (*_CHECKS, *extension().checks)
