import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pypdf
import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from forum.models import Actor, Facilitator, Feedback, Forum, Group, JournalEntry, Participant, Topic
from forum.phases import Phase
from sessions.media.images import Drawn
from sessions.models import Comment, Edition, Imprint, Photo
from sessions.models.report import report_of
from sessions.proceedings import jobs, pdf, preview, spreadsheet, variants, website
from sessions.proceedings.book import Book
from tests.conftest import ClientFor
from tests.words import text_of

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
    for name in ("render_pdf", "judge"):
        real = getattr(pdf, name)
        ours = partial(lambda real, *given, **named: real(*given, **{"seconds": 1, **named, "script": path}), real)
        monkeypatch.setattr(pdf, name, ours)


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
    assert sorted(path.name for path in edition.path.parent.iterdir()) == ["1", "1.pdf"]
    assert sorted(path.name for path in edition.shelf.iterdir()) == [
        "agenda.ics", "book.md", "book.odt", "data.json", "page.html", "preview.png", "site.zip", "words.txt",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_last_two_editions_have_their_zip_and_older_ones_their_pdf(
    forum: Forum, group: Group, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "render_pdf", lambda *_given, **_named: pdf.Pdf(b"%PDF-1.7", 1))
    for _ in range(3):
        ask()
        work()
    made = forum.editions.good()
    assert [(edition.number, (edition.shelf / "site.zip").exists(), edition.path.exists()) for edition in made] == [
        (3, True, True), (2, True, True), (1, False, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "steps"), [(0, [10, 20, 30, 40, 50, 60, 70, 80, 90]), (60, [])], ids=["slowly made", "at once"]
)
def test_progress_is_shown_now_and_then_while_the_edition_is_made(
    forum: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, seconds: float, steps: list[int]
) -> None:
    monkeypatch.setattr(jobs, "EVERY_SECONDS", seconds)
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
    assert shown == steps
    touched = JournalEntry.objects.filter(forum=forum, verb="made progress on an edition")
    assert [tuple(entry.invalidated) for entry in touched] == [("edition",)] * len(steps)


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
        (CRASH, 4, "The PDF could not be made; the worker’s log says why."),
        ("import time\ntime.sleep(30)", 4, "The PDF took more than 120 seconds and was stopped."),
        ("import sys\nsys.exit(4)", 4, "The PDF needed more memory than it may take (2048 MB)."),
        ("import sys\nsys.exit(3)", 1, "sudo apt install libpango"),
    ],
    ids=["crash", "hang", "memory", "libraries"],
)
def test_a_book_that_nothing_helps_is_told_and_the_last_good_edition_stays(
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


# Whatever people wrote

TOUCHY = """
import os, pathlib, sys
place = pathlib.Path(sys.argv[1])
order = sys.stdin.readline().split()

def bears(page):
    articles = (place / page).read_text().split("<article class=")[1:]
    return all("BOMB" not in article or article.startswith('"report flat"') for article in articles)

with open({tries!r}, "a") as tries:
    print(order[0], *[len(order) - 2] * (order[0] == "try"), file=tries)
if order[0] == "try":
    for number in range(len(order) - 2):
        if bears(f"{{number}}.html"):
            print("fine", number)
elif bears("book.html"):
    (place / "book.pdf").write_bytes((place / "book.html").read_bytes())
    print("pages 1")
else:
    os.abort()
"""
"""A renderer that breaks on a word, unless it is plain text."""


def test_a_report_that_breaks_the_book_is_told_as_plain_text_until_it_changes(
    forum: Forum, group: Group, ask: Ask, camille: Facilitator, nadia: Participant, client_for: ClientFor,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    tries = tmp_path / "tries"
    renderer(monkeypatch, TOUCHY.format(tries=str(tries)), tmp_path)
    report = report_of(group)
    report.write({"findings": "- a BOMB"}, report.bases(), Actor())
    seen = []
    for text in (None, None, "- a word"):
        if text:
            report.write({"findings": text}, report.bases(), Actor())
        tries.unlink(missing_ok=True)
        ask()
        work()
        made = Edition.objects.latest("number")
        seen.append((made.state, made.contents["plain"], tries.read_text().splitlines()))
    number = group.topic.number
    assert seen == [
        ("ready", [number], ["print", "try 2", "try 1", "print"]),
        ("ready", [number], ["print"]),
        ("ready", [], ["print"]),
    ]
    pages = [client_for(who).get(reverse("book", args=[forum.code])).content.decode() for who in (camille, nadia)]
    assert [page.count("un texte n’a pas pu être mis en page") for page in pages] == [2, 0]


def test_a_line_break_in_a_title_that_a_database_brings_fails_no_form(
    forum: Forum, group: Group, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Fields take one line; a copy that is put back, or rows that something else wrote, may hold several."""
    renderer(monkeypatch, SLOW, tmp_path)
    report_of(group).add_action(Actor(), what="Planter", due_date=timezone.localdate())
    Forum.objects.update(title="Rencontre\nannuelle\u2028de\x85la\x0bville", question="Quoi\r\nfaire ?")
    Topic.objects.update(title="Rafraîchir\nnos cours")
    edition = ask()
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (Edition.State.READY, "")
    assert {"actions.csv", "actions.ics", "agenda.ics", "book.md", "book.odt", "site.zip"} <= {
        path.name for path in edition.shelf.iterdir()
    }
    calendar = (edition.shelf / "agenda.ics").read_text().replace("\n ", "")
    assert "NAME:Rencontre annuelle de la ville\n" in calendar


# One form among others

FORMS = ("book.odt", "book.md", "actions.csv", "actions.ics", "agenda.ics", "data.json", "page.html", "preview.png",
         "site.zip")  # fmt: skip
MAKERS = {"page.html": (website, "fragment"), "preview.png": (preview, "as_png"), "site.zip": (website, "archive")}
"""Of the forms that are no variants."""


def break_form(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """Let the maker of one form raise."""

    def refuse(*_given: object) -> bytes:
        raise error

    if name in variants.VARIANTS:
        monkeypatch.setitem(variants.VARIANTS, name, replace(variants.VARIANTS[name], make=refuse))
    else:
        monkeypatch.setattr(*MAKERS[name], refuse)


@pytest.fixture
def planned(forum: Forum, group: Group) -> Forum:
    """A published forum whose book has every form: a group planned something for a day."""
    report_of(group).add_action(Actor(), what="Planter", due_date=timezone.localdate())
    report_of(group).finish(Actor())
    Imprint.of(forum).publish(Actor(), is_public=True, is_listed=False)
    return forum


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_fails_takes_no_other_one_with_it(
    planned: Forum, ask: Ask, client_for: ClientFor, theo: Participant, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, form: str,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    break_form(monkeypatch, form, ValueError("torn page"))
    edition = ask()
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.reason, edition.unmade) == (Edition.State.READY, "", {form: "crash"})
    assert {path.name for path in edition.shelf.iterdir()} == {*FORMS, "words.txt"} - {form}
    reader, stranger = client_for(theo), client_for(None)
    with translation.override("fr"):
        line = f"<li>{variants.label_of(form)} · le journal de l’application dit pourquoi</li>"
    for client, address in ((reader, "book/"), (stranger, "public/")):
        answer = client.get(f"/{planned.code}/{address}")
        assert (answer.status_code, line in answer.content.decode()) == (200, True)
    is_page = form == "page.html"
    for client, address in (
        (reader, f"book/1/{'' if is_page else form}"),
        (stranger, f"public/{'read/' if is_page else form}"),
    ):
        answer = client.get(f"/{planned.code}/{address}")
        assert answer.status_code == 404
        assert "Cette forme de l’édition 1 n’a pas pu être faite" in text_of(answer)
        others = [f'href="/{planned.code}/{address.partition("/")[0]}/{"1/" if client is reader else ""}{name}"'
                  for name in ("book.pdf", *FORMS) if name not in (form, "page.html", "preview.png")]  # fmt: skip
        assert [link for link in others if link not in answer.content.decode()] == []


def test_the_reason_why_a_form_is_missing_is_told_in_the_reader_s_language(
    planned: Forum, ask: Ask, client_for: ClientFor, theo: Participant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    break_form(monkeypatch, "book.odt", MemoryError())
    ask()
    work()
    client = client_for(theo)
    client.cookies["django_language"] = "en"
    assert "To go on writing (OpenDocument) · there was not enough memory" in text_of(
        client.get(f"/{planned.code}/book/")
    )


def test_the_archive_says_what_is_missing_from_it(
    planned: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    break_form(monkeypatch, "book.odt", MemoryError())
    break_form(monkeypatch, "page.html", ValueError("torn page"))
    edition = ask()
    work()
    with zipfile.ZipFile(edition.shelf / "site.zip") as parts:
        names, page = set(parts.namelist()), parts.read("index.html").decode()
    files = {"book.pdf", "book.md", "actions.csv", "actions.ics", "agenda.ics", "data.json"}
    assert {name for name in names if "/" not in name} == {"index.html", *files}
    assert [name for name in (*files, "book.odt") if f'<a href="{name}">' in page] == [*files]
    assert "Pour continuer à écrire (OpenDocument) · la mémoire n’a pas suffi" in page
    assert "Quelles coopérations pour accélérer les transitions" in page


def test_a_form_that_failed_is_tried_again_after_the_pdf_and_with_the_next_edition(
    planned: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    fails = iter((True, False, True, True, False))
    """The first time beside the PDF alone, the second time after it too, the third time not at all."""

    def make(_book: Book) -> bytes:
        if next(fails):
            raise OSError(28, "No space left on device")
        return b"odt"

    monkeypatch.setitem(variants.VARIANTS, "book.odt", replace(variants.VARIANTS["book.odt"], make=make))
    for _ in range(3):
        ask()
        work()
    assert [edition.unmade for edition in Edition.objects.order_by("number")] == [{}, {"book.odt": "disk"}, {}]


def test_a_form_for_which_the_disk_has_no_room_takes_no_other_one_with_it(
    planned: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    keep_file = jobs.keep_file

    def refuse_the_archive(path: Path, file: bytes) -> None:
        if path.name == "site.zip":
            raise OSError(28, "No space left on device")
        keep_file(path, file)

    monkeypatch.setattr(jobs, "keep_file", refuse_the_archive)
    edition = ask()
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.unmade) == (Edition.State.READY, {"site.zip": "disk"})
    assert {path.name for path in edition.shelf.iterdir()} == {*FORMS, "words.txt"} - {"site.zip"}


def test_a_table_of_actions_that_fails_is_not_joined_to_the_pdf_which_is_there(
    planned: Forum, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_book: Book) -> bytes:
        raise ValueError("torn page")

    monkeypatch.setattr(spreadsheet, "action_plan", refuse)
    edition = ask()
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.reason) == (Edition.State.READY, "")
    reader = pypdf.PdfReader(edition.path)
    assert "Planter" in " ".join(page.extract_text() for page in reader.pages)
    assert list(reader.attachments) == []


def test_facilitators_see_on_the_desk_that_a_form_is_missing_and_ask_for_another_edition_where_it_would_be(
    planned: Forum, ask: Ask, client_for: ClientFor, camille: Facilitator, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    break_form(monkeypatch, "book.odt", ValueError("torn page"))
    ask()
    work()
    desk = client_for(camille)
    assert "Certaines de ses formes n’ont pas pu être faites" in text_of(desk.get(f"/{planned.code}/desk/"))
    assert f'action="/{planned.code}/book/ask/"' in desk.get(f"/{planned.code}/book/1/book.odt").content.decode()


# Always ready

SLOW = """
import sys, time, pathlib
for n in range(5, 100, 5):
    print('percent', n, flush=True)
pathlib.Path(sys.argv[1], 'book.pdf').write_bytes(pathlib.Path(sys.argv[1], 'book.html').read_bytes())
print('pages 1')
"""
"""A renderer whose PDF is the page itself, to see what was read."""


def states() -> list[str]:
    return list(Edition.objects.order_by("number").values_list("state", flat=True))


def files() -> list[str]:
    """The PDFs that are kept."""
    return sorted(path.name for path in Edition.objects.latest("number").path.parent.glob("*.pdf"))


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Let something happen while the book is printed, at each percent."""
    hear = jobs.Progress.__call__

    def act_and_hear(progress: jobs.Progress, percent: int) -> None:
        act(percent)
        hear(progress, percent)

    monkeypatch.setattr(jobs.Progress, "__call__", act_and_hear)


def test_a_report_finished_early_in_the_making_is_still_taken_in(
    group: Group, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    report = report_of(group)
    written: list[object] = []

    def write_once(percent: int) -> None:
        if not written and percent == 30:
            written.append(report.write({"findings": "Trop chaud"}, report.bases(), Actor()))
            ask()

    meanwhile(monkeypatch, write_once)
    edition = ask()
    work()
    assert [(row.number, row.state) for row in Edition.objects.all()] == [(edition.number, Edition.State.READY)]
    assert "Trop chaud" in edition.path.read_text()
    assert Edition.objects.get().contents == {
        "plain": [],
        "finished": [],
        "draft": [group.topic.number],
        "missing": [],
    }


def test_a_book_that_is_asked_for_again_and_again_is_finished_all_the_same(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    asked = []

    def ask_again(percent: int) -> None:
        if percent == 20:
            asked.append(ask())

    meanwhile(monkeypatch, ask_again)
    ask()
    jobs.make_edition.call(Edition.objects.get().pk)
    assert len(asked) == jobs.RESTARTS + 1
    assert [row.state for row in Edition.objects.order_by("number")] == [Edition.State.READY, Edition.State.QUEUED]


def test_who_chooses_to_be_named_otherwise_is_in_no_edition_any_more(
    forum: Forum, topic: Topic, nadia: Participant, ask: Ask,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    first = ask()
    work()
    assert "Nadia Ferrand" in first.path.read_text()
    nadia.appearance = "hidden"
    with django_capture_on_commit_callbacks(execute=True):
        nadia.introduce(Actor(nadia))
    first.refresh_from_db()
    assert (first.state, first.path.exists(), first.shelf.exists()) == (Edition.State.WITHDRAWN, False, False)
    work()
    second = Edition.objects.latest("number")
    assert (second.number, second.state) == (2, Edition.State.READY)
    assert "Nadia" not in second.path.read_text()


def test_a_name_that_is_withdrawn_while_the_book_is_made_is_not_in_it(
    nadia: Participant, topic: Topic, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)

    def hide(percent: int) -> None:
        if percent == 80 and nadia.appearance != "hidden":
            nadia.appearance = "hidden"
            nadia.introduce(Actor(nadia))

    meanwhile(monkeypatch, hide)
    ask()
    with django_capture_on_commit_callbacks(execute=True):
        work()
    assert states() == ["withdrawn", "queued"]
    work()
    assert states() == ["withdrawn", "ready"]
    assert files() == ["2.pdf"]
    assert "Nadia" not in Edition.objects.latest("number").path.read_text()


def test_a_name_that_is_withdrawn_at_the_last_moment_is_in_no_edition_either(
    nadia: Participant, topic: Topic, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    make_all = variants.make_all

    def hide_and_make(*given: Any) -> dict[str, bytes]:
        if nadia.appearance != "hidden":
            nadia.appearance = "hidden"
            nadia.introduce(Actor(nadia))
        return make_all(*given)

    monkeypatch.setattr(variants, "make_all", hide_and_make)
    edition = ask()
    with django_capture_on_commit_callbacks(execute=True):
        work()
    assert (states(), edition.shelf.exists()) == (["withdrawn", "queued"], False)
    work()
    assert (states(), files()) == (["withdrawn", "ready"], ["2.pdf"])


def test_the_worker_leaves_a_book_that_is_withdrawn_at_once(
    nadia: Participant, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    heard = []

    def rename(percent: int) -> None:
        heard.append(percent)
        nadia.name = f"Nadia {len(heard)}"
        nadia.introduce(Actor(nadia))

    meanwhile(monkeypatch, rename)
    ask()
    jobs.make_edition.call(Edition.objects.get().pk)
    assert (heard, states()) == ([5], ["withdrawn", "queued"])


def test_what_changes_no_name_neither_withdraws_the_book_nor_begins_it_anew(
    forum: Forum, nadia: Participant, theo: Participant, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    renderer(monkeypatch, SLOW, tmp_path)
    ask()
    work()

    def save_again(percent: int) -> None:
        nadia.territory = f"Arras {percent}"
        nadia.introduce(Actor(nadia))
        theo.introduce(Actor(theo))

    meanwhile(monkeypatch, save_again)
    ask()
    work()
    assert states() == ["ready", "ready"]
    told = JournalEntry.objects.filter(forum=forum, verb="introduced themselves")
    assert set(told.values_list("participant", flat=True)) == {nadia.pk}


def test_a_corrected_organisation_comes_with_the_next_edition(
    nadia: Participant, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    Forum.objects.update(phase=Phase.GROUPS)
    ask()
    work()
    nadia.organisation = "Ville d’Arras"
    nadia.introduce(Actor(nadia))
    later = timezone.now() + timedelta(minutes=5)
    with time_machine.travel(later), django_capture_on_commit_callbacks(execute=True):
        jobs.Freshness().look()
    assert states() == ["ready", "queued"]


# What people take back


Withdrawn = Callable[[Callable[[], object]], bool]


@pytest.fixture
def withdraws(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Withdrawn:
    """Whether an edition that was made before something is withdrawn by it, and another one asked for."""
    renderer(monkeypatch, SLOW, tmp_path)

    def acting(act: Callable[[], object]) -> bool:
        edition = ask()
        jobs.make_edition.call(edition.pk)
        act()
        edition.refresh_from_db()
        assert edition.state == Edition.State.READY or states()[-1] == Edition.State.QUEUED
        return edition.state == Edition.State.WITHDRAWN

    return acting


def test_undoing_a_change_of_appearance_withdraws_what_it_had_printed(
    forum: Forum, nadia: Participant, chair: Actor, withdraws: Withdrawn
) -> None:
    for appearance in ("hidden", "full"):
        nadia.appearance = appearance
        nadia.introduce(Actor(nadia))
    entry = forum.journal.filter(verb="introduced themselves").latest("revision")
    assert withdraws(lambda: entry.undo(chair))
    assert not withdraws(lambda: forum.journal.get(verb="undid").undo(chair))


def test_a_photo_whose_people_agree_no_longer_is_in_no_edition_any_more(
    group: Group, withdraws: Withdrawn, chair: Actor
) -> None:
    report = report_of(group)
    report.write({"findings": "Trop chaud"}, report.bases(), chair)
    report.finish(chair)
    drawn = Drawn(b"photo", b"photo", b"photo", 60, 40)
    photos = [Photo.add(report, drawn, chair) for _ in range(3)]
    for photo in photos[:2]:
        photo.agree(True, chair)
    assert not withdraws(lambda: photos[2].drop(chair))
    assert withdraws(lambda: photos[0].agree(False, chair))
    assert withdraws(lambda: photos[1].drop(chair))


def test_who_comes_late_and_is_not_to_be_named_withdraws_only_what_names_them(
    forum: Forum, group: Group, withdraws: Withdrawn, chair: Actor
) -> None:
    report = report_of(group)
    report.write({"debate": "Selon Helene Durand, et zoe petit, il faut planter."}, report.bases(), chair)
    Participant.announce(forum, [{"name": "Zoé Petit"}], chair)
    zoe = forum.participants.get(name="Zoé Petit")
    Participant.objects.filter(pk=zoe.pk).update(appearance="initials")
    assert not withdraws(lambda: Participant.join(forum, name="Paul Martin", appearance="hidden"))
    assert not withdraws(lambda: Participant.join(forum, name="Helene Durand", appearance="full"))
    assert withdraws(lambda: Participant.join(forum, name="Hélène Durand", appearance="hidden"))
    assert withdraws(lambda: zoe.arrive(chair))


def test_a_word_that_is_taken_back_withdraws_the_editions_that_have_it(
    forum: Forum, nadia: Participant, withdraws: Withdrawn
) -> None:
    by = Actor(nadia)
    word = Feedback.say(forum, nadia, by, words="Merci", keep="", change="")
    assert withdraws(lambda: word.unsay(by))
    assert not withdraws(lambda: Feedback.say(forum, nadia, by, words="Bon", keep="", change="").unsay(by))


def test_who_leaves_the_follow_up_is_named_there_no_longer(
    group: Group, nadia: Participant, theo: Participant, withdraws: Withdrawn
) -> None:
    report = report_of(group)
    joined = Comment.say(report, theo, Actor(theo), concerns_us=True)
    remark = Comment.say(report, nadia, Actor(nadia), text="Et les haies ?")
    assert not withdraws(lambda: remark.withdraw(Actor(nadia)))
    assert withdraws(lambda: joined.withdraw(Actor(theo)))
    assert not withdraws(lambda: Comment.say(report, theo, Actor(theo), concerns_us=True).withdraw(Actor(theo)))


def test_an_edition_that_never_named_someone_stays_when_they_hide_again(
    nadia: Participant, withdraws: Withdrawn
) -> None:
    def show_and_hide() -> None:
        for appearance in ("full", "hidden"):
            nadia.appearance = appearance
            nadia.introduce(Actor(nadia))

    nadia.appearance = "hidden"
    nadia.introduce(Actor(nadia))
    assert not withdraws(show_and_hide)


def test_the_book_is_made_anew_once_what_it_tells_has_moved_and_settled(
    forum: Forum, group: Group, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    Forum.objects.update(phase=Phase.GROUPS)
    freshness = jobs.Freshness()
    ask()
    work()

    def look(later: timedelta) -> list[str]:
        with time_machine.travel(timezone.now() + later), django_capture_on_commit_callbacks(execute=True):
            freshness.look()
        return list(Edition.objects.order_by("number").values_list("state", flat=True))

    assert look(timedelta(minutes=5)) == ["ready"]
    report = report_of(group)
    report.write({"findings": "Trop chaud"}, report.bases(), Actor())
    assert look(timedelta(seconds=1)) == ["ready"]
    assert look(timedelta(minutes=5)) == ["ready", "queued"]
    work()
    assert look(timedelta(minutes=9)) == ["ready", "ready"]


def test_an_interest_alone_makes_no_new_book(forum: Forum, topic: Topic, theo: Participant, ask: Ask,
                                             monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # fmt: skip
    renderer(monkeypatch, SLOW, tmp_path)
    Forum.objects.update(phase=Phase.GROUPS)
    ask()
    work()
    topic.interest(theo, True, Actor(theo))
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        jobs.Freshness().look()
    assert Edition.objects.count() == 1
