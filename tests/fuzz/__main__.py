"""`python -m tests.fuzz --inputs 100000`: send hostile inputs, and print what they were answered and what was wrong."""

import argparse
import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import transaction
from django.test.utils import setup_test_environment

from tests.fuzz import FAMILIES, STATES, frames, wire
from tests.fuzz.fields import discover
from tests.fuzz.run import FACILITATORS, PEOPLE, Findings, Fuzz, urls
from tests.scene import build_scene


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, in all (100,000)")
    parser.add_argument("--seed", default="0", help="for other inputs; the same seed sends the same")
    options = parser.parse_args()
    begin, processor = time.monotonic(), time.process_time()
    call_command("migrate", verbosity=0)
    setup_test_environment()
    scene = build_scene(STATES)
    fields, found = discover(scene, urls()), Findings()
    for roles, share in ((PEOPLE, "people"), (FACILITATORS, "facilitators")):
        with transaction.atomic():
            found += Fuzz(scene, fields, roles, options.seed, is_long=True).run(round(options.inputs * FAMILIES[share]))
            transaction.set_rollback(True)
        report(share, found, begin)
    found += frames.run(scene, round(options.inputs * FAMILIES["frames"]), options.seed, (*PEOPLE, *FACILITATORS))
    report("frames", found, begin)
    found += wire.run(scene, options.inputs - found.inputs, options.seed)
    report("wire", found, begin)
    print(*found.faults, sep="\n\n")
    seconds = f"{time.monotonic() - begin:.0f} s, {time.process_time() - processor:.0f} s of processor"
    print(f"{found.inputs:,} inputs, {found.sent:,} requests and sockets, {len(found.faults)} faults; {seconds}")
    return 1 if found.faults else 0


def report(family: str, found: Findings, begin: float) -> None:
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(found.statuses.items()))
    seconds, (slowest, what) = time.monotonic() - begin, found.slowest
    print(f"… {family}: {found.inputs:,} inputs, {found.sent:,} requests and sockets in {seconds:.0f} s; {statuses}")
    print(f"  the slowest {slowest:.2f} s: {what}; faults so far: {len(found.faults)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
