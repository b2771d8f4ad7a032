"""What a page says, in the language of its reader."""

from html import unescape
from typing import Any

from django.utils import translation

from forum.text.typography import NBSP, spaced


def said(msgid: str, language: str, **values: Any) -> str:
    """The sentence as a screen in this language shows it."""
    with translation.override(language):
        return plain(spaced(translation.gettext(msgid).format(**values)))


def text_of(answer: Any) -> str:
    return plain(unescape(answer.content.decode()))


def plain(text: str) -> str:
    """With ordinary spaces: where French wants no-break ones is the business of other tests."""
    return text.replace(NBSP, " ")
