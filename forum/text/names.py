"""Compare names as people type them."""

import unicodedata
from functools import lru_cache

LONGEST_NAME = 80
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def folded(text: str) -> str:
    """The words of a text without case, accents nor signs: “Élodie D’Arras-Lens” is “elodie d arras lens”."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(LIGATURES)
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


@lru_cache(maxsize=8192)
def recognisable(name: str) -> str:
    """What is left of a name once case, accents and the order of its words no longer matter."""
    return " ".join(sorted(folded(name).split()))[:LONGEST_NAME]
