"""Colours as people choose them, and how well text in them is read."""

import re

PALETTE = ("#0f3d3c", "#b23c16", "#1d5f8f", "#4d7339", "#7a4e8a", "#845300")
"""Those of the house: dark enough to carry white text, or to be text on white."""
ENOUGH = 4.5
"""The contrast that text needs (WCAG AA)."""
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


class NotAColour(ValueError):
    """Not written as #1d5f8f."""


def read(text: str) -> str:
    """A colour such as `1D5F8F` or `#abc`, as `#1d5f8f`. Raises NotAColour."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        raise NotAColour(text)
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str = "#ffffff") -> float:
    """From 1 (the same) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
