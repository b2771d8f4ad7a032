"""How people's texts are printed: lines as paragraphs or lists, signs that the fonts hold, French spacing."""

import re

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from forum.templatetags.words import spaced
from forum.text import markup
from sessions.proceedings import outline
from sessions.proceedings.book import Report
from sessions.proceedings.truncate import LONGEST_FLAT, cut

register = template.Library()

_QUOTED = re.compile(r"""[«“"]([^«»“”"]*)[»”"]""")

_LOW = re.compile("[₀-₉]+")
_FIGURES = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
"""No font of ours holds the low figures of CO₂."""


@register.filter
def printed(text: object) -> SafeString:
    """Text for one line or paragraph of the book."""
    return _printed(markup.clean(str(text)))


def _printed(text: str) -> SafeString:
    """A piece of a line that is clean already."""
    text = _LOW.sub(lambda low: f"<sub>{low[0].translate(_FIGURES)}</sub>", escape(spaced(text)))
    return mark_safe(text)  # noqa: S308 escaped just before


@register.filter
def marked(text: object) -> SafeString:
    """The same where people may write **bold** and links: a report's texts, not what is itself a link."""
    return mark_safe("".join(map(_marked, markup.spans(markup.clean(str(text))))))  # noqa: S308 escaped piece by piece


def _marked(span: markup.Span) -> SafeString:
    is_address = span.text.replace(markup.BREAK, "") == span.href
    text = format_html("{}", span.text) if is_address else _printed(span.text)
    if span.href:
        text = format_html('<a class="out" href="{}" rel="nofollow noopener">{}</a>', span.href, text)
    return format_html("<strong>{}</strong>", text) if span.is_bold else text


@register.filter
def short(text: object, length: int) -> str:
    """Text cut between words, still to be printed."""
    return markup.shorten(markup.unmarked(str(text)), length)


@register.filter
def quoted(text: object) -> SafeString:
    """Text between the quotation marks of the language, which its writer may have typed already."""
    return printed(in_quotes(str(text)))


def in_quotes(text: str) -> str:
    whole = _QUOTED.fullmatch(text.strip())
    bare = (whole[1] if whole else text).strip()
    french = (get_language() or "").startswith("fr")
    return f"« {bare} »" if french else f"“{bare}”"


@register.filter
def running(text: object) -> str:
    """Plain text for a running header or a bookmark."""
    return spaced(markup.shorten(markup.clean(str(text)), 80))


@register.filter
def paragraphs(text: str) -> tuple[markup.Block, ...]:
    return markup.blocks(text)


@register.filter
def listed(text: str) -> tuple[markup.Block, ...]:
    """Blocks in which several short lines are a list."""
    return markup.blocks(text, lists=True)


@register.filter
def lines(text: str) -> tuple[str, ...]:
    return markup.items(text)


@register.filter
def flat(report: Report) -> list[tuple[str, str]]:
    """What a report says under each title, as plain text that a page can bear."""
    return [(title, cut(text, LONGEST_FLAT)) for title, text in outline.flat(report)]


@register.filter
def led(line: str) -> SafeString:
    """A line whose beginning stands out, where its writer closed it with a colon."""
    lead, rest = markup.lead(line)
    if not lead:
        return marked(line)
    return format_html("<strong>{}</strong> {}", marked(f"{lead}:"), marked(rest))


@register.filter
def plain(text: object) -> str:
    """Text inside a drawing, which knows no markup."""
    return spaced(markup.clean(str(text)))


@register.filter
def unlocalized(number: float) -> str:
    """A number in a drawing: a point, whatever the language."""
    return f"{number:g}"


@register.filter
def plus(number: float | str, more: float | str) -> str:
    return f"{float(number) + float(more):g}"
