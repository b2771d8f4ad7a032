"""How words are shown: French spacing, nothing else."""

import re
from functools import lru_cache

from django import template
from django.utils.translation import get_language

register = template.Library()

NBSP = "\N{NO-BREAK SPACE}"
_SPACES = "[ \u00a0\u202f]"
_RULES = (
    (re.compile(f"(?<!{_SPACES}){_SPACES}+([;:!?»])"), NBSP + r"\1"),
    # Only before a space or an end: the "?" of an address and the ":" of an hour keep their place.
    (re.compile(r"(?<=[\w)\]’'\"])([;!?]+)(?=[\s»)\]]|$)"), NBSP + r"\1"),
    (re.compile(r"(?<=[\w)\]»])(:)(?=\s|$)"), NBSP + r"\1"),
    (re.compile(f"«{_SPACES}*"), "«" + NBSP),
    (re.compile(r"(?<=[^\s\u00a0])»"), NBSP + "»"),
)


@register.filter
def spaced(text: object) -> str:
    """Text with no-break spaces where French wants them; unchanged on an English screen.

    U+00A0 throughout: no web font subset holds the narrow U+202F. Lines never begin with a lone « ? ».
    """
    words = str(text)
    return _french(words) if (get_language() or "").startswith("fr") else words


@lru_cache(maxsize=4096, typed=True)  # every page shows the same titles and names of places
def _french(words: str) -> str:
    for pattern, replacement in _RULES:
        words = pattern.sub(replacement, words)
    return words
