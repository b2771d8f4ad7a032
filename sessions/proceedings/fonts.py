"""Which of our fonts holds which sign. Documents are printed with these and no others, whatever a machine has."""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

USUAL = "*.woff2"
"""What documents.css names: Latin, Greek and Cyrillic letters."""
OTHERS = (
    "noto-sans-arabic", "noto-sans-hebrew", "noto-sans-armenian", "noto-sans-georgian", "noto-sans-ethiopic",
    "noto-sans-tifinagh", "noto-sans-devanagari", "noto-sans-bengali", "noto-sans-tamil", "noto-sans-thai",
    "noto-sans-khmer", "noto-sans-lao", "noto-sans-kr", "noto-sans-sc", "noto-sans-jp", "noto-sans-symbols",
    "noto-sans-symbols-2", "noto-sans-math", "noto-emoji",
)  # fmt: skip
"""Named by a page that needs them; the first that holds a sign serves."""
BOX = "\u25af"
"""Stands for a sign that no font holds."""
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
"""Categories of what has no shape: ends of lines, joiners, marks of direction."""
_VARIANTS = {*map(chr, range(0xFE00, 0xFE10))}
"""Choose one of the shapes of a sign."""


@cache
def held(font: Path) -> frozenset[str]:
    """The signs of one file."""
    with TTFont(font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


@cache
def usual(static: Path) -> frozenset[str]:
    """The signs of all that documents.css names."""
    return frozenset().union(*(held(font) for font in sorted((static / "fonts").glob(USUAL))))


def dressed(page: str, static: Path) -> str:
    """The page with the fonts that it needs beside the usual ones, and a box for each sign that none of them holds."""
    fonts, replaced = _choice(page, static)
    if replaced:
        page = page.translate({ord(sign): other for sign, other in replaced.items()})
    faces = "".join(f'@font-face {{ font-family: "{name}"; src: url("book:/fonts/{name}.woff") }}' for name in fonts)
    return page.replace("</head>", f"<style>{faces}</style></head>", 1) if faces else page


def has_boxes(text: str, static: Path) -> bool:
    """Whether a sign of it would be shown as a box."""
    return BOX in _choice(text, static)[1].values()


def _choice(text: str, static: Path) -> tuple[list[str], dict[str, str]]:
    """The other fonts that this text needs, and what stands in it for signs that no font holds."""
    signs = {sign for sign in set(text) - usual(static) - _VARIANTS if unicodedata.category(sign) not in _UNSEEN}
    replaced = {sign: _replacement(sign, static) for sign in signs if not _is_held(sign, static)}
    signs = (signs - set(replaced)).union(*replaced.values()) - usual(static)
    fonts = []
    for name in OTHERS:
        if signs & held(static / "fonts" / f"{name}.woff"):
            fonts.append(name)
            signs -= held(static / "fonts" / f"{name}.woff")
    return fonts, replaced


def _is_held(sign: str, static: Path) -> bool:
    return sign in usual(static) or any(sign in held(static / "fonts" / f"{name}.woff") for name in OTHERS)


def _replacement(sign: str, static: Path) -> str:
    """The plain form of an ornate or composed sign; else a box, and nothing for a mark upon another sign."""
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and all(_is_held(part, static) for part in plain):
        return plain
    return "" if unicodedata.category(sign) in ("Mn", "Me") else BOX
