"""Output of results: a table, then one last line of JSON."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass
class Row:
    label: str
    key: str
    unit: str = ""
    goal: str = ""


def print_table(title: str, rows: list[Row], results: list[dict[str, Any]], heads: list[str] | None = None) -> None:
    """Print a column for each result; `heads` are their titles."""
    lines = [["", *(heads or [""] * len(results)), "", "goal"]]
    lines += [[row.label, *(f"{result[row.key]:,}" for result in results), row.unit, row.goal] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print(f"\n{title}\n")
    for line in lines:
        first, *others = (
            cell.ljust(width) if column in (0, len(line) - 2, len(line) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print(f"  {first}  {'  '.join(others)}".rstrip())
    print()


def percentile(waits: list[float], share: float) -> float:
    """Return the least wait that this share of them does not exceed; infinity if there are none."""
    return sorted(waits)[max(0, round(len(waits) * share) - 1)] if waits else float("inf")


def print_json(result: dict[str, Any]) -> None:
    print(json.dumps(result))
