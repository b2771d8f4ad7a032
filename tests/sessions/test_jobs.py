import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from forum.models import Actor, Forum, JournalEntry
from sessions import jobs
from sessions.models import Edition, Group
from sessions.models.report import report_of
from sessions.proceedings import pdf

Ask = Callable[[], Edition]


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def ask(forum: Forum, chair: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Ask:
    """Ask for an edition, as a page does: its task is kept when the request's transaction is."""

    def asking() -> Edition:
        with django_capture_on_commit_callbacks(execute=True):
            return jobs.ask_edition(forum, chair)

    return asking


def waiting() -> list[list[int]]:
    """What the tasks that wait would make."""
    return [task.args_kwargs["args"] for task in DBTaskResult.objects.ready()]


def work() -> None:
    """What the worker does, once for each waiting task."""
    for task in DBTaskResult.objects.ready():
        task.claim("worker")
        task.task.call(*task.args_kwargs["args"])
        task.set_successful(None)


def renderer(monkeypatch: pytest.MonkeyPatch, script: str, tmp_path: Path) -> None:
    """Put another program in the place of the child process."""
    path = tmp_path / "renderer.py"
    path.write_text(script)
    real = pdf.render_pdf
    monkeypatch.setattr(
        pdf, "render_pdf", lambda *given, **named: real(*given, **{"seconds": 1, **named, "renderer": path})
    )


CRASH = "import sys\nprint('percent 40', flush=True)\nsys.exit('torn page')"


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_the_edition_that_was_asked_for(forum: Forum, group: Group, ask: Ask) -> None:
    report = report_of(group)
    report.write({"findings": "46 °C en juin"}, report.bases(), Actor())
    edition = ask()
    assert (edition.number, edition.state) == (1, Edition.State.QUEUED)
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
    edition.refresh_from_db()
    assert edition.state == Edition.State.READY
    assert (edition.percent, edition.reason) == (100, "")
    file = edition.path.read_bytes()
    reader = pypdf.PdfReader(io.BytesIO(file))
    assert (edition.size, edition.pages) == (len(file), len(reader.pages))
    assert "46 °C en juin" in " ".join(page.extract_text() for page in reader.pages)
    assert edition.ready_at is not None
    written = JournalEntry.objects.get(forum=forum, verb="asked for an edition").revision
    assert written <= edition.revision < JournalEntry.objects.get(forum=forum, verb="finished an edition").revision
    assert [path.name for path in edition.path.parent.iterdir()] == ["1.pdf"]


def test_progress_is_shown_while_the_edition_is_made(
    forum: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(
        monkeypatch,
        "import sys, pathlib\nfor n in range(5, 100, 5): print('percent', n)\n"
        "pathlib.Path(sys.argv[1], 'book.pdf').write_bytes(b'%PDF')\nprint('pages 3')",
        tmp_path,
    )
    shown: list[int] = []
    report = Edition.report

    def show(edition: Edition, **progress: int) -> None:
        shown.append(progress["percent"])
        report(edition, **progress)

    monkeypatch.setattr(Edition, "report", show)
    ask()
    work()
    assert shown == [1, 15, 25, 35, 45, 55, 65, 75, 85, 95]
    touched = JournalEntry.objects.filter(forum=forum, verb="made progress on an edition")
    assert {tuple(entry.touched) for entry in touched} == {("edition",)}


def test_asking_twice_makes_one_edition(ask: Ask) -> None:
    assert ask() == ask()
    assert waiting() == [[Edition.objects.get().pk]]


def test_an_edition_asked_for_while_another_is_made_waits_for_its_turn(ask: Ask) -> None:
    first = ask()
    first.begin()
    second = ask()
    assert (second.number, second.state) == (2, Edition.State.QUEUED)
    assert waiting() == [[first.pk], [second.pk]]


def test_a_task_that_comes_twice_makes_its_edition_once(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = ask()
    edition.begin()
    monkeypatch.setattr(pdf, "render_pdf", None)
    work()
    edition.refresh_from_db()
    assert edition.state == Edition.State.RENDERING


def test_an_edition_whose_task_was_lost_starts_when_asked_again(ask: Ask) -> None:
    edition = ask()
    DBTaskResult.objects.all().delete()
    assert ask() == edition
    assert waiting() == []
    Edition.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    assert ask() == edition
    assert waiting() == [[edition.pk]]


def test_an_edition_whose_worker_died_gives_way_to_a_new_one(forum: Forum, ask: Ask) -> None:
    dead = ask()
    dead.begin()
    JournalEntry.objects.filter(forum=forum).update(at=timezone.now() - timedelta(minutes=3))
    assert not dead.is_stuck
    JournalEntry.objects.filter(forum=forum).update(at=timezone.now() - timedelta(minutes=5))
    assert dead.is_stuck
    new = ask()
    dead.refresh_from_db()
    assert (dead.state, new.number, new.state) == (Edition.State.FAILED, 2, Edition.State.QUEUED)
    assert dead.reason != ""


def test_what_was_under_way_when_the_server_stopped_is_taken_up_again(
    forum: Forum, ask: Ask, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    dead = ask()
    dead.begin()
    DBTaskResult.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        jobs.take_up_again()
    dead.refresh_from_db()
    assert dead.state == Edition.State.FAILED
    new = Edition.objects.get(state=Edition.State.QUEUED)
    assert waiting()[0] == [new.pk]


@pytest.mark.parametrize(
    ("script", "attempts", "reason"),
    [
        (CRASH, 2, "The PDF could not be made; the worker’s log says why."),
        ("import time\ntime.sleep(30)", 2, "The PDF took more than 120 seconds and was stopped."),
        ("import sys\nsys.exit(4)", 2, "The PDF needed more memory than it may take (2048 MB)."),
        ("import sys\nsys.exit(3)", 1, "sudo apt install libpango"),
    ],
    ids=["crash", "hang", "memory", "libraries"],
)
def test_a_failure_is_retried_once_then_told_and_the_last_good_edition_stays(
    forum: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, attempts: int, reason: str
) -> None:
    Forum.objects.filter(pk=forum.pk).update(language="en")
    good = Edition.objects.create(forum=forum, number=1, state=Edition.State.READY)
    good.path.parent.mkdir(parents=True)
    good.path.write_bytes(b"%PDF good")
    tries = tmp_path / "tries"
    renderer(monkeypatch, f"open({str(tries)!r}, 'a').write('x')\n{script}", tmp_path)
    edition = ask()
    work()
    edition.refresh_from_db()
    assert edition.state == Edition.State.FAILED
    assert reason in edition.reason
    assert tries.read_text() == "x" * attempts
    assert Edition.objects.filter(forum=forum).good().first() == good
    assert [path.name for path in good.path.parent.iterdir()] == ["1.pdf"]
    assert good.path.read_bytes() == b"%PDF good"


def test_a_disk_that_refuses_the_file_is_told(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings, forum: Forum
) -> None:
    Forum.objects.filter(pk=forum.pk).update(language="en")
    (tmp_path / "full").write_text("a file where a directory should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    renderer(
        monkeypatch,
        "import sys, pathlib\npathlib.Path(sys.argv[1], 'book.pdf').write_bytes(b'%PDF')\nprint('pages 3')",
        tmp_path,
    )
    edition = ask()
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (Edition.State.FAILED, "The file could not be written: Not a directory.")


def test_a_new_edition_can_be_asked_for_after_a_failure(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, CRASH, tmp_path)
    ask()
    work()
    assert (ask().number, len(waiting())) == (2, 1)
