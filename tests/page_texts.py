"""Texts of pages, for comparison."""

from html import unescape
from typing import Any

from django.utils import translation

from forum.text.typography import NBSP, spaced


def translated(msgid: str, language: str, **values: Any) -> str:
    """Return the translation of a msgid as screens show it, with plain spaces."""
    with translation.override(language):
        return with_plain_spaces(spaced(translation.gettext(msgid).format(**values)))


def text_of(response: Any) -> str:
    return with_plain_spaces(unescape(response.content.decode()))


def with_plain_spaces(text: str) -> str:
    """Replace no-break spaces, which other tests check."""
    return text.replace(NBSP, " ")
