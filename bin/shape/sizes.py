"""Sizes of files and functions."""

import math
import statistics

from shape.source import Source

Sizes = list[tuple[int, str]]
"""Numbers of lines, and the places."""


def of_files(sources: list[Source]) -> Sizes:
    return [(source.lines, str(source.path)) for source in sources]


def of_functions(sources: list[Source]) -> Sizes:
    """Count the lines of each function from `def` to the last, docstring included."""
    return [
        ((function.end_lineno or 0) - function.lineno + 1, source.at(function.lineno, function.name))
        for source in sources
        for function in source.functions()
    ]


def spread(sizes: Sizes) -> str:
    """Format the median, the ninetieth percentile and the maximum."""
    ranked = sorted(size for size, _where in sizes)
    if not ranked:
        return "–"
    return f"{statistics.median_low(ranked)} / {ranked[math.ceil(0.9 * len(ranked)) - 1]} / {ranked[-1]}"


def largest(sizes: Sizes) -> list[str]:
    return [f"{size} {where}" for size, where in sorted(sizes, reverse=True)[:10]]
