"""`python -m tests.chaos --long`: run the storms one after the other, and print a table and a line of JSON."""

import argparse
import asyncio
import json
import os
import random
import sys
from dataclasses import asdict

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from tests.chaos import usual
from tests.chaos.phone import Phone
from tests.chaos.profiles import PROFILES, StormResult, storm
from tests.chaos.servers import SERVE

COLUMNS = {
    "profile": "profile",
    "phones": "phones",
    "changes": "changes",
    "cuts": "cuts",
    "freezes": "freezes",
    "deliveries": "deliveries",
    "lost": "lost",
    "stale": "stale after 5 s",
    "out_of_order": "out of order",
    "duplicates": "duplicates",
    "false_claims": "false “up to date”",
    "marks_wrong": "marks wrong",
    "writes_lost": "writes lost",
    "writes_doubled": "writes doubled",
    "current_after": "all current after",
}


def table(rows: list[StormResult]) -> str:
    lines = ["| " + " | ".join(COLUMNS.values()) + " |", "|" + "---|" + "---:|" * (len(COLUMNS) - 1)]
    for row in rows:
        cells = asdict(row) | {"current_after": f"{row.current_after:.1f} s"}
        lines.append(
            "| " + " | ".join(f"{v:,}" if isinstance(v := cells[name], int) else str(v) for name in COLUMNS) + " |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--long", action="store_true", help="100 phones, at least 100,000 deliveries over all profiles")
    length.add_argument("--short", action="store_true", help="30 phones, a few thousand deliveries (the default)")
    parser.add_argument("--usual", action="store_true", help="the usual Channels pattern beside ours")
    parser.add_argument("--only", choices=PROFILES, action="append", help="only this profile (may be given again)")
    parser.add_argument("--phones", type=int, help="how many phones")
    parser.add_argument("--changes", type=int, help="how many changes in each profile")
    parser.add_argument("--seed", type=int, default=0, help="for the same chances again, as far as time allows")
    options = parser.parse_args()
    random.seed(options.seed or None)
    phones = options.phones or (100 if options.long else 30)
    changes = options.changes or (220 if options.long else 60)
    results, usual_results = [], []
    for name in options.only or PROFILES:
        results.append(asyncio.run(storm(PROFILES[name], phones, changes, Phone, SERVE)))
        print(
            f"{results[-1].profile}: {results[-1].deliveries:,} deliveries in {results[-1].seconds:.0f} s",
            file=sys.stderr,
        )
        if options.usual:
            usual_results.append(asyncio.run(storm(PROFILES[name], phones, changes, usual.Phone, usual.SERVE)))
    total = sum(result.deliveries for result in results)
    print(f"\n{table(results)}\n\n{total:,} deliveries in all.")
    if usual_results:
        print(f"\nThe usual Channels pattern, in the same run:\n\n{usual.table(usual_results)}")
    line = {
        "deliveries": total,
        "exact": all(result.is_exact for result in results),
        "profiles": [asdict(f) for f in results],
    }
    print(
        json.dumps(
            line | ({"usual": [asdict(result) for result in usual_results]} if usual_results else {}),
            ensure_ascii=False,
        )
    )
    return 0 if line["exact"] else 1


if __name__ == "__main__":
    sys.exit(main())
