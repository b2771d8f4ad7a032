"""The printing kit as one HTML page in the language of the order, without the layout of pages."""

import math
import zoneinfo
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from forum import qr
from forum.text.markup import printable
from sessions.printing.kit import Kit, PlaceSign, TopicSheet
from sessions.proceedings.charts import GROUP_COLOURS, chair_circle

_CHAIRS = (11, 11, 10, 10, 10)
"""Number of dots of each colour in the circle on the posters."""
_LINE_HEIGHT = 1.1
_LONG_QUESTION = 150
"""Number of letters from which the question takes more of its poster."""
_FOOTPRINTS = 9


def render_kit(kit: Kit) -> str:
    with translation.override(kit.language), timezone.override(zoneinfo.ZoneInfo(kit.time_zone)):
        return render_to_string("sessions/printing/kit.html", _context(kit))


def _context(kit: Kit) -> dict[str, Any]:
    is_long = len(kit.question) > _LONG_QUESTION
    return {
        "kit": kit,
        "posters": [(name, f"sessions/printing/{name}.html") for name in kit.posters],
        "question_size": fit_font_size(kit.question, 49.5, 41 if is_long else 30, 7.6, 2.6),
        "is_long": is_long,
        "circle": chair_circle(_CHAIRS),
        "footprints": footprints(),
        "join_qr": qr.print_svg(kit.url),
        "address_size": fit_font_size(kit.address, 53, 3.2, 2.6, 1),
        "topics": [_fitted_sheet(sheet, 265, 84, 40) for sheet in kit.topics],
        "reports": [_fitted_sheet(sheet, 114, 27, 7) for sheet in kit.reports],
        "signs": [_fitted_sign(sign) for sign in kit.signs],
        "blank_rows": range(kit.blank_rows),
    }


def _fitted_sheet(sheet: TopicSheet, width: float, height: float, largest: float) -> dict[str, Any]:
    """Fit the title of a sheet to a box; all in millimetres."""
    return {
        "sheet": sheet,
        "qr": qr.print_svg(sheet.url) if sheet.url else "",
        "size": fit_font_size(sheet.title, width, height, largest, largest / 5),
    }


def _fitted_sign(sign: PlaceSign) -> dict[str, Any]:
    return {"sign": sign, "qr": qr.print_svg(sign.url), "size": fit_font_size(sign.name, 265, 106, 75, 10)}


def fit_font_size(text: str, width: float, height: float, largest: float, smallest: float) -> str:
    """Return the largest font size in which a text fits a box, at least `smallest`. All in the same unit.

    Formatted for a style attribute: with a decimal point, whatever the language.
    """
    sizes = [largest * 0.97**step for step in range(100)]
    fitting = (size for size in sizes if size > smallest and _lines(text, width / size) * size * _LINE_HEIGHT <= height)
    return f"{next(fitting, smallest):.2f}"


def _lines(text: str, width: float) -> float:
    """Return the number of lines of `width` em that a text takes; infinite when a word is wider."""
    lines, used = 1, 0.0
    for word in printable(text).split():
        word_width = sum(map(_letter_width, word))
        if word_width > width:
            return math.inf
        used = used + _letter_width(" ") + word_width if used else word_width
        if used > width:
            lines, used = lines + 1, word_width
    return lines


def _letter_width(letter: str) -> float:
    """Estimate the width of a letter of the title font, in em."""
    if letter in " ilj’'.,:;!|I()":
        return 0.31
    if letter in "ftr-":
        return 0.42
    if letter in "mwMW@…—":
        return 0.92
    return 0.7 if letter.isupper() else 0.59


def footprints() -> list[dict[str, Any]]:
    """Place left and right footprints in turn on a curve that rises and leaves the page; in a picture of 200 × 120."""
    steps = []
    for step in range(_FOOTPRINTS):
        progress = step / (_FOOTPRINTS - 1)
        x, y = 20 + 166 * progress, 96 - 80 * progress**1.7
        angle = 62 - 34 * progress  # follows the slope of the curve
        side = -1 if step % 2 else 1
        colour = GROUP_COLOURS[step % len(GROUP_COLOURS)]
        steps.append(
            {"x": round(x, 1), "y": round(y + 7 * side, 1), "turn": round(angle), "flip": side, "colour": colour}
        )
    return steps
