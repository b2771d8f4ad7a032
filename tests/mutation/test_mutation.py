"""Faults reach what libraries for it leave out, and a short run of the command."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.in_place import live_functions, put
from tests.mutation.mutants import mutants_of

Load = Callable[[], ModuleType]
SOURCE = '''
from contextlib import contextmanager

LIMITS = {"join": dict(most=3)}
SECONDS = 5
MINUTES = [SECONDS]

def wait(seconds=SECONDS):
    return seconds

class Room:
    """Somewhere."""

    SEATS = 2

    def __init__(self, people):
        self.people = people

    @property
    def is_full(self):
        return self.people >= self.SEATS

    @classmethod
    def empty(cls):
        return cls(0)

@contextmanager
def entered(room):
    room.people += 1
    yield room

def counter(start):
    def count():
        """Count on."""
        return start + 1
    return count

count_from_five = counter(5)
'''


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Return a function that loads SOURCE as a module, anew each time."""
    path = tmp_path / "room.py"
    path.write_text(SOURCE, encoding="utf-8")

    def import_it() -> ModuleType:
        spec = importlib.util.spec_from_file_location("tests.room", path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return import_it


def seen(module: ModuleType) -> object:
    """Return all that somebody who uses the module can see."""
    try:
        with module.entered(module.Room(1)) as room:
            counted = module.count_from_five(), module.counter(1)()
            return (
                room.people,
                room.is_full,
                module.Room.empty().people,
                module.LIMITS,
                counted,
                module.wait(),
                module.MINUTES,
            )
    except Exception as error:
        return repr(error)


def test_faults_reach_properties_class_methods_context_managers_closures_defaults_and_tables(load: Load) -> None:
    path = Path(str(load().__file__))
    faulty = [(mutant, load()) for mutant in mutants_of(path)]
    functions = live_functions(path)
    unseen = []
    for mutant, module in faulty:
        own = {key: [one for one in found if one.__globals__ is vars(module)] for key, found in functions.items()}
        put(mutant, module, own)
        if seen(module) == seen(load()):
            unseen.append(mutant.key)
    assert unseen == []
    assert {mutant.where for mutant, _module in faulty} == {
        "module", "wait", "Room", "Room.__init__", "Room.is_full", "Room.empty", "entered", "counter", "counter.count",
    }  # fmt: skip


def test_a_short_run_finds_each_fault_noticed_or_explained() -> None:
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "tests.mutation", "--short"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "forum.models.tokens: 6 of 6 noticed (100 %), 0 more explained" in done.stdout
