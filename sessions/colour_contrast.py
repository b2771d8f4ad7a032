"""Parse colours, and compute the contrast of text in them (WCAG 2)."""

import re

MIN_CONTRAST = 4.5
"""Contrast that text needs (WCAG AA)."""
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


class InvalidColour(ValueError):
    """The text is not a colour such as #1d5f8f."""


def parse_colour(text: str) -> str:
    """Return a colour such as `1D5F8F` or `#abc` as `#1d5f8f`. Raises InvalidColour."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise InvalidColour(text)
    digits = match[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str = "#ffffff") -> float:
    """Return the contrast ratio of two colours, from 1 (the same) to 21 (black and white)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
