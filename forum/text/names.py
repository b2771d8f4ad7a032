"""Compare names as people type them."""

import unicodedata
from functools import lru_cache

MAX_NAME_LENGTH = 80
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def fold(text: str) -> str:
    """Return the words of a text without case, accents and punctuation: “Élodie D’Arras” gives “elodie d arras”."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(LIGATURES)
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


@lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """Return a key that is equal for names which differ in case, accents and the order of their words."""
    return " ".join(sorted(fold(name).split()))[:MAX_NAME_LENGTH]
