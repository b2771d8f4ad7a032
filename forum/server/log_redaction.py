"""Write logs without the secrets that addresses hold: who reads a log must not be able to come in with it."""

import logging
import re

_SECRETS = re.compile(r"(?:(?<=/facilitator/)|(?<=/facilitator/begin/))[^/\s]{16,}|(?<![\w-])[\w-]{43}(?![\w-])")
"""Personal links and invitations, whole or nearly so, and keys (43 signs, see `secrets.new_token`)."""


class WithoutSecrets(logging.Formatter):
    """Format a record as usual, its traceback too, then hide every secret in it."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub("…", super().format(record))
