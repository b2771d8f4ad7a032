"""Hide the secrets that logged URLs contain, so that a reader of the log cannot sign in with them."""

import logging
import re

_SECRETS = re.compile(r"(?:(?<=/facilitator/)|(?<=/facilitator/begin/))[^/\s]{16,}|(?<![\w-])[\w-]{43}(?![\w-])")
"""Personal links and invitations, even cut short, and tokens (43 characters, see `models.tokens.new_token`)."""


class RedactingFormatter(logging.Formatter):
    """Format a record as usual, with its traceback, then replace every secret by "…"."""

    def format(self, record: logging.LogRecord) -> str:
        return _SECRETS.sub("…", super().format(record))
