"""Choose the fonts of a document by the characters in it. Documents use the fonts of the app, never the machine's."""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from sessions.proceedings.assets import FONTS

DEFAULT_FONTS = "*.woff2"
"""The fonts that documents.css declares: Latin, Greek and Cyrillic letters."""
FALLBACK_FONTS = (
    "noto-sans-arabic", "noto-sans-hebrew", "noto-sans-armenian", "noto-sans-georgian", "noto-sans-ethiopic",
    "noto-sans-tifinagh", "noto-sans-devanagari", "noto-sans-bengali", "noto-sans-tamil", "noto-sans-thai",
    "noto-sans-khmer", "noto-sans-lao", "noto-sans-kr", "noto-sans-sc", "noto-sans-jp", "noto-sans-symbols",
    "noto-sans-symbols-2", "noto-sans-math", "noto-emoji",
)  # fmt: skip
"""Declared in the pages that need them; the first that has a character serves."""
BOX = "\u25af"
"""Replaces a character that no font has."""
_SHAPELESS = {"Cc", "Cf", "Zl", "Zp"}
"""Unicode categories of line ends, joiners, direction marks."""
_VARIATION_SELECTORS = {*map(chr, range(0xFE00, 0xFE10))}


@cache
def characters_of(font: Path) -> frozenset[str]:
    with TTFont(font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


@cache
def default_characters() -> frozenset[str]:
    return frozenset().union(*(characters_of(font) for font in sorted(FONTS.glob(DEFAULT_FONTS))))


def fallback_characters(name: str) -> frozenset[str]:
    return characters_of(FONTS / f"{name}.woff")


def with_fonts(page: str) -> str:
    """Declare in an HTML page the fallback fonts that it needs, and replace the characters that no font has."""
    names, replacements = _choose(page)
    if replacements:
        page = page.translate({ord(character): other for character, other in replacements.items()})
    faces = "".join(f'@font-face {{ font-family: "{name}"; src: url("book:/fonts/{name}.woff") }}' for name in names)
    return page.replace("</head>", f"<style>{faces}</style></head>", 1) if faces else page


def has_boxes(text: str) -> bool:
    """Say whether a character of the text would be printed as a box."""
    return BOX in _choose(text)[1].values()


def _choose(text: str) -> tuple[list[str], dict[str, str]]:
    """Return the fallback fonts that a text needs, and the replacements of the characters that no font has."""
    needed = {
        character
        for character in set(text) - default_characters() - _VARIATION_SELECTORS
        if unicodedata.category(character) not in _SHAPELESS
    }
    replacements = {character: _replacement(character) for character in needed if not _has_font(character)}
    needed = (needed - set(replacements)).union(*replacements.values()) - default_characters()
    names = []
    for name in FALLBACK_FONTS:
        if needed & fallback_characters(name):
            names.append(name)
            needed -= fallback_characters(name)
    return names, replacements


def _has_font(character: str) -> bool:
    return character in default_characters() or any(character in fallback_characters(name) for name in FALLBACK_FONTS)


def _replacement(character: str) -> str:
    """Return the plain form of an ornate or composed character; else a box, or nothing for a combining mark."""
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and all(map(_has_font, plain)):
        return plain
    return "" if unicodedata.category(character) in ("Mn", "Me") else BOX
