"""French typography: no-break spaces."""

import re
from functools import lru_cache

from django.utils.translation import get_language

NBSP = "\N{NO-BREAK SPACE}"
_SPACES = "[ \u00a0\u202f]"
_RULES = (
    (re.compile(f"(?<!{_SPACES}){_SPACES}+([;:!?»])"), NBSP + r"\1"),
    # Only before a space or an end: the "?" of a URL and the ":" of a time stay as they are.
    (re.compile(r"(?<=[\w)\]’'\"])([;!?]+)(?=[\s»)\]]|$)"), NBSP + r"\1"),
    (re.compile(r"(?<=[\w)\]»])(:)(?=\s|$)"), NBSP + r"\1"),
    (re.compile(f"«{_SPACES}*"), "«" + NBSP),
    (re.compile(r"(?<=[^\s\u00a0])»"), NBSP + "»"),
)


def spaced(text: object) -> str:
    """Put no-break spaces where French wants them; return the text unchanged in another language.

    U+00A0 throughout: no web font subset has the narrow U+202F. Lines then never begin with a lone « ? ».
    """
    string = str(text)
    return _space_french(string) if (get_language() or "").startswith("fr") else string


@lru_cache(maxsize=4096, typed=True)  # every page has the same titles and names of places
def _space_french(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
