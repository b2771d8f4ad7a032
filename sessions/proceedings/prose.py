"""Texts as people typed them, cut into paragraphs and lists: lines are all that is understood."""

import re
from dataclasses import dataclass

_BULLET = re.compile(r"^\s*(?:[-–—•*·◦▪●■>→]|\(?\d{1,2}[.)](?=\s))\s*")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters and overrides of the reading direction: nothing that a reader sees."""
_SIGNS = str.maketrans({"\u202f": "\u00a0", "\u2010": "-", "\u2011": "-", "\u2028": "\n", "\u2029": "\n"})
_UNIT = re.compile(r"(?<=\d) (?=[°%€])")
_LONG_WORD = re.compile(r"\S{40}(?=\S)")
_LONG_LINE = 400
"""Characters: a line longer than this is a paragraph, even among short lines."""


@dataclass(frozen=True)
class Block:
    """One paragraph, or the items of one list."""

    is_list: bool
    lines: tuple[str, ...]


def clean(text: str) -> str:
    """The text in signs that the fonts hold, where a word of a hundred letters can break."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").translate(_SIGNS))
    text = _UNIT.sub("\u00a0", text)
    return _LONG_WORD.sub(lambda word: word[0] + "\u200b", text)


def items(text: str) -> tuple[str, ...]:
    """Each line as one item, without the dash or number that its writer gave it."""
    lines = (_BULLET.sub("", line).strip() for line in clean(text).splitlines())
    return tuple(line for line in lines if line)


def blocks(text: str, *, lists: bool = False) -> tuple[Block, ...]:
    """Paragraphs, and lists where lines begin with a dash; with `lists`, several short lines are a list too."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    short = lists and len(lines) > 1 and all(len(line) <= _LONG_LINE for line in lines)
    found: list[Block] = []
    for line in lines:
        is_item = short or bool(_BULLET.match(line))
        bare = _BULLET.sub("", line) if is_item else line
        if not bare:
            continue
        if is_item and found and found[-1].is_list:
            found[-1] = Block(True, (*found[-1].lines, bare))
        else:
            found.append(Block(is_item, (bare,)))
    return tuple(found)


def shorten(text: str, length: int) -> str:
    """At most `length` characters on one line, cut between words."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def lead(line: str) -> tuple[str, str]:
    """A short beginning that the writer closed with a colon, and the rest: ("", line) when there is none."""
    start, colon, rest = line.partition(":")
    if colon and rest.strip() and rest[0] in "  " and 2 < len(start.strip()) <= 70 and "http" not in start:
        return start.rstrip(), rest.strip()
    return "", line
