"""Codes and tokens: how they are generated, and the hash under which they are stored."""

import hashlib
import secrets

ALPHABET = "ACDEFGHJKMNPQRTUVWXYZ23456789"
"""29 characters that stay distinct on a wall: no I, L, O, 0, 1, and no B and S beside 8 and 5."""
CODE_LENGTH = 7


def new_code(length: int = CODE_LENGTH) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def normalise_code(typed: str) -> str:
    """Remove spaces and dashes from a typed code and put it in capitals."""
    return "".join(c for c in typed.upper() if c.isalnum())


def new_token() -> str:
    """Return 256 random bits as 43 characters that fit a cookie or a link.

    Never begins with "-", as one in 64 would: a command line would read it as an option.
    """
    token = secrets.token_urlsafe(32)
    return token if token[0] != "-" else new_token()


def fingerprint(secret: str) -> str:
    """Return the SHA-256 of a secret in hexadecimal. Secrets of this size need no salt: a look-up is one index read."""
    return hashlib.sha256(secret.encode()).hexdigest()
