"""`python -m tests.permissions`: try every cell of the matrix, and print those that are not answered as declared."""

import argparse
import os
import sys
import time
from collections.abc import Iterator

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import transaction
from django.test.utils import setup_test_environment

from tests.permissions import cells, sockets
from tests.permissions.cells import Cell, Pages
from tests.permissions.declaration import CHANGES_NOTHING
from tests.scene import build_scene

PROGRESS = 5_000
"""Cells after which a line says how far it is."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.permissions", description=__doc__)
    parser.add_argument("--url", help="only this URL or socket")
    options = parser.parse_args()
    begin, processor = time.monotonic(), time.process_time()
    call_command("migrate", verbosity=0)
    setup_test_environment()
    scene = build_scene()
    tried: list[Cell] = []

    def counted(of_all: Iterator[Cell]) -> Iterator[Cell]:
        for cell in of_all:
            if options.url in (None, cell.url):
                tried.append(cell)
                yield cell
            if len(tried) % PROGRESS == 1:
                print(f"… {len(tried):,} cells in {time.monotonic() - begin:.0f} s: {cell}", flush=True)

    wrong = list(sockets.wrong(scene, counted(cells.sockets())))
    with transaction.atomic():
        wrong += Pages(scene).wrong(counted(cells.pages()))
        transaction.set_rollback(True)
    print(*wrong, sep="\n")
    refused = sum(cell.expected in CHANGES_NOTHING for cell in tried)
    seconds = f"{time.monotonic() - begin:.0f} s, {time.process_time() - processor:.0f} s of processor"
    print(f"{len(tried):,} cells, {refused:,} of them turned away, {len(wrong)} not as declared; {seconds}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
