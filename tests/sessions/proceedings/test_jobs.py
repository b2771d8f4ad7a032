"""Making an edition: the task, its progress, its failures and its restarts."""

import io
from pathlib import Path

import pypdf
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from forum.models import Actor, Facilitator, Forum, Group, JournalEntry, Participant, Topic
from forum.phases import Phase
from sessions.models import Edition, Report
from sessions.proceedings import (
    jobs,
    pdf,
    pdf_process,
    spreadsheet,
)
from sessions.proceedings.book import Book
from tests.conftest import ClientFor, move
from tests.sessions.proceedings.conftest import RequestEdition
from tests.sessions.proceedings.editions import (
    PRINTS_HTML,
    during_printing,
    queued_arguments,
    replace_child,
    run_tasks,
)

pytestmark = pytest.mark.usefixtures("media_directory")


CRASHES = "import sys\nprint('percent 40', flush=True)\nsys.exit('torn page')"


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_the_edition_that_was_requested(
    forum: Forum, group: Group, request_edition: RequestEdition
) -> None:
    report = Report.for_group(group)
    report.write({"findings": "46 °C en juin"}, report.bases(), Actor())
    edition = request_edition()
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
    requested = JournalEntry.objects.get(forum=forum, verb="asked for an edition").revision
    assert requested <= edition.revision < JournalEntry.objects.get(forum=forum, verb="finished an edition").revision
    assert sorted(path.name for path in edition.path.parent.iterdir()) == ["1", "1.pdf"]
    assert sorted(path.name for path in edition.formats_directory.iterdir()) == [
        "agenda.ics", "book.md", "book.odt", "data.json", "page.html", "preview.png", "site.zip", "words.txt",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_last_two_editions_have_their_zip_and_older_ones_their_pdf(
    forum: Forum, group: Group, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "render_pdf", lambda *_given, **_named: pdf_process.Pdf(b"%PDF-1.7", 1))
    for _ in range(3):
        request_edition()
        run_tasks()
    editions = forum.editions.ready()
    assert [(made.number, (made.formats_directory / "site.zip").exists(), made.path.exists()) for made in editions] == [
        (3, True, True), (2, True, True), (1, False, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "steps"), [(0, [10, 20, 30, 40, 50, 60, 70, 80, 90]), (60, [])], ids=["slow", "fast"]
)
def test_progress_is_shown_now_and_then_while_the_edition_is_made(
    forum: Forum,
    request_edition: RequestEdition,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    seconds: float,
    steps: list[int],
) -> None:
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", seconds)
    replace_child(
        monkeypatch,
        "import sys, pathlib\nfor n in range(5, 100, 5): print('percent', n)\n"
        "pathlib.Path(sys.argv[1], 'book.pdf').write_bytes(b'%PDF')\nprint('pages 3')",
        tmp_path,
    )
    shown: list[int] = []
    report = Edition.report_progress

    def show(edition: Edition, **progress: int) -> None:
        shown.append(progress["percent"])
        report(edition, **progress)

    monkeypatch.setattr(Edition, "report_progress", show)
    request_edition()
    run_tasks()
    assert shown == steps
    entries = JournalEntry.objects.filter(forum=forum, verb="made progress on an edition")
    assert [tuple(entry.invalidated) for entry in entries] == [("edition",)] * len(steps)


def test_a_task_that_runs_twice_makes_its_edition_once(
    request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = request_edition()
    edition.begin()
    monkeypatch.setattr(pdf, "render_pdf", None)
    run_tasks()
    edition.refresh_from_db()
    assert edition.state == Edition.State.RENDERING


@pytest.mark.parametrize(
    ("script", "attempts", "reason"),
    [
        (CRASHES, 4, "The PDF could not be made; the worker’s log says why."),
        ("import time\ntime.sleep(30)", 4, "The PDF took more than 120 seconds and was stopped."),
        ("import sys\nsys.exit(4)", 4, "The PDF needed more memory than it may take (2048 MB)."),
        ("import sys\nsys.exit(3)", 1, "sudo apt install libpango"),
    ],
    ids=["crash", "hang", "memory", "libraries"],
)
def test_an_edition_that_fails_has_a_reason_and_the_last_good_edition_stays(
    forum: Forum,
    request_edition: RequestEdition,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    script: str,
    attempts: int,
    reason: str,
) -> None:
    Forum.objects.filter(pk=forum.pk).update(language="en")
    good = Edition.objects.create(forum=forum, number=1, state=Edition.State.READY)
    good.path.parent.mkdir(parents=True)
    good.path.write_bytes(b"%PDF good")
    attempts_file = tmp_path / "attempts"
    replace_child(monkeypatch, f"open({str(attempts_file)!r}, 'a').write('x')\n{script}", tmp_path)
    edition = request_edition()
    run_tasks()
    edition.refresh_from_db()
    assert edition.state == Edition.State.FAILED
    assert reason in edition.reason
    assert attempts_file.read_text() == "x" * attempts
    assert Edition.objects.filter(forum=forum).ready().first() == good
    assert [path.name for path in good.path.parent.iterdir()] == ["1.pdf"]
    assert good.path.read_bytes() == b"%PDF good"


def test_a_file_that_cannot_be_written_is_the_reason(
    request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings, forum: Forum
) -> None:
    Forum.objects.filter(pk=forum.pk).update(language="en")
    (tmp_path / "full").write_text("a file where a directory should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    replace_child(
        monkeypatch,
        "import sys, pathlib\npathlib.Path(sys.argv[1], 'book.pdf').write_bytes(b'%PDF')\nprint('pages 3')",
        tmp_path,
    )
    edition = request_edition()
    run_tasks()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (Edition.State.FAILED, "The file could not be written: File exists.")


def test_a_new_edition_can_be_requested_after_a_failure(
    request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_child(monkeypatch, CRASHES, tmp_path)
    request_edition()
    run_tasks()
    assert (request_edition().number, len(queued_arguments())) == (2, 1)


def test_an_action_plan_that_fails_is_not_attached_and_the_pdf_is_made_all_the_same(
    group: Group, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_book: Book) -> bytes:
        raise ValueError("torn page")

    monkeypatch.setattr(spreadsheet, "action_plan_csv", fail)
    Report.for_group(group).add_action(Actor(), what="Planter", due_date=timezone.localdate())
    edition = request_edition()
    run_tasks()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (Edition.State.READY, "")
    reader = pypdf.PdfReader(edition.path)
    assert "Planter" in " ".join(page.extract_text() for page in reader.pages)
    assert list(reader.attachments) == []


FAILS_ON_BOMB = """
import os, pathlib, sys
workspace = pathlib.Path(sys.argv[1])
order = sys.stdin.readline().split()

def can_print(page):
    articles = (workspace / page).read_text().split("<article class=")[1:]
    return all("BOMB" not in article or article.startswith('"report flat"') for article in articles)

with open({log!r}, "a") as log:
    print(order[0], *[len(order) - 2] * (order[0] == "try"), file=log)
if order[0] == "try":
    for number in range(len(order) - 2):
        if can_print(f"{{number}}.html"):
            print("fine", number)
elif can_print("book.html"):
    (workspace / "book.pdf").write_bytes((workspace / "book.html").read_bytes())
    print("pages 1")
else:
    os.abort()
"""
"""A child process that fails on a word, except in a flat report, and logs its orders."""


def test_a_report_that_cannot_be_laid_out_is_plain_text_until_it_changes(
    forum: Forum, group: Group, request_edition: RequestEdition, camille: Facilitator, nadia: Participant,
    client_for: ClientFor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    orders = tmp_path / "orders"
    replace_child(monkeypatch, FAILS_ON_BOMB.format(log=str(orders)), tmp_path)
    report = Report.for_group(group)
    report.write({"findings": "- a BOMB"}, report.bases(), Actor())
    editions = []
    for text in (None, None, "- a word"):
        if text:
            report.write({"findings": text}, report.bases(), Actor())
        orders.unlink(missing_ok=True)
        request_edition()
        run_tasks()
        edition = Edition.objects.latest("number")
        editions.append((edition.state, edition.contents["plain"], orders.read_text().splitlines()))
    number = group.topic.number
    assert editions == [
        ("ready", [number], ["print", "try 2", "try 1", "print"]),
        ("ready", [number], ["print"]),
        ("ready", [], ["print"]),
    ]
    move(forum, Phase.GROUPS)
    pages = [client_for(reader).get(reverse("book", args=[forum.code])).content.decode() for reader in (camille, nadia)]
    assert [page.count("un texte n’a pas pu être mis en page") for page in pages] == [2, 0]


def test_a_line_break_in_a_title_of_a_restored_database_fails_no_format(
    forum: Forum, group: Group, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rows that were not written through the fields may have several lines."""
    replace_child(monkeypatch, PRINTS_HTML, tmp_path)
    Report.for_group(group).add_action(Actor(), what="Planter", due_date=timezone.localdate())
    Forum.objects.update(title="Rencontre\nannuelle\u2028de\x85la\x0bville", question="Quoi\r\nfaire ?")
    Topic.objects.update(title="Rafraîchir\nnos cours")
    edition = request_edition()
    run_tasks()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (Edition.State.READY, "")
    assert {"actions.csv", "actions.ics", "agenda.ics", "book.md", "book.odt", "site.zip"} <= {
        path.name for path in edition.formats_directory.iterdir()
    }
    calendar = (edition.formats_directory / "agenda.ics").read_text().replace("\n ", "")
    assert "NAME:Rencontre annuelle de la ville\n" in calendar


def test_a_change_early_in_the_printing_is_still_in_the_edition(
    group: Group, request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_child(monkeypatch, PRINTS_HTML, tmp_path)
    report = Report.for_group(group)
    written: list[object] = []

    def write_once(percent: int) -> None:
        if not written and percent == 30:
            written.append(report.write({"findings": "Trop chaud"}, report.bases(), Actor()))
            request_edition()

    during_printing(monkeypatch, write_once)
    edition = request_edition()
    run_tasks()
    assert [(row.number, row.state) for row in Edition.objects.all()] == [(edition.number, Edition.State.READY)]
    assert "Trop chaud" in edition.path.read_text()
    assert Edition.objects.get().contents == {
        "plain": [],
        "finished": [],
        "draft": [group.topic.number],
        "missing": [],
    }


def test_an_edition_is_finished_although_others_are_requested_again_and_again(
    request_edition: RequestEdition, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_child(monkeypatch, PRINTS_HTML, tmp_path)
    requested = []

    def request_again(percent: int) -> None:
        if percent == 20:
            requested.append(request_edition())

    during_printing(monkeypatch, request_again)
    request_edition()
    jobs.make_edition.call(Edition.objects.get().pk)
    assert len(requested) == jobs.MAX_RESTARTS + 1
    assert [row.state for row in Edition.objects.order_by("number")] == [Edition.State.READY, Edition.State.QUEUED]
