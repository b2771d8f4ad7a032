"""Functions that make editions in tests: they run the queued tasks, and replace the child process."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from forum.server import disk
from sessions.models import Edition
from sessions.proceedings import content, formats, jobs, pdf

PRINTS_HTML = """
import sys, time, pathlib
sys.stdin.readline()
for n in range(5, 100, 5):
    print('percent', n, flush=True)
pathlib.Path(sys.argv[1], 'book.pdf').write_bytes(pathlib.Path(sys.argv[1], 'book.html').read_bytes())
print('pages 1')
"""
"""A child process whose PDF is the HTML, to read what was printed."""


def replace_child(monkeypatch: pytest.MonkeyPatch, script: str, directory: Path) -> None:
    """Run this script in place of the child process, written to a directory."""
    path = directory / "child.py"
    path.write_text(script)

    def with_script(real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return real(*args, **{"seconds": 1, **kwargs, "script": path})

    for name in ("render_pdf", "find_printable"):
        monkeypatch.setattr(pdf, name, partial(with_script, getattr(pdf, name)))


def queued_arguments() -> list[list[int]]:
    """Return the arguments of the waiting tasks."""
    return [task.args_kwargs["args"] for task in DBTaskResult.objects.ready()]


def run_tasks() -> int:
    """Run the waiting tasks, as the worker does; return their number."""
    tasks = list(DBTaskResult.objects.ready())
    for task in tasks:
        task.claim("worker")
        task.task.call(*task.args_kwargs["args"])
        task.set_successful(None)
    return len(tasks)


def during_printing(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Call `act` with each percentage before it is saved in the edition."""
    handle = jobs.EditionProgress.__call__

    def act_and_handle(progress: jobs.EditionProgress, percent: int) -> None:
        act(percent)
        handle(progress, percent)

    monkeypatch.setattr(jobs.EditionProgress, "__call__", act_and_handle)


def make_ready(edition: Edition, **reports: list[int]) -> Edition:
    """Make an edition ready in all its formats; its PDF is a stub. `reports`: numbers finished, draft and missing."""
    pdf_stub = b"%PDF-1.7"
    disk.write_file(edition.path, pdf_stub)
    for name, file in formats.make_formats(content.read_book(edition.forum, edition.number), pdf_stub).items():
        disk.write_file(edition.formats_directory / name, file)
    edition.begin()
    edition.finish(pages=1, size=8, contents={"finished": [], "draft": [], "missing": []} | reports)
    return edition


def edition_states() -> list[str]:
    return list(Edition.objects.order_by("number").values_list("state", flat=True))


def kept_pdfs() -> list[str]:
    return sorted(path.name for path in Edition.objects.latest("number").path.parent.glob("*.pdf"))
