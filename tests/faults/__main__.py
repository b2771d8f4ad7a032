"""`python -m tests.faults kills`: play one kind of fault, or all, under people who write, and print what was lost."""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from tests.faults import clock, full_disk, kills, power, services, worker
from tests.faults.scene import RIGHT_SECONDS, Outcome

Run = Callable[[Outcome, Path], Awaitable[None]]
PROFILES: dict[str, tuple[Run, Run]] = {
    "kills": (
        partial(kills.run, kills=200, postgres=False),
        partial(kills.run, kills=1, postgres=False, book=False),
    ),
    "kills-postgres": (
        partial(kills.run, kills=200, postgres=True),
        partial(kills.run, kills=1, postgres=True, book=False),
    ),
    "power": (
        partial(power.run, cuts=1000, seconds=40, opened=40),
        partial(power.run, cuts=25, seconds=2, opened=1, book=False),
    ),
    "disk": (full_disk.run, full_disk.run),
    "services": (
        partial(services.run, rounds=5),
        partial(services.run, rounds=1, events=("PostgreSQL killed",), book=False),
    ),
    "worker": (worker.run, partial(worker.run, faults=("killed",))),
    "clock": (clock.run, partial(clock.run, jumps=(-clock.HOUR,), night_seconds=0, book=False)),
}
"""By name: what is played at full length, and in short."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("profiles", nargs="*", choices=[*PROFILES, []], help="all, if none is named")
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes")
    parser.add_argument(
        "--right-within", type=float, default=RIGHT_SECONDS, metavar="SECONDS",
        help="time after a fault within which phones must be right; longer on a machine that does something else",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="for the same chances again, as far as time allows")
    options = parser.parse_args()
    random.seed(options.seed or None)
    outcomes = [play(name, options) for name in options.profiles or PROFILES]
    print(json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False))
    return 0 if all(outcome.kept and not outcome.faults for outcome in outcomes) else 1


def play(name: str, options: argparse.Namespace) -> Outcome:
    outcome = Outcome(name, right_seconds=options.right_within)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="forum-faults-", ignore_cleanup_errors=True) as home:
        try:
            asyncio.run(PROFILES[name][options.short](outcome, Path(home)))  # type: ignore[arg-type]
        except full_disk.CannotMount:
            outcome.faults.append("only root may mount the small disk that this needs, and not in every container")
        except (AssertionError, TimeoutError) as error:
            outcome.faults.append(f"{type(error).__name__}: {error}")
        if outcome.faults and (kept := os.environ.get("FAULTS_KEPT_IN")):
            Path(home).rename(Path(kept) / f"{name}-{time.time():.0f}")
    outcome.figures["seconds"] = round(time.monotonic() - began)
    lines = [f"{figure}: {value}" for figure, value in outcome.figures.items()]
    print(f"{name}: " + "; ".join([*lines, *outcome.faults[:20]]), file=sys.stderr)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
