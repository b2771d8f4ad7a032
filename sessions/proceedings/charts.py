"""Compute the charts of the book: the position of each dot and bar, which templates draw as SVG.

Nothing is random: the same data always give the same chart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

DOT_COLOURS = ("#e8572f", "#3383bd", "#8fbd7a", "#f4b23f", "#b68cc6", "#fdf6e6", "#5fc4bb")
"""Colours of the territories on the cover, repeated after the seventh."""
GROUP_COLOURS = ("#b23c16", "#1d5f8f", "#4d7339", "#7a4e8a", "#845300")
"""Colours 1 to 5 of the groups, dark enough to be read on paper."""

_CENTRE = (132.0, 94.0)
_INNER, _OUTER = 26.0, 62.0
"""Radii of the innermost and the outermost ring."""
_WALKERS = ((52.0, 54.0), (50.5, 79.0), (20.5, 103.0), (41.5, 112.0), (62.0, 136.0), (29.0, 128.0), (33.0, 68.0))
"""Positions of the people who are changing groups. All in millimetres from the corner of the page."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    colour: str


@dataclass(frozen=True)
class Walker:
    dot: Dot
    trail: str
    """SVG path from near the circle to the dot."""


@dataclass(frozen=True)
class ChairCircle:
    """The circle of chairs on an A4 page, in millimetres."""

    cx: float
    cy: float
    rings: tuple[float, ...]
    echoes: tuple[float, ...]
    """Radii of the larger circles that fade into the page."""
    radius: float
    """Radius of one dot."""
    seated: tuple[Dot, ...]
    walkers: tuple[Walker, ...]


def chair_circle(counts: Sequence[int]) -> ChairCircle:
    """Place one dot per participant; some are walking to another group. `counts` has the people of each territory."""
    total = sum(counts)
    colours = _mixed(
        [DOT_COLOURS[index % len(DOT_COLOURS)] for index, count in enumerate(counts) for _person in range(count)]
    )
    walking = min(len(_WALKERS), max(2, total // 9)) if total >= 8 else 0
    rings = _rings(total - walking)
    seats = [
        (_CENTRE[0] + radius * math.cos(angle), _CENTRE[1] + radius * math.sin(angle))
        for radius, angles in zip(rings, _angles(rings, total - walking), strict=True)
        for angle in angles
    ]
    gap = (_OUTER - _INNER) / (len(rings) - 1) if len(rings) > 1 else 12.0
    return ChairCircle(
        cx=_CENTRE[0],
        cy=_CENTRE[1],
        rings=rings,
        echoes=(_OUTER + 20, _OUTER + 42, _OUTER + 68),
        radius=round(min(2.35, 0.36 * gap), 2),
        seated=tuple(Dot(round(x, 2), round(y, 2), colour) for (x, y), colour in zip(seats, colours, strict=False)),
        walkers=tuple(_walker(place, colour) for place, colour in zip(_WALKERS, colours[len(seats) :], strict=False)),
    )


def _mixed(colours: list[str]) -> list[str]:
    """Reorder colours so that neighbours differ: by steps of the golden section, each visited once."""
    total = len(colours)
    step = next((s for s in range(round(total * 0.618), total) if math.gcd(s, total) == 1), 1)
    return [colours[(index * step) % total] for index in range(total)]


def _rings(total: int) -> tuple[float, ...]:
    """Return the radii of as few rings as leave room between the chairs."""
    if total <= 20:
        return ((_INNER + _OUTER) / 2,)
    for count in range(2, 40):
        gap = (_OUTER - _INNER) / (count - 1)
        rings = tuple(_INNER + gap * index for index in range(count))
        if 2 * math.pi * sum(rings) / total >= min(12.0, gap):
            break
    return rings


def _angles(rings: tuple[float, ...], total: int) -> list[list[float]]:
    """Share the chairs among the rings by length; each ring is turned a little so that no spokes appear."""
    chairs = [int(total * radius / sum(rings)) for radius in rings]
    for index in range(total - sum(chairs)):
        chairs[-1 - index % len(chairs)] += 1
    return [[2 * math.pi * chair / count + 0.55 * ring for chair in range(count)] for ring, count in enumerate(chairs)]


def _walker(place: tuple[float, float], colour: str) -> Walker:
    x, y = place
    distance = math.hypot(_CENTRE[0] - x, _CENTRE[1] - y)
    # The trail starts between the circle and the dot, and bends.
    ux, uy = (_CENTRE[0] - x) / distance, (_CENTRE[1] - y) / distance
    bend = 4.5 if y < _CENTRE[1] else -4.5
    start = (x + 15 * ux + bend * uy, y + 15 * uy - bend * ux)
    middle = (x + 9 * ux - bend * uy * 0.7, y + 9 * uy + bend * ux * 0.7)
    return Walker(Dot(x, y, colour), f"M{start[0]:.1f} {start[1]:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x} {y}")


ROW_HEIGHT = 13.6
"""Points, of the charts that have one row per territory or group."""


@dataclass(frozen=True)
class ChartBar:
    label: str
    count: int
    y: float
    width: float


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars, in points."""

    width: float
    height: float
    label_end: float
    """Where the labels end and the bars begin."""
    bars: tuple[ChartBar, ...]


def bar_chart(counts: Sequence[tuple[str, int]], *, width: float = 225, label_end: float = 128) -> BarChart:
    """Lay out one bar for each (label, count)."""
    longest = max((count for _label, count in counts), default=1)
    room = width - label_end - 16
    bars = tuple(
        ChartBar(label, count, round(index * ROW_HEIGHT, 1), round(max(3.0, room * count / longest), 1))
        for index, (label, count) in enumerate(counts)
    )
    return BarChart(width, round(len(bars) * ROW_HEIGHT, 1), label_end, bars)


@dataclass(frozen=True)
class DotRow:
    """One group as a row of dots, one per person."""

    number: int
    colour: str
    count: int
    y: float
    dots: tuple[float, ...]


@dataclass(frozen=True)
class DotChart:
    """Rows of dots, in points."""

    width: float
    height: float
    radius: float
    rows: tuple[DotRow, ...]


def dot_chart(groups: Sequence[tuple[int, int, int]], *, width: float = 225) -> DotChart:
    """Lay out one row for each group, given as (number, colour, people)."""
    longest = max((count for _number, _colour, count in groups), default=1)
    step = min(9.2, (width - 40) / max(longest, 1))
    rows = tuple(
        DotRow(
            number,
            GROUP_COLOURS[colour - 1],
            count,
            round(index * ROW_HEIGHT, 1),
            tuple(round(24 + step * (person + 0.5), 1) for person in range(count)),
        )
        for index, (number, colour, count) in enumerate(groups)
    )
    return DotChart(width, round(len(rows) * ROW_HEIGHT, 1), round(min(3.5, step * 0.42), 2), rows)


@dataclass(frozen=True)
class MatrixDot:
    """The people of one territory in one group."""

    x: float
    y: float
    radius: float
    colour: str
    count: int
    shows_count: bool
    """Whether the dot has room for its number."""


@dataclass(frozen=True)
class MatrixRow:
    label: str
    y: float
    dots: tuple[MatrixDot, ...]


@dataclass(frozen=True)
class MatrixColumn:
    x: float
    number: int
    colour: str
    territories: int
    """Number of territories in this group."""


@dataclass(frozen=True)
class Matrix:
    """Territories × groups, with dots as large as there were people; in points."""

    width: float
    height: float
    label_end: float
    footer_y: float
    """Baseline of the numbers of territories."""
    font_size: float
    """Size of the numbers of groups."""
    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]


def matrix(
    groups: Sequence[tuple[int, int, int]],
    territories: Sequence[tuple[str, Sequence[int]]],
    *,
    largest_count: int,
    width: float = 481,
) -> Matrix:
    """Lay out a matrix.

    `groups` has (number, colour, territories) of each group; `territories` has the label and the people in each group;
    `largest_count` is the number of people of the largest dot.
    """
    label_end, top = 158.0, 18.0
    column_width = min(24.0, (width - label_end - 4) / max(len(groups), 1))
    row_height = max(12.5, min(17.0, column_width))
    max_radius = 0.47 * min(column_width, row_height)

    def column_x(index: int) -> float:
        return round(label_end + column_width * (index + 0.5), 1)

    def dot(index: int, y: float, count: int) -> MatrixDot:
        radius = round(min(max_radius, max(1.6, max_radius * math.sqrt(count / largest_count))), 2)
        colour = GROUP_COLOURS[groups[index][1] - 1]
        return MatrixDot(column_x(index), y, radius, colour, count, shows_count=radius >= 3.4 and count > 1)

    rows = []
    for index, (label, counts) in enumerate(territories):
        y = round(top + row_height * (index + 0.5), 1)
        rows.append(MatrixRow(label, y, tuple(dot(column, y, count) for column, count in enumerate(counts) if count)))
    columns = tuple(
        MatrixColumn(column_x(index), number, GROUP_COLOURS[colour - 1], count)
        for index, (number, colour, count) in enumerate(groups)
    )
    footer_y = round(top + row_height * len(rows) + 11, 1)
    font_size = 7.8 if column_width > 12 else 6.2
    return Matrix(width, footer_y + 5, label_end, footer_y, font_size, columns, tuple(rows))
