"""`manage.py doctor`: the checks of the readiness page, in the terminal."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum.checks import State, all_checks
from forum.server.served_address import adopt_served_address
from forum.server.terminal import prepare_terminal
from forum.text.typography import spaced

SIGNS = {State.GOOD: "✓", State.WARNING: "!", State.BAD: "✕"}


class Command(BaseCommand):
    help = "Check that everything is ready for the day; the exit code is 1 when something must be put right."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_terminal()
        adopt_served_address()
        findings = [(check, finding) for check in all_checks() if (finding := check.run())]
        for check, finding in findings:
            self.stdout.write(spaced(f"{SIGNS[finding.state]} {check.title}: {finding.sentence}"))
            if finding.advice:
                self.stdout.write(spaced(f"  → {finding.advice}"))
        states = [finding.state for _check, finding in findings]
        self.stdout.write("")
        self.stdout.write(_summary(states))
        self.stdout.write(_("Data: {path}").format(path=settings.DATA_DIR))
        if State.BAD in states:
            raise SystemExit(1)


def _summary(states: list[State]) -> str:
    """Count the warnings and the bad findings, in one line."""
    bad, warnings = states.count(State.BAD), states.count(State.WARNING)
    parts = []
    if bad:
        parts.append(ngettext("{n} thing to put right", "{n} things to put right", bad).format(n=bad))
    if warnings:
        parts.append(ngettext("{n} thing to look at", "{n} things to look at", warnings).format(n=warnings))
    return ", ".join(parts) or _("Everything is ready.")
