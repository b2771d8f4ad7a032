"""`python -m tests.model --steps 1000000 --processes 2`: take many steps of the model, and say how far it is.

Each seed is about a thousand steps. A run that was stopped goes on with `--seed`, as each line of its progress says.
"""

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor

DAYS = 10
"""Of one seed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="the first one; the others follow it")
    parser.add_argument(
        "--no-shrink", action="store_true", help="show a failure as it was found, not as small as it gets"
    )
    options = parser.parse_args()
    began, steps = time.monotonic(), 0
    seeds = iter(range(options.seed, sys.maxsize))
    context = multiprocessing.get_context("fork")  # before anything is imported
    with ProcessPoolExecutor(options.processes, context, set_up) as pool:
        while steps < options.steps:
            batch = [(next(seeds), not options.no_shrink) for _process in range(options.processes)]
            for (seed, _shrinks), (taken, failure) in zip(batch, pool.map(run, batch), strict=True):
                steps += taken
                if failure:
                    print(failure, f"seed {seed} failed after {steps} steps", sep="\n", flush=True)
                    return 1
            minutes = (time.monotonic() - began) / 60
            print(f"{steps:,} steps in {minutes:.1f} minutes, next: --seed {batch[-1][0] + 1}", flush=True)
    return 0


def set_up() -> None:
    """Give this process a database of its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

    import django

    django.setup()

    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)


def run(work: tuple[int, bool]) -> tuple[int, str]:
    """Take the steps of one seed. Return their number and what failed, empty if nothing did."""
    from tests.model.machine import Day, take_steps

    seed, shrinks = work
    before = Day.steps
    try:
        take_steps(seed, DAYS, shrinks=shrinks)
    except BaseException:
        return Day.steps - before, traceback.format_exc()
    return Day.steps - before, ""


if __name__ == "__main__":
    sys.exit(main())
