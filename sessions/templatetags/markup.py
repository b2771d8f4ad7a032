"""Filters that print people's texts: their markup, characters that the fonts hold, French spacing."""

import re

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from forum.text import markup
from forum.text.typography import spaced
from sessions.proceedings.book import BookReport
from sessions.proceedings.report_outline import flat_sections as sections_of
from sessions.proceedings.truncate import MAX_FLAT_TEXT, truncate

register = template.Library()

_QUOTATION = re.compile(r"""[«“"]([^«»“”"]*)[»”"]""")

_SUBSCRIPT = re.compile("[₀-₉]+")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
"""None of the fonts holds the subscript digits of CO₂."""


@register.filter
def typeset(text: object) -> SafeString:
    """Print a text of one line or paragraph, in which markup means nothing."""
    return _typeset(markup.printable(str(text)))


def _typeset(text: str) -> SafeString:
    """Print a piece of a line that is printable already."""
    text = _SUBSCRIPT.sub(lambda match: f"<sub>{match[0].translate(_DIGITS)}</sub>", escape(spaced(text)))
    return mark_safe(text)  # noqa: S308 escaped just before


@register.filter
def rich_text(text: object) -> SafeString:
    """Print a line with its **bold** and its links. Not for what stands within a link."""
    spans = markup.parse_spans(markup.printable(str(text)))
    return mark_safe("".join(map(_styled, spans)))  # noqa: S308 escaped piece by piece


def _styled(span: markup.Span) -> SafeString:
    is_url = span.text.replace(markup.WORD_BREAK, "") == span.href
    text = format_html("{}", span.text) if is_url else _typeset(span.text)
    if span.href:
        text = format_html('<a class="out" href="{}" rel="nofollow noopener">{}</a>', span.href, text)
    return format_html("<strong>{}</strong>", text) if span.is_bold else text


@register.filter
def shorten(text: object, length: int) -> str:
    """Cut a text between words, without its markup; still to be typeset."""
    return markup.shorten(markup.without_markup(str(text)), length)


@register.filter
def quoted(text: object) -> SafeString:
    """Print a text between the quotation marks of the language, without those that were typed."""
    return typeset(in_quotes(str(text)))


def in_quotes(text: str) -> str:
    match = _QUOTATION.fullmatch(text.strip())
    bare = (match[1] if match else text).strip()
    is_french = (get_language() or "").startswith("fr")
    return f"« {bare} »" if is_french else f"“{bare}”"


@register.filter
def as_label(text: object) -> str:
    """Cut a text to 80 characters of plain text: a running header, a bookmark, a title, an alternative text."""
    return spaced(markup.shorten(markup.printable(str(text)), 80))


@register.filter
def blocks(text: str) -> tuple[markup.Block, ...]:
    """Parse paragraphs, and lists where lines begin with a dash or a number."""
    return markup.parse_blocks(text)


@register.filter
def list_blocks(text: str) -> tuple[markup.Block, ...]:
    """Parse blocks where several short lines are a list."""
    return markup.parse_blocks(text, short_lines_are_items=True)


@register.filter
def list_items(text: str) -> tuple[str, ...]:
    return markup.list_items(text)


@register.filter
def flat_sections(report: BookReport) -> list[tuple[str, str]]:
    """Return the titles of a report, each with its text as one plain paragraph that is short enough to be laid out."""
    return [(title, truncate(text, MAX_FLAT_TEXT)) for title, text in sections_of(report)]


@register.filter
def with_lead(line: str) -> SafeString:
    """Print a line with its beginning in bold, where it ends with a colon."""
    lead, rest = markup.split_lead(line)
    if not lead:
        return rich_text(line)
    return format_html("<strong>{}</strong> {}", rich_text(f"{lead}:"), rich_text(rest))


@register.filter
def svg_text(text: object) -> str:
    """Return a text for an SVG, which knows no HTML."""
    return spaced(markup.printable(str(text)))


@register.filter
def svg_number(number: float) -> str:
    """Format a number with a decimal point, whatever the language."""
    return f"{number:g}"


@register.filter
def plus(number: float | str, addend: float | str) -> str:
    """Add two numbers, formatted as `svg_number` does."""
    return f"{float(number) + float(addend):g}"
