"""Fixed conditions of a run: the clock, the secrets, the address, the database, the tasks."""

import base64
import hashlib
import random
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import time_machine
from django.apps import apps
from django.core.management import call_command
from django.test import override_settings

HOST = "forum.test"
BEGIN = "2019-11-14T08:00:00+00:00"
"""Start of the clock; in the past, so that no file on the disk is older."""
CODE, EPOCH = "H7KQ4MT", "0a1b2c3d"
SETTINGS = {
    "PUBLIC_URL": f"http://{HOST}",
    "ALLOWED_HOSTS": [HOST],
    "SECRET_KEY": "surface",
    "TASKS": {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}},
}


class Clock:
    """The time of the app, which only `forward` changes."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def forward(self, seconds: int) -> None:
        self._traveller.shift(seconds)


@contextmanager
def fixed() -> Iterator[Clock]:
    """Set the conditions, with an empty, migrated database. Django must be set up on `tests.settings`."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(**SETTINGS))
        for name, replacement in _secrets().items():
            stack.enter_context(patch.object(secrets, name, replacement))
        traveller = stack.enter_context(time_machine.travel(BEGIN, tick=False))
        call_command("migrate", verbosity=0)
        yield Clock(traveller)


def _secrets() -> dict[str, Callable[..., object]]:
    """Return replacements for functions of the `secrets` module; each result depends on its number and size alone."""
    drawn: Counter[tuple[str, int]] = Counter()

    def digest(kind: str, size: int) -> bytes:
        drawn[kind, size] += 1
        return hashlib.shake_256(f"{kind} {size} {drawn[kind, size]}".encode()).digest(size)

    return {
        "token_hex": lambda size=32: digest("hex", size).hex(),
        "token_urlsafe": lambda size=32: "s" + base64.urlsafe_b64encode(digest("url", size)).decode().rstrip("=")[1:],
        "choice": random.Random(2019).choice,
    }


def forums() -> Any:
    """Return the model Forum, wherever it is defined."""
    return next(model for model in apps.get_models() if model.__name__ == "Forum")


def fix_forum(code: str) -> None:
    """Replace the random code and epoch of a forum by CODE and EPOCH."""
    forums().objects.filter(code=code).update(code=CODE, epoch=EPOCH)


STUB = """
import pathlib, shutil, sys

if sys.stdin.readline() == "print\\n":
    shutil.copy("book.html", sys.argv[1])
    pathlib.Path("book.pdf").write_bytes(b"%PDF-1.7")
    print("pages 1")
"""
"""A child process in the place of the one that prints: it answers in the same way, and copies its page."""


def run_tasks() -> list[str]:
    """Run the waiting tasks, as the worker does. Return the HTML of each document.

    The documents are not printed, which would take half a minute.
    """
    from django_tasks import default_task_backend

    pages: list[Path] = []

    class Child(subprocess.Popen[Any]):
        def __init__(self, _command: object, **options: Any) -> None:
            pages.append(Path(directory) / f"{len(pages)}.html")
            super().__init__([sys.executable, "-c", STUB, pages[-1]], **options)

    queue: Any = default_task_backend
    waiting = queue.results
    with tempfile.TemporaryDirectory() as directory, patch.object(subprocess, "Popen", Child):
        while waiting:
            result = waiting.pop(0)
            result.task.call(*result.args, **result.kwargs)
        return [page.read_text(encoding="utf-8") for page in pages]
