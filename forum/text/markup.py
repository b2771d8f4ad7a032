"""Parse the light markup of people's texts: lines are paragraphs or list items; a line may hold **bold** and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlsplit

from forum.text.one_line import INVISIBLE

_BULLET = re.compile(r"^\s*(?:[-–—•·◦▪●■>→]|\*(?!\*)|\(?(?P<number>\d{1,2})[.)](?=\s))\s*")
_COMBINING = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_STACKED_MARKS = re.compile(f"([{_COMBINING}]{{4}})[{_COMBINING}]+")
"""More combining marks on one letter than any language uses: they would cover the lines around."""
_REPLACED = str.maketrans({"\u202f": "\u00a0", "\u2010": "-", "\u2011": "-", "\u2028": "\n", "\u2029": "\n"})
_SPACE_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[°%€])")
WORD_BREAK = "\u200b"
"""Zero-width space: where a long word may break."""
_UNBREAKABLE = r"[\S\u00a0]"
_LONG_WORD = re.compile(
    rf"{_UNBREAKABLE}{{40}}(?:(?<=\u200d)\S|[\u200d\ufe0f\U0001f3fb-\U0001f3ff{_COMBINING}])*(?={_UNBREAKABLE})"
)
"""Forty characters between which no line breaks, and the marks and joiners that belong to the last of them."""
_INLINE = re.compile(
    r"\*\*(?!\s)(?P<bold>(?:[^*]|\*(?!\*))+)(?<!\s)\*\*"
    r"|\[(?P<label>[^\[\]]+)\]\((?P<target>https?://[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)\)"
    r"|(?P<url>(?<![\w/])https?://[^\s<>«»\"*\[\]]+)"
)
"""Markup within a line. Each alternative excludes its own delimiter, so that matching takes linear time."""
_MAX_LINES = 200
"""More lines than a sincere text has; the rest is joined into one line, so that no text fills the book."""
_MAX_ITEM_LENGTH = 400
"""Characters; a longer line is a paragraph, even among short lines."""


@dataclass(frozen=True)
class Block:
    """One paragraph, or the items of one list."""

    is_list: bool
    lines: tuple[str, ...]
    first: int = 0
    """Number of the first item; 0 when items have no numbers."""

    def continues_with(self, line: str) -> bool:
        """Say whether an item belongs to this list: numbers follow numbers, dashes follow dashes."""
        number = _item_number(line)
        return self.is_list and (number is None or bool(number) == bool(self.first))


@dataclass(frozen=True)
class Span:
    """A piece of a line in one style."""

    text: str
    is_bold: bool = False
    href: str = ""
    """Absolute URL of a link; empty without link."""


def without_invisible(text: str) -> str:
    """Remove control characters and other characters that no reader sees."""
    return INVISIBLE.sub("", text.replace("\r\n", "\n"))


def printable(text: str) -> str:
    """Keep to characters that the fonts hold, and allow words of forty characters and more to break."""
    text = _STACKED_MARKS.sub(r"\1", without_invisible(text).translate(_REPLACED))
    text = _SPACE_BEFORE_UNIT.sub("\u00a0", text)
    return _LONG_WORD.sub(lambda match: match[0] + WORD_BREAK, text)


def list_items(text: str) -> tuple[str, ...]:
    """Split a text into one item per line, without the dashes or numbers that were typed."""
    lines = (_BULLET.sub("", line).strip() for line in _lines(text))
    return tuple(line for line in lines if line)


def _lines(text: str) -> list[str]:
    """Split into lines that are not empty; join those after _MAX_LINES into one."""
    lines = [line.strip() for line in printable(text).splitlines() if line.strip()]
    return [*lines[:_MAX_LINES], " ".join(lines[_MAX_LINES:])] if len(lines) > _MAX_LINES else lines


def parse_blocks(text: str, *, short_lines_are_items: bool = False) -> tuple[Block, ...]:
    """Parse paragraphs and lists. Lines that begin with a dash or a number are items.

    With `short_lines_are_items`, a text of several short lines is a list too.
    """
    lines = _lines(text)
    all_items = short_lines_are_items and len(lines) > 1 and all(len(line) <= _MAX_ITEM_LENGTH for line in lines)
    blocks: list[Block] = []
    for line in lines:
        is_item = all_items or bool(_BULLET.match(line))
        bare = _BULLET.sub("", line) if is_item else line
        if not bare:
            continue
        if is_item and blocks and blocks[-1].continues_with(line):
            blocks[-1] = replace(blocks[-1], lines=(*blocks[-1].lines, bare))
        else:
            blocks.append(Block(is_item, (bare,), (is_item and _item_number(line)) or 0))
    return tuple(blocks)


def _item_number(line: str) -> int | None:
    """Read the number at the start of an item: 0 after a dash, None when the line is no item."""
    match = _BULLET.match(line)
    return int(match["number"] or 0) if match else None


def parse_spans(line: str) -> Iterator[Span]:
    """Cut a line where its style changes. Keeps all of its text but the markup that was understood."""
    return _parse_spans(line, Span(""))


def _parse_spans(line: str, style: Span) -> Iterator[Span]:
    position = 0
    for match in _INLINE.finditer(line):
        spans = tuple(_styled_spans(match, style))
        if not spans:
            continue
        yield from _plain_span(line[position : match.start()], style)
        yield from spans
        position = match.start() + len(_trim_url(match[0])) if match["url"] else match.end()
    yield from _plain_span(line[position:], style)


def _styled_spans(match: re.Match[str], style: Span) -> Iterator[Span]:
    """Yield the spans of one piece of markup; nothing when it has no meaning here, as a link within a link."""
    if match["bold"]:
        yield from _parse_spans(match["bold"], replace(style, is_bold=True))
    elif style.href or not (href := _absolute_url(match["target"] or _trim_url(match["url"]))):
        return
    elif match["url"]:
        yield replace(style, text=_trim_url(match["url"]), href=href)
    elif match["label"].strip(WORD_BREAK + " \u00a0"):
        yield from _parse_spans(match["label"], replace(style, href=href))


def _plain_span(text: str, style: Span) -> Iterator[Span]:
    if text:
        yield replace(style, text=text)


def _trim_url(url: str) -> str:
    """Remove the punctuation of the sentence that follows a URL, but not its own closing bracket."""
    trimmed = url.rstrip(".,;:!?…'’)" + WORD_BREAK)
    return trimmed + ")" if url[len(trimmed) :].startswith(")") and "(" in trimmed else trimmed


def _absolute_url(text: str) -> str:
    """Return the URL when it names a host; else an empty string."""
    href = text.replace(WORD_BREAK, "")
    try:
        return href if urlsplit(href).hostname else ""
    except ValueError:
        return ""


def without_markup(line: str) -> str:
    """Write a line as plain text; the URL of a link follows its label in brackets."""
    plain = ""
    for href, spans in groupby(parse_spans(line), lambda span: span.href):
        text = "".join(span.text for span in spans)
        plain += f"{text} ({href})" if href and href != text.replace(WORD_BREAK, "") else text
    return plain


def shorten(text: str, length: int) -> str:
    """Cut a text between words to at most `length` characters, on one line."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def split_lead(line: str) -> tuple[str, str]:
    """Split a line after a short beginning that ends with a colon; ("", line) when there is none."""
    start, colon, rest = line.partition(":")
    if "**" in start:
        return "", line  # the writer has already said what stands out
    if colon and rest.strip() and rest[0] in "  " and 2 < len(start.strip()) <= 70 and "http" not in start:
        return start.rstrip(), rest.strip()
    return "", line
