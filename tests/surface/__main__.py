"""`python -m tests.surface DIRECTORY`: write the surface of this tree into a new directory."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PARTS = ("wire", "book", "addresses")
"""Modules of this package, which write their parts in separate processes with separate databases."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.surface", description=__doc__)
    parser.add_argument("directory", type=Path, help="is made, and must not be there")
    parser.add_argument("--part", choices=PARTS, help="only this one, into a directory that is there")
    options = parser.parse_args()
    if options.part:
        write(options.part, options.directory)
        return 0
    options.directory.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.surface", options.directory, "--part"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}  # sets of strings have the same order in each run
    processes = [subprocess.Popen([*command, part], env=environment) for part in PARTS]
    return max(process.wait() for process in processes)


def write(part: str, directory: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

    import django

    django.setup()

    from tests.surface import addresses, book, wire
    from tests.surface.world import fixed

    with fixed() as clock:
        {"wire": wire, "book": book, "addresses": addresses}[part].write(directory, clock)


if __name__ == "__main__":
    sys.exit(main())
