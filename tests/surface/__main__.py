"""`python -m tests.surface DIRECTORY`: write the surface of this tree into a new directory, see the package."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PARTS = ("wire", "book", "permissions")
"""Modules of this package, each of which writes its part in a process and a database of its own."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.surface", description=__doc__)
    parser.add_argument("directory", type=Path, help="is made, and must not be there")
    parser.add_argument("--part", choices=PARTS, help="only this one, into a directory that is there")
    asked = parser.parse_args()
    if asked.part:
        write(asked.part, asked.directory)
        return 0
    asked.directory.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.surface", asked.directory, "--part"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}  # sets of words keep their order from one run to the next
    processes = [subprocess.Popen([*command, part], env=environment) for part in PARTS]
    return max(process.wait() for process in processes)


def write(part: str, directory: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

    import django

    django.setup()

    from tests.surface import book, permissions, wire
    from tests.surface.world import fixed

    with fixed() as clock:
        {"wire": wire, "book": book, "permissions": permissions}[part].write(directory, clock)


if __name__ == "__main__":
    sys.exit(main())
