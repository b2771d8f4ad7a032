"""The preview image of the book for link previews: its circle of chairs and its question."""

import io
from functools import cache

from django.utils import translation
from django.utils.formats import date_format
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from forum.text.markup import WORD_BREAK, printable, shorten
from forum.text.typography import spaced
from sessions.proceedings.assets import FONTS
from sessions.proceedings.book import Book
from sessions.proceedings.charts import chair_circle

SIZE = (1200, 630)
_DEEP, _LIGHT, _OCHRE, _PALE = "#0f3d3c", "#fdfaf2", "#ffd071", "#c9d8d4"
_OVERSAMPLING = 2
"""The circle is drawn so many times larger, then reduced, for smooth edges."""
_LEFT, _TEXT_WIDTH, _TEXT_HEIGHT = 70, 600, 350
_LINE_HEIGHT = 1.14
_TITLE_FONT, _TEXT_FONT = "bricolage-grotesque-latin-800-normal", "source-sans-3-latin-600-normal"


def as_png(book: Book) -> bytes:
    """Draw the preview, 1200 × 630 pixels."""
    image = _draw_circle(book)
    draw = ImageDraw.Draw(image)
    cover = book.cover
    with translation.override(cover.language):
        question, title = (
            spaced(shorten(printable(text), length)).replace(WORD_BREAK, "")
            for text, length in ((cover.question, 200), (cover.title, 60))
        )
        date = date_format(cover.date, "DATE_FORMAT")
    draw.rectangle((0, SIZE[1] - 12, SIZE[0], SIZE[1]), fill=book.imprint.accent or _OCHRE)
    draw.text((_LEFT, 62), "Forum ouvert", _OCHRE, _font(_TITLE_FONT, 30))
    if _has_characters(_TITLE_FONT, question):
        size = next((size for size in range(62, 27, -2) if _fits(question, _font(_TITLE_FONT, size))), 28)
        font = _font(_TITLE_FONT, size)
        for row, line in enumerate(_wrap(question, font)):
            draw.text((_LEFT, 140 + row * size * _LINE_HEIGHT), line, _LIGHT, font)
    facts = f"{title}\n{date}" if _has_characters(_TEXT_FONT, title) else date
    draw.multiline_text((_LEFT, 575), facts, _PALE, _font(_TEXT_FONT, 25), anchor="ld", spacing=8)
    file = io.BytesIO()
    image.quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw_circle(book: Book) -> Image.Image:
    """Draw the circle of the cover at the right of the image."""
    image = Image.new("RGB", (SIZE[0] * _OVERSAMPLING, SIZE[1] * _OVERSAMPLING), _DEEP)
    draw = ImageDraw.Draw(image)
    circle = chair_circle([territory.count for territory in book.territories])
    scale = 3.7 * _OVERSAMPLING

    def disc(x: float, y: float, radius: float, **style: str | int) -> None:
        x, y = 935 * _OVERSAMPLING + (x - circle.cx) * scale, 310 * _OVERSAMPLING + (y - circle.cy) * scale
        draw.ellipse((x - radius * scale, y - radius * scale, x + radius * scale, y + radius * scale), **style)  # type: ignore[arg-type]  # colours and widths

    for ring in circle.rings:
        disc(circle.cx, circle.cy, ring, outline="#2e5655", width=_OVERSAMPLING)
    disc(circle.cx, circle.cy, 8.4, outline=_OCHRE, width=5 * _OVERSAMPLING)
    disc(circle.cx, circle.cy, 2.2, fill=_OCHRE)
    for dot in circle.seated:
        disc(dot.x, dot.y, circle.radius, fill=dot.colour)
    return image.resize(SIZE, Image.Resampling.LANCZOS)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"{name}.woff2", size)


@cache
def _code_points(name: str) -> frozenset[int]:
    with TTFont(FONTS / f"{name}.woff2") as font:
        return frozenset(font.getBestCmap())


def _has_characters(name: str, text: str) -> bool:
    """Say whether a font has every character of a text: images have no fallback fonts."""
    return {ord(character) for character in text} <= _code_points(name)


def _fits(text: str, font: ImageFont.FreeTypeFont) -> bool:
    lines = _wrap(text, font)
    return len(lines) * font.size * _LINE_HEIGHT <= _TEXT_HEIGHT and all(
        font.getlength(line) <= _TEXT_WIDTH for line in lines
    )


def _wrap(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= _TEXT_WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
