"""Codes and tokens: how they are made, and the only form in which they are kept."""

import hashlib
import secrets

ALPHABET = "ACDEFGHJKMNPQRTUVWXYZ23456789"
"""29 signs that nobody confuses on a wall: no I, L, O, 0, 1, and no B and S beside 8 and 5."""
CODE_LENGTH = 7


def new_code(length: int = CODE_LENGTH) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def read_code(typed: str) -> str:
    """What was typed, without spaces and dashes, in capitals."""
    return "".join(c for c in typed.upper() if c.isalnum())


def new_token() -> str:
    """256 bits, as 43 characters that fit a cookie or a link.

    Never one that begins with "-", as one of 64 would: on a command line it would be read as an option.
    """
    token = secrets.token_urlsafe(32)
    return token if token[0] != "-" else new_token()


def fingerprint(secret: str) -> str:
    """SHA-256 in hexadecimal: secrets of this size need no salt, and look-ups stay one index read."""
    return hashlib.sha256(secret.encode()).hexdigest()
