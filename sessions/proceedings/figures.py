"""The drawings of the book, as numbers: where each dot and bar goes. Templates draw them as SVG.

All of it is computed from the data and from nothing else: the same forum always gives the same picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

HUES = ("#e8572f", "#3383bd", "#8fbd7a", "#f4b23f", "#b68cc6", "#fdf6e6", "#5fc4bb")
"""Colours of the dots of the cover; past seven territories they come round again."""
INKS = ("#b23c16", "#1d5f8f", "#4d7339", "#7a4e8a", "#845300")
"""Colours of the groups, 1 to 5, dark enough to be read on paper."""

_CENTRE = (132.0, 94.0)
_INNER, _OUTER = 26.0, 62.0
_DOORS = ((52.0, 54.0), (50.5, 79.0), (20.5, 103.0), (41.5, 112.0), (62.0, 136.0), (29.0, 128.0), (33.0, 68.0))
"""Where those who follow the law of two feet are seen, in millimetres from the corner of the page."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    hue: str


@dataclass(frozen=True)
class Walker:
    dot: Dot
    trail: str
    """Path from near the circle to the dot."""


@dataclass(frozen=True)
class Circle:
    """The circle of chairs on an A4 page, in millimetres."""

    cx: float
    cy: float
    rings: tuple[float, ...]
    echoes: tuple[float, ...]
    """Larger circles, which fade into the page."""
    radius: float
    """Of one dot."""
    seated: tuple[Dot, ...]
    walkers: tuple[Walker, ...]


def circle(counts: Sequence[int]) -> Circle:
    """One dot per participant, `counts` being how many came from each territory; some are walking out."""
    total = sum(counts)
    hues = _mixed([HUES[place % len(HUES)] for place, count in enumerate(counts) for _one in range(count)])
    leaving = min(len(_DOORS), max(2, total // 9)) if total >= 8 else 0
    rings = _rings(total - leaving)
    seats = [
        (_CENTRE[0] + radius * math.cos(angle), _CENTRE[1] + radius * math.sin(angle))
        for radius, angles in zip(rings, _angles(rings, total - leaving), strict=True)
        for angle in angles
    ]
    gap = (_OUTER - _INNER) / (len(rings) - 1) if len(rings) > 1 else 12.0
    return Circle(
        cx=_CENTRE[0],
        cy=_CENTRE[1],
        rings=rings,
        echoes=(_OUTER + 20, _OUTER + 42, _OUTER + 68),
        radius=round(min(2.35, 0.36 * gap), 2),
        seated=tuple(Dot(round(x, 2), round(y, 2), hue) for (x, y), hue in zip(seats, hues, strict=False)),
        walkers=tuple(_walker(door, hue) for door, hue in zip(_DOORS, hues[len(seats) :], strict=False)),
    )


def _mixed(hues: list[str]) -> list[str]:
    """The same hues in an order where neighbours differ: steps of the golden section, all visited once."""
    total = len(hues)
    step = next((s for s in range(round(total * 0.618), total) if math.gcd(s, total) == 1), 1)
    return [hues[(place * step) % total] for place in range(total)]


def _rings(total: int) -> tuple[float, ...]:
    """As few rings as leave room between the chairs."""
    if total <= 20:
        return ((_INNER + _OUTER) / 2,)
    for count in range(2, 40):
        gap = (_OUTER - _INNER) / (count - 1)
        rings = tuple(_INNER + gap * place for place in range(count))
        if 2 * math.pi * sum(rings) / total >= min(12.0, gap):
            break
    return rings


def _angles(rings: tuple[float, ...], total: int) -> list[list[float]]:
    """Chairs shared out by the length of each ring, each ring turned a little so that no spokes appear."""
    shared = [int(total * radius / sum(rings)) for radius in rings]
    for place in range(total - sum(shared)):
        shared[-1 - place % len(shared)] += 1
    return [
        [2 * math.pi * chair / chairs + 0.55 * ring for chair in range(chairs)] for ring, chairs in enumerate(shared)
    ]


def _walker(door: tuple[float, float], hue: str) -> Walker:
    x, y = door
    away = math.hypot(_CENTRE[0] - x, _CENTRE[1] - y)
    # The trail begins on the way to the circle and bends, as people do.
    ux, uy = (_CENTRE[0] - x) / away, (_CENTRE[1] - y) / away
    bend = 4.5 if y < _CENTRE[1] else -4.5
    end = (x + 15 * ux + bend * uy, y + 15 * uy - bend * ux)
    middle = (x + 9 * ux - bend * uy * 0.7, y + 9 * uy + bend * ux * 0.7)
    return Walker(Dot(x, y, hue), f"M{end[0]:.1f} {end[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x} {y}")


@dataclass(frozen=True)
class Bar:
    label: str
    count: int
    y: float
    width: float


@dataclass(frozen=True)
class Bars:
    """A chart of horizontal bars, in points; labels end where bars begin."""

    width: float
    height: float
    start: float
    bars: tuple[Bar, ...]


ROW = 13.6


def bars(counts: Sequence[tuple[str, int]], *, width: float = 225, start: float = 128) -> Bars:
    longest = max((count for _label, count in counts), default=1)
    room = width - start - 16
    drawn = tuple(
        Bar(label, count, round(place * ROW, 1), round(max(3.0, room * count / longest), 1))
        for place, (label, count) in enumerate(counts)
    )
    return Bars(width, round(len(drawn) * ROW, 1), start, drawn)


@dataclass(frozen=True)
class Crowd:
    """One group as a row of dots."""

    number: int
    ink: str
    count: int
    y: float
    dots: tuple[float, ...]


@dataclass(frozen=True)
class Crowds:
    width: float
    height: float
    radius: float
    rows: tuple[Crowd, ...]


def crowds(groups: Sequence[tuple[int, int, int]], *, width: float = 225) -> Crowds:
    """`groups` holds (number, colour, how many people)."""
    longest = max((count for _number, _colour, count in groups), default=1)
    step = min(9.2, (width - 40) / max(longest, 1))
    rows = tuple(
        Crowd(
            number,
            INKS[colour - 1],
            count,
            round(place * ROW, 1),
            tuple(round(24 + step * (i + 0.5), 1) for i in range(count)),
        )
        for place, (number, colour, count) in enumerate(groups)
    )
    return Crowds(width, round(len(rows) * ROW, 1), round(min(3.5, step * 0.42), 2), rows)


@dataclass(frozen=True)
class Spot:
    """People of one territory in one group."""

    x: float
    y: float
    radius: float
    ink: str
    count: int
    is_written: bool
    """Whether the dot has room for its number."""


@dataclass(frozen=True)
class Line:
    label: str
    y: float
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Head:
    x: float
    number: int
    ink: str
    territories: int
    """How many of them met in this group."""


@dataclass(frozen=True)
class Matrix:
    """Territories × groups, one dot where they meet, as large as there were people; in points."""

    width: float
    height: float
    start: float
    """Where the labels end."""
    foot: float
    """Where the counts of territories stand."""
    size: float
    """Of the numbers of the groups."""
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]


def matrix(
    groups: Sequence[tuple[int, int, int]], rows: Sequence[tuple[str, Sequence[int]]], *, most: int, width: float = 481
) -> Matrix:
    """`groups` holds (number, colour, how many territories); from `most` on, dots grow no more."""
    start, top = 158.0, 18.0
    step = min(24.0, (width - start - 4) / max(len(groups), 1))
    high = max(12.5, min(17.0, step))
    largest = 0.47 * min(step, high)

    def spot(at: int, y: float, count: int) -> Spot:
        radius = round(min(largest, max(1.6, largest * math.sqrt(count / most))), 2)
        x, ink = round(start + step * (at + 0.5), 1), INKS[groups[at][1] - 1]
        return Spot(x, y, radius, ink, count, is_written=radius >= 3.4 and count > 1)

    lines = []
    for place, (label, counts) in enumerate(rows):
        y = round(top + high * (place + 0.5), 1)
        lines.append(Line(label, y, tuple(spot(at, y, count) for at, count in enumerate(counts) if count)))
    heads = tuple(
        Head(round(start + step * (at + 0.5), 1), number, INKS[colour - 1], territories)
        for at, (number, colour, territories) in enumerate(groups)
    )
    foot = round(top + high * len(rows) + 11, 1)
    return Matrix(width, foot + 5, start, foot, 7.8 if step > 12 else 6.2, heads, tuple(lines))
