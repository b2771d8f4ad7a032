"""Run the tests of one module against each of its faults: a plugin of pytest, whose process forks for each."""

import contextlib
import gc
import os
import shutil
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Mutant, mutants_of

NOTICED, SURVIVED, UNREACHED, NOT_PUT = "noticed", "survived", "unreached", "not put"


class Runner:
    """Takes the place of pytest's loop over the tests."""

    def __init__(self, name: str, chosen: slice) -> None:
        self.module_name, self.chosen = name, chosen
        self.outcomes: dict[str, list[Mutant]] = defaultdict(list)
        self.problem = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        module = import_module(self.module_name)
        path = Path(str(module.__file__))
        mutants = mutants_of(path)[self.chosen]
        lines, seconds = self._run_unchanged(session.items, path)
        if self.problem:
            return True
        tests_of = {
            mutant.lines: [item for item in seconds if not mutant.is_in_function or lines[item] & set(mutant.lines)]
            for mutant in mutants
        }
        self._fork_for_each(mutants, module, path, tests_of, seconds)
        return True

    def _run_unchanged(
        self, items: list[pytest.Item], path: Path
    ) -> tuple[dict[pytest.Item, set[int]], dict[pytest.Item, float]]:
        """Run the tests as they are. Return the lines of the module that each runs, and how long it takes."""
        lines: dict[pytest.Item, set[int]] = {}
        seconds: dict[pytest.Item, float] = {}
        for item, following in zip(items, (*items[1:], items[0]), strict=True):  # never the last: what all use stays
            began = time.monotonic()
            with _traced(str(path)) as ran:
                reports = runtestprotocol(item, nextitem=following, log=False)
            if failed := [report for report in reports if report.failed]:
                self.problem = f"{item.nodeid} fails without any fault:\n{failed[0].longreprtext}"
                break
            lines[item], seconds[item] = ran, time.monotonic() - began
        return lines, dict(sorted(seconds.items(), key=lambda pair: pair[1]))

    def _fork_for_each(
        self,
        mutants: list[Mutant],
        module: Any,
        path: Path,
        tests_of: dict[range, list[pytest.Item]],
        seconds: dict[pytest.Item, float],
    ) -> None:
        from django.conf import settings
        from django.db import connections

        from tests.mutation.in_place import live_functions

        database = Path(settings.DATABASES["default"]["NAME"])
        connections.close_all()
        clean = database.with_suffix(".clean")
        if uses_database := database.exists():
            shutil.copyfile(database, clean)
        functions = live_functions(path)
        gc.freeze()  # or each child would copy what it shares with this process, to look for garbage in it
        for mutant in mutants:
            tests = tests_of[mutant.lines]
            if not tests:
                self.outcomes[UNREACHED].append(mutant)
                continue
            if uses_database:
                shutil.copyfile(clean, database)
            limit = int(10 + 10 * sum(seconds[item] for item in tests))
            outcome = _in_a_fork(lambda: _run(mutant, module, functions, tests), limit)  # noqa: B023 called at once
            self.outcomes[outcome].append(mutant)


def _in_a_fork(run: Any, limit: int) -> str:
    """Return what a child process found; one that crashes or takes too long has noticed the fault."""
    child = os.fork()
    if child == 0:
        signal.alarm(limit)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            os._exit(run())
        except BaseException:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    return {0: SURVIVED, 3: NOT_PUT}.get(os.waitstatus_to_exitcode(status), NOTICED)


def _run(mutant: Mutant, module: Any, functions: Any, tests: list[pytest.Item]) -> int:
    from tests.mutation.in_place import CannotApply, put

    try:
        put(mutant, module, functions)
    except CannotApply:
        return 3
    tests[0].session._setupstate.teardown_exact(tests[0])
    for item, following in zip(tests, (*tests[1:], tests[0]), strict=True):
        if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
            return 1
    return 0


@contextlib.contextmanager
def _traced(path: str) -> Iterator[set[int]]:
    """Collect the lines of a file that run in the block, in any thread."""
    ran: set[int] = set()

    def in_file(frame: FrameType, event: str, _argument: Any) -> Any:
        ran.add(frame.f_lineno)
        return in_file

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return in_file(frame, event, argument) if frame.f_code.co_filename == path else None

    former = sys.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        yield ran
    finally:
        sys.settrace(former)
        threading.settrace(former)
