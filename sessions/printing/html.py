"""The printing kit as one HTML page, in the language of the order: what is on which sheet, and nothing about pages."""

import math
import zoneinfo
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from forum import qr
from forum.text.markup import clean
from sessions.printing.kit import Kit, Sheet, Sign
from sessions.proceedings import figures

_CHAIRS = (11, 11, 10, 10, 10)
"""How many dots of each colour are in the circle on the posters."""
_LEADING = 1.1
_LONG_QUESTION = 150
"""Letters, past which the question needs more of its poster."""
_STEPS = 9
"""Footprints on the way out of the page."""


def render(kit: Kit) -> str:
    with translation.override(kit.language), timezone.override(zoneinfo.ZoneInfo(kit.time_zone)):
        return render_to_string("sessions/printing/kit.html", _context(kit))


def _context(kit: Kit) -> dict[str, Any]:
    is_long = len(kit.question) > _LONG_QUESTION
    return {
        "kit": kit,
        "posters": [(name, f"sessions/printing/{name}.html") for name in kit.posters],
        "size": fitted(kit.question, 49.5, 41 if is_long else 30, 7.6, 2.6),
        "is_long": is_long,
        "circle": figures.circle(_CHAIRS),
        "footprints": footprints(),
        "join_qr": qr.printed(kit.url),
        "address_size": fitted(kit.address, 53, 3.2, 2.6, 1),
        "topics": [_with_code(sheet, 265, 84, 40) for sheet in kit.topics],
        "reports": [_with_code(sheet, 114, 27, 7) for sheet in kit.reports],
        "signs": [_sign(sign) for sign in kit.signs],
        "blank_rows": range(kit.blank_rows),
    }


def _with_code(sheet: Sheet, width: float, height: float, most: float) -> dict[str, Any]:
    """With room for its title, in millimetres."""
    return {
        "sheet": sheet,
        "qr": qr.printed(sheet.url) if sheet.url else "",
        "size": fitted(sheet.title, width, height, most, most / 5),
    }


def _sign(sign: Sign) -> dict[str, Any]:
    return {"sign": sign, "qr": qr.printed(sign.url), "size": fitted(sign.name, 265, 106, 75, 10)}


def fitted(text: str, width: float, height: float, most: float, least: float) -> str:
    """The largest type, from `most` down to `least`, in which this text fills no more than a box, in the same unit.

    As a number for a style sheet: a point, whatever the language.
    """
    sizes = [most * 0.97**step for step in range(100)]
    fits = (size for size in sizes if size > least and _height(text, width / size) * size * _LEADING <= height)
    return f"{next(fits, least):.2f}"


def _height(text: str, width: float) -> float:
    """How many lines a text takes that are so many em wide; none has room for a word that is wider."""
    lines, used = 1, 0.0
    for word in clean(text).split():
        needed = sum(map(_breadth, word))
        if needed > width:
            return math.inf
        used = used + _breadth(" ") + needed if used else needed
        if used > width:
            lines, used = lines + 1, needed
    return lines


def _breadth(letter: str) -> float:
    """About how wide a letter of the title font is, in em."""
    if letter in " ilj’'.,:;!|I()":
        return 0.31
    if letter in "ftr-":
        return 0.42
    if letter in "mwMW@…—":
        return 0.92
    return 0.7 if letter.isupper() else 0.59


def footprints() -> list[dict[str, Any]]:
    """Left and right in turn, on a curve that rises and leaves the page; in a picture of 200 by 120."""
    steps = []
    for step in range(_STEPS):
        along = step / (_STEPS - 1)
        x, y = 20 + 166 * along, 96 - 80 * along**1.7
        # The way it goes there: its slope, which grows along the curve.
        turn = 62 - 34 * along
        side = -1 if step % 2 else 1
        hue = figures.INKS[step % len(figures.INKS)]
        steps.append({"x": round(x, 1), "y": round(y + 7 * side, 1), "turn": round(turn), "flip": side, "hue": hue})
    return steps
