"""The picture that stands for the book where its address is sent: its circle of chairs and its question, 1200 × 630."""

import io
from functools import cache
from pathlib import Path

from django.utils import translation
from django.utils.formats import date_format
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from forum.templatetags.words import spaced
from forum.text.markup import clean, shorten
from sessions.proceedings import figures
from sessions.proceedings.book import Book

SIZE = (1200, 630)
_DEEP, _LIGHT, _OCHRE, _PALE = "#0f3d3c", "#fdfaf2", "#ffd071", "#c9d8d4"
_FINE = 2
"""Drawn so many times larger, then made smaller: round dots."""
_LEFT, _ROOM = 70, 600
_TITLE, _TEXT = "bricolage-grotesque-latin-800-normal", "source-sans-3-latin-600-normal"


def as_png(book: Book, static: Path) -> bytes:
    picture = _chairs(book)
    draw = ImageDraw.Draw(picture)
    fonts = static / "fonts"
    cover = book.cover
    with translation.override(cover.language):
        question, title = (
            spaced(shorten(clean(text), most)).replace("\u200b", "")
            for text, most in ((cover.question, 200), (cover.title, 60))
        )
        date = date_format(cover.date, "DATE_FORMAT")
    draw.rectangle((0, SIZE[1] - 12, SIZE[0], SIZE[1]), fill=book.imprint.accent or _OCHRE)
    draw.text((_LEFT, 62), "Forum ouvert", _OCHRE, _font(fonts, _TITLE, 30))
    if _knows(fonts, _TITLE, question):
        size = next((size for size in range(62, 27, -2) if _fits(question, _font(fonts, _TITLE, size))), 28)
        font = _font(fonts, _TITLE, size)
        for row, line in enumerate(_lines(question, font)):
            draw.text((_LEFT, 140 + row * size * 1.14), line, _LIGHT, font)
    facts = f"{title}\n{date}" if _knows(fonts, _TEXT, title) else date
    draw.multiline_text((_LEFT, 575), facts, _PALE, _font(fonts, _TEXT, 25), anchor="ld", spacing=8)
    file = io.BytesIO()
    picture.quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


def _chairs(book: Book) -> Image.Image:
    """The circle of the cover, at the right of the picture."""
    picture = Image.new("RGB", (SIZE[0] * _FINE, SIZE[1] * _FINE), _DEEP)
    draw = ImageDraw.Draw(picture)
    circle = figures.circle([territory.count for territory in book.territories])
    scale = 3.7 * _FINE

    def disc(x: float, y: float, radius: float, **look: str | int) -> None:
        x, y = 935 * _FINE + (x - circle.cx) * scale, 310 * _FINE + (y - circle.cy) * scale
        draw.ellipse((x - radius * scale, y - radius * scale, x + radius * scale, y + radius * scale), **look)  # type: ignore[arg-type]  # colours and widths

    for ring in circle.rings:
        disc(circle.cx, circle.cy, ring, outline="#2e5655", width=_FINE)
    disc(circle.cx, circle.cy, 8.4, outline=_OCHRE, width=5 * _FINE)
    disc(circle.cx, circle.cy, 2.2, fill=_OCHRE)
    for dot in circle.seated:
        disc(dot.x, dot.y, circle.radius, fill=dot.hue)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


@cache
def _font(fonts: Path, name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(fonts / f"{name}.woff2", size)


@cache
def _letters(fonts: Path, name: str) -> frozenset[int]:
    with TTFont(fonts / f"{name}.woff2") as font:
        return frozenset(font.getBestCmap())


def _knows(fonts: Path, name: str, text: str) -> bool:
    """Whether this font holds every letter: a picture borrows none from elsewhere."""
    return {ord(letter) for letter in text} <= _letters(fonts, name)


def _fits(text: str, font: ImageFont.FreeTypeFont) -> bool:
    lines = _lines(text, font)
    return len(lines) * font.size * 1.14 <= 350 and all(font.getlength(line) <= _ROOM for line in lines)


def _lines(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= _ROOM:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
