"""`python -m tests.mutation [module…]`: put faults into modules, one at a time, and say which ones no test notices.

The exit code is 1 if a fault survives that survivors.toml does not explain, or if one there is not a survivor any more.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutation.modules import GROUPS, MODULES, SHORT

TESTS = Path(__file__).parent.parent
EXPLAINED = Path(__file__).with_name("survivors.toml")
FAULTS_OF_SHORT = 6
"""Of each module."""


@dataclass(frozen=True)
class Result:
    """What became of the faults of one module, or of several."""

    noticed: int = 0
    faults: int = 0
    explained: int = 0
    """Of those that were not noticed."""
    report: str = ""
    """What is wrong, in lines; empty: nothing."""

    def __str__(self) -> str:
        share = f"{100 * self.noticed / self.faults:.0f} %" if self.faults else "none"
        return f"{self.noticed} of {self.faults} noticed ({share}), {self.explained} more explained"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="module", help="for example forum.models.tokens; all without one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="some faults of some modules: shows that it runs")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.in_this_process:
        print(json.dumps(asdict(try_module(options.modules[0], is_short=options.short))))
        return 0
    names = options.modules or (SHORT if options.short else list(MODULES))
    if unknown := [name for name in names if name not in MODULES]:
        parser.error(f"not among those of modules.py: {', '.join(unknown)}")
    with ThreadPoolExecutor(options.processes) as pool:
        results = dict(zip(names, pool.map(lambda name: _in_a_process(name, options.short), names), strict=True))
    for group, modules in GROUPS.items():
        if own := [result for name, result in results.items() if name in modules]:
            print(f"{group}: {_sum(own)}")
    return int(any(result.report for result in results.values()))


def _in_a_process(name: str, is_short: bool) -> Result:
    """Try one module in a process of its own, and say at once what became of its faults."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.mutation", "--in-this-process", *(["--short"] if is_short else []), name]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    problem = f"\n  it ended with {ran.returncode}: {ran.stdout}"
    result = Result(report=problem) if ran.returncode else Result(**json.loads(ran.stdout.splitlines()[-1]))
    print(f"{name}: {result}, {time.monotonic() - began:.0f} s{result.report}", flush=True)
    return result


def _sum(results: Sequence[Result]) -> Result:
    return Result(*(sum(getattr(result, name) for result in results) for name in ("noticed", "faults", "explained")))


def explained(name: str) -> dict[str, str]:
    """Return the survivors of a module that are known, with the reason why nobody can notice them."""
    rows = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")).get("survivor", [])
    return {row["fault"]: row["reason"] for row in rows if row["module"] == name}


def try_module(name: str, *, is_short: bool) -> Result:
    """Put each fault into a module, and run its tests."""
    import pytest

    from tests.mutation.runner import NOTICED, SURVIVED, UNREACHED, Runner

    runner = Runner(name, slice(None, FAULTS_OF_SHORT) if is_short else slice(None))
    quiet = ("-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:slipcover", "-n", "0")
    quick = ("--assert=plain", "--tb=short")  # what a failure says is not read
    paths = [str(TESTS / part) if part.startswith(("forum", "sessions")) else part for part in MODULES[name]]
    os.environ.pop("PYTEST_ADDOPTS", None)
    status = pytest.main([*quiet, *quick, *paths], plugins=[runner])
    if runner.problem or status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return Result(report=f"\n  {(runner.problem or repr(status))[-3000:]}")
    noticed = len(runner.outcomes[NOTICED])
    survivors = {mutant.key: mutant for kind in (SURVIVED, UNREACHED) for mutant in runner.outcomes[kind]}
    known = explained(name)
    new = [mutant for key, mutant in survivors.items() if key not in known]
    lines = [f"{mutant.path.name}:{mutant.lines.start} survives: {mutant.key}" for mutant in new]
    lines += [] if is_short else [f"not a survivor any more: {key}" for key in known if key not in survivors]
    report = "".join(f"\n  {line}" for line in lines)
    return Result(noticed, noticed + len(survivors), len(survivors) - len(new), report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
