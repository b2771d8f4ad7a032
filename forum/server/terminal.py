"""Write to the terminal in its language."""

import os
import sys

from django.utils import translation


def prepare_terminal() -> None:
    """Activate the terminal's language, and print "?" for characters that it cannot show instead of failing."""
    translation.activate(terminal_language())
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a TextIOWrapper, unless replaced


def terminal_language() -> str:
    """Return "fr" for a French terminal, "en" for any other."""
    locale = next((os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), "")
    return "fr" if locale.lower().startswith("fr") else "en"
