"""How people's texts are printed: lines as paragraphs or lists, signs that the fonts hold, French spacing."""

import re

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from forum.templatetags.words import spaced
from sessions.proceedings import prose

register = template.Library()

_QUOTED = re.compile(r"""[«“"]([^«»“”"]*)[»”"]""")

_LOW = {ord(sign): f"<sub>{digit}</sub>" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")}
"""No font of ours holds the low figures of CO₂."""


@register.filter
def printed(text: object) -> SafeString:
    """Text for one line or paragraph of the book."""
    return mark_safe(escape(spaced(prose.clean(str(text)))).translate(_LOW))  # noqa: S308 escaped just before


@register.filter
def short(text: object, length: int) -> str:
    """Text cut between words, still to be printed."""
    return prose.shorten(str(text), length)


@register.filter
def quoted(text: object) -> SafeString:
    """Text between the quotation marks of the language, which its writer may have typed already."""
    whole = _QUOTED.fullmatch(str(text).strip())
    bare = (whole[1] if whole else str(text)).strip()
    french = (get_language() or "").startswith("fr")
    return printed(f"« {bare} »" if french else f"“{bare}”")


@register.filter
def running(text: object) -> str:
    """Plain text for a running header or a bookmark."""
    return spaced(prose.shorten(prose.clean(str(text)), 80))


@register.filter
def paragraphs(text: str) -> tuple[prose.Block, ...]:
    return prose.blocks(text)


@register.filter
def listed(text: str) -> tuple[prose.Block, ...]:
    """Blocks in which several short lines are a list."""
    return prose.blocks(text, lists=True)


@register.filter
def lines(text: str) -> tuple[str, ...]:
    return prose.items(text)


@register.filter
def led(line: str) -> SafeString:
    """A line whose beginning stands out, where its writer closed it with a colon."""
    lead, rest = prose.lead(line)
    if not lead:
        return printed(line)
    return format_html("<strong>{}</strong> {}", printed(f"{lead}:"), printed(rest))


@register.filter
def plain(text: object) -> str:
    """Text inside a drawing, which knows no markup."""
    return spaced(prose.clean(str(text)))


@register.filter
def unlocalized(number: float) -> str:
    """A number in a drawing: a point, whatever the language."""
    return f"{number:g}"


@register.filter
def plus(number: float | str, more: float | str) -> str:
    return f"{float(number) + float(more):g}"
