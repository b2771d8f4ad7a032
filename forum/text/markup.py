"""Texts as people typed them: lines are paragraphs or lists, and **bold** and links are all that a line may hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlsplit

from forum.text.one_line import UNSEEN

_BULLET = re.compile(r"^\s*(?:[-–—•·◦▪●■>→]|\*(?!\*)|\(?(?P<number>\d{1,2})[.)](?=\s))\s*")
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_HEAP = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
"""More marks on one letter than any language sets, which would cover the lines around."""
_SIGNS = str.maketrans({"\u202f": "\u00a0", "\u2010": "-", "\u2011": "-", "\u2028": "\n", "\u2029": "\n"})
_UNIT = re.compile(r"(?<=\d) (?=[°%€])")
BREAK = "\u200b"
"""Where a long word may break, unseen."""
_STUCK = r"[\S\u00a0]"
_LONG_WORD = re.compile(rf"{_STUCK}{{40}}(?:(?<=\u200d)\S|[\u200d\ufe0f\U0001f3fb-\U0001f3ff{_MARKS}])*(?={_STUCK})")
"""Forty signs between which no line breaks, and what belongs to the last of them."""
_MARK = re.compile(
    r"\*\*(?!\s)(?P<bold>(?:[^*]|\*(?!\*))+)(?<!\s)\*\*"
    r"|\[(?P<label>[^\[\]]+)\]\((?P<to>https?://[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)\)"
    r"|(?P<address>(?<![\w/])https?://[^\s<>«»\"*\[\]]+)"
)
"""What means something inside a line. Each part ends before the next sign of its kind: no text takes long to read."""
_MANY = 200
"""Lines: more than anybody writes in one text who does not want to fill the book."""
_LONG_LINE = 400
"""Characters: a line longer than this is a paragraph, even among short lines."""


@dataclass(frozen=True)
class Block:
    """One paragraph, or the items of one list."""

    is_list: bool
    lines: tuple[str, ...]
    first: int = 0
    """The number of its first item; 0: its items have none."""

    def goes_on_with(self, line: str) -> bool:
        """Whether an item belongs to this list: numbers after numbers, dashes after dashes."""
        number = _number(line)
        return self.is_list and (number is None or bool(number) == bool(self.first))


@dataclass(frozen=True)
class Span:
    """A piece of a line that is shown in one way."""

    text: str
    is_bold: bool = False
    href: str = ""
    """Where it leads, on another site by its full address; empty: nowhere."""


def seen(text: str) -> str:
    """The text without what nobody sees."""
    return UNSEEN.sub("", text.replace("\r\n", "\n"))


def clean(text: str) -> str:
    """The text in signs that the fonts hold, where a word of a hundred letters can break."""
    text = _HEAP.sub(r"\1", seen(text).translate(_SIGNS))
    text = _UNIT.sub("\u00a0", text)
    return _LONG_WORD.sub(lambda word: word[0] + BREAK, text)


def items(text: str) -> tuple[str, ...]:
    """Each line as one item, without the dash or number that its writer gave it."""
    lines = (_BULLET.sub("", line).strip() for line in _lines(text))
    return tuple(line for line in lines if line)


def _lines(text: str) -> list[str]:
    """The lines that say something; what comes after very many of them as one."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    return [*lines[:_MANY], " ".join(lines[_MANY:])] if len(lines) > _MANY + 1 else lines


def blocks(text: str, *, lists: bool = False) -> tuple[Block, ...]:
    """Paragraphs, and lists where lines begin with a dash; with `lists`, several short lines are a list too."""
    lines = _lines(text)
    short = lists and len(lines) > 1 and all(len(line) <= _LONG_LINE for line in lines)
    found: list[Block] = []
    for line in lines:
        is_item = short or bool(_BULLET.match(line))
        bare = _BULLET.sub("", line) if is_item else line
        if not bare:
            continue
        if is_item and found and found[-1].goes_on_with(line):
            found[-1] = replace(found[-1], lines=(*found[-1].lines, bare))
        else:
            found.append(Block(is_item, (bare,), (is_item and _number(line)) or 0))
    return tuple(found)


def _number(line: str) -> int | None:
    """The number with which a line begins; 0 when it begins with a dash, None when with nothing of the kind."""
    found = _BULLET.match(line)
    return int(found["number"] or 0) if found else None


def spans(line: str) -> Iterator[Span]:
    """A line cut where it changes its looks. All of its text is there, without the signs that were understood."""
    return _spans(line, Span(""))


def _spans(line: str, within: Span) -> Iterator[Span]:
    at = 0
    for mark in _MARK.finditer(line):
        found = tuple(_understood(mark, within))
        if not found:
            continue
        yield from _plain(line[at : mark.start()], within)
        yield from found
        at = mark.start() + len(_without_end(mark[0])) if mark["address"] else mark.end()
    yield from _plain(line[at:], within)


def _understood(mark: re.Match[str], within: Span) -> Iterator[Span]:
    """What a sign makes of its text; nothing when it has no meaning here."""
    if mark["bold"]:
        yield from _spans(mark["bold"], replace(within, is_bold=True))
    elif within.href or not (href := _address(mark["to"] or _without_end(mark["address"]))):
        return
    elif mark["address"]:
        yield replace(within, text=_without_end(mark["address"]), href=href)
    elif mark["label"].strip(BREAK + " \u00a0"):
        yield from _spans(mark["label"], replace(within, href=href))


def _plain(text: str, within: Span) -> Iterator[Span]:
    if text:
        yield replace(within, text=text)


def _without_end(address: str) -> str:
    """An address without the full stop or bracket of the sentence in which it stands."""
    kept = address.rstrip(".,;:!?…'’)" + BREAK)
    return kept + ")" if address[len(kept) :].startswith(")") and "(" in kept else kept


def _address(text: str) -> str:
    """The whole address of a page of another site; empty when it is none."""
    href = text.replace(BREAK, "")
    try:
        return href if urlsplit(href).hostname else ""
    except ValueError:
        return ""


def unmarked(line: str) -> str:
    """A line for where there is no bold and no link: an address follows the words that lead there."""
    said = ""
    for href, pieces in groupby(spans(line), lambda span: span.href):
        text = "".join(piece.text for piece in pieces)
        said += f"{text} ({href})" if href and href != text.replace(BREAK, "") else text
    return said


def shorten(text: str, length: int) -> str:
    """At most `length` characters on one line, cut between words."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def lead(line: str) -> tuple[str, str]:
    """A short beginning that the writer closed with a colon, and the rest: ("", line) when there is none."""
    start, colon, rest = line.partition(":")
    if "**" in start:
        return "", line  # the writer has said what stands out
    if colon and rest.strip() and rest[0] in "  " and 2 < len(start.strip()) <= 70 and "http" not in start:
        return start.rstrip(), rest.strip()
    return "", line
