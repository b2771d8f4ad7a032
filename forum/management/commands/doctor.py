"""`manage.py doctor`: is everything ready? The checks of the readiness page, in the terminal."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum import checks
from forum.checks import State
from forum.management.commands.serve import return_to_address
from forum.server import startup
from forum.templatetags.words import spaced

SIGNS = {State.GOOD: "✓", State.WARNING: "!", State.BAD: "✕"}


class Command(BaseCommand):
    help = "Check that everything is ready for the day; the exit code is 1 when something must be put right."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        translation.activate(startup.terminal_language())
        # A terminal that cannot show a sign shows a question mark rather than ending the checks.
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal, not whatever may stand for it
        return_to_address()
        found = [(check, finding) for check in checks.all_checks() if (finding := check.run())]
        for check, finding in found:
            self.stdout.write(spaced(f"{SIGNS[finding.state]} {check.title}: {finding.sentence}"))
            if finding.advice:
                self.stdout.write(spaced(f"  → {finding.advice}"))
        self.stdout.write("")
        self.stdout.write(verdict([finding.state for _check, finding in found]))
        self.stdout.write(_("Data: {path}").format(path=settings.DATA_DIR))
        if any(finding.state == State.BAD for _check, finding in found):
            raise SystemExit(1)


def verdict(states: list[State]) -> str:
    """The whole in one line."""
    wrong, doubtful = states.count(State.BAD), states.count(State.WARNING)
    parts = []
    if wrong:
        parts.append(ngettext("{n} thing to put right", "{n} things to put right", wrong).format(n=wrong))
    if doubtful:
        parts.append(ngettext("{n} thing to look at", "{n} things to look at", doubtful).format(n=doubtful))
    return ", ".join(parts) or _("Everything is ready.")
