"""Compile the libraries in C that stand between the app and its machine, and load them into its processes."""

import subprocess
from functools import cache
from pathlib import Path

from tests.services import temporary_for_this_process

SOURCES = Path(__file__).parent


@cache
def library(name: str) -> Path:
    """Return the path of a library, for LD_PRELOAD."""
    built = temporary_for_this_process("preload") / f"{name}.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(built), str(SOURCES / f"{name}.c")]
    subprocess.run(command, check=True, timeout=60)
    return built
