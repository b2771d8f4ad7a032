"""Hide secrets and what people typed in the log, so that a reader of it can neither sign in nor learn who was there."""

import logging
import re

_SECRETS = re.compile(
    r"(?:(?<=/facilitator/)|(?<=/facilitator/begin/))[^/\s]{16,}"  # links and invitations, even cut short
    r"|(?<![\w-])[\w-]{43}(?![\w-])"  # tokens, see `models.tokens.new_token`
    r"|(?<=/)[ACDEFGHJKMNPQRTUVWXYZ2-9]{7}(?=[/?\s]|$)"  # join codes in paths, see `models.tokens.new_code`
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail addresses
    r"|(?:(?<=[?&]code=)|(?<=[?&]state=)|(?<=[?&]id_token_hint=))[^&\s]+"  # what comes from an identity provider
    r"|\beyJ[\w-]+\.[\w.-]*",  # its tokens
    re.IGNORECASE,
)
_DETAILS = re.compile(r"\s*^\s*(?:DETAIL|CONTEXT|STATEMENT|QUERY): .*$", re.MULTILINE)
"""What PostgreSQL adds to an error: it quotes rows."""
_QUOTED = re.compile(r"""(?<!\w)(?:'[^'\n]+'|"[^"\n]+"|«[^»\n]+»|“[^”\n]+”)(?!\w)""")
"""What the message of an exception quotes is often what somebody typed."""


def redact(text: str) -> str:
    """Hide secrets, e-mail addresses, and what quotes or rows say; not the lines of code in a traceback."""
    lines = _SECRETS.sub("…", _DETAILS.sub("", text)).split("\n")
    return "\n".join(line if line.startswith("  ") else _QUOTED.sub("…", line) for line in lines)


class RedactingFormatter(logging.Formatter):
    """Format a record as usual, with its traceback, then redact it."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
