"""How results are shown: a table for people, and last one line for programs."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Row:
    what: str
    key: str
    unit: str = ""
    goal: str = ""


def table(title: str, rows: list[Row], results: list[dict[str, Any]], heads: list[str] | None = None) -> None:
    """One column for each result."""
    lines = [["", *(heads or [""] * len(results)), "", "goal"]]
    lines += [[row.what, *(f"{result[row.key]:,}" for result in results), row.unit, row.goal] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print(f"\n{title}\n")
    for line in lines:
        first, *others = (
            cell.ljust(width) if column in (0, len(line) - 2, len(line) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print(f"  {first}  {'  '.join(others)}".rstrip())
    print()


def last_line(result: dict[str, Any]) -> None:
    print(json.dumps(result))
