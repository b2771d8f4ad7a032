"""`make watch`: the tests of each saved file."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import watch
from tests.watch import find_tests

TIMEOUT_SECONDS = 60.0
"""Seconds after which the watching process is killed."""
FILES = {
    "forum/board.py": "",
    "forum/models/__init__.py": "from forum.models.place import Place\nfrom forum.models.topic import Topic",
    "forum/models/place.py": "",
    "forum/models/topic.py": "",
    "forum/quiet.py": "",
    "forum/seats.py": "",
    "forum/urls.py": 'from forum.views import doors\npath("<number:pk>/door/", doors.door, name="door")',
    "forum/views/doors.py": 'import forum.seats\nTEMPLATE = "forum/entrance.html"',
    "js/live/sync.js": "",
    "js/live/parts.js": "",
    "js/live/marks.js": 'import { part } from "./parts.js";',
    "js/groups/seats.js": "",
    "js/operator/line.js": "",
    "js/rows.js": "",
    "static/css/door.css": "",
    "templates/forum/entrance.html": "{% include 'forum/sign.html' %}{% static 'css/door.css' %}",
    "templates/forum/join.html": "",
    "templates/forum/board/join.html": "",
    "templates/forum/sign.html": "",
    "tests/js/sync.test.js": 'import { mark } from "../../js/live/marks.js";',
    "tests/js/operator.test.js": 'import { line } from "../../js/operator/line.js";',
    "tests/test_project.py": "",
    "tests/forum/test_board.py": "from forum.models import Topic",
    "tests/forum/test_topics.py": "",
    "tests/browser/test_join_page.py": "from forum import board",
    "tests/browser/test_groups.py": "",
    "tests/browser/test_join_twice.py": "",
    "tests/forum/views/test_arrival.py": 'from forum.models import Place\nreverse("door", args=[1])',
    "tests/browser/test_alone.py": "def test_it_passes():\n    pass\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("saved", "tests"),
    [
        ("tests/forum/test_board.py", ["tests/forum/test_board.py"]),
        ("tests/test_project.py", ["tests/test_project.py"]),
        ("forum/board.py", ["tests/browser/test_join_page.py", "tests/forum/test_board.py"]),
        ("forum/models/topic.py", ["tests/forum/test_board.py", "tests/forum/test_topics.py"]),
        ("forum/models/place.py", ["tests/forum/views/test_arrival.py"]),
        ("forum/views/doors.py", ["tests/forum/views/test_arrival.py"]),
        ("forum/seats.py", ["tests/forum/views/test_arrival.py"]),
        ("templates/forum/join.html", ["tests/browser/test_join_page.py"]),
        ("templates/forum/board/join.html", []),
        ("templates/forum/entrance.html", ["tests/forum/views/test_arrival.py"]),
        ("templates/forum/sign.html", ["tests/forum/views/test_arrival.py"]),
        ("static/css/door.css", ["tests/forum/views/test_arrival.py"]),
        ("forum/quiet.py", []),
        ("tests/js/sync.test.js", ["tests/js/sync.test.js"]),
        ("js/live/sync.js", ["tests/js/sync.test.js"]),
        ("js/live/marks.js", ["tests/js/sync.test.js"]),
        ("js/live/parts.js", ["tests/js/sync.test.js"]),
        ("js/groups/seats.js", ["tests/browser/test_groups.py"]),
        ("js/operator/line.js", ["tests/js/operator.test.js"]),
        ("js/rows.js", []),
    ],
)
def test_a_saved_file_runs_the_tests_that_refer_to_it_or_bear_its_name(
    root: Path, saved: str, tests: list[str]
) -> None:
    assert [str(test) for test in find_tests(Path(saved), root)] == tests


def test_a_file_to_which_many_tests_refer_runs_those_beside_it_in_the_mirror_of_the_code(root: Path) -> None:
    for number in range(watch.MANY):
        (root / f"tests/forum/test_{number}.py").write_text("from forum.models.place import Place")
    (root / "tests/forum/models").mkdir()
    (root / "tests/forum/models/test_seats.py").write_text("from forum.models import Place")
    assert find_tests(Path("forum/models/place.py"), root) == [Path("tests/forum/models/test_seats.py")]


@pytest.fixture
def watching(root: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, watch.__file__]
    inherited = os.environ.items()  # without what would measure these tests too
    environment = {name: value for name, value in inherited if not name.startswith(("DJANGO_SETTINGS", "SLIPCOVER"))}
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
    timer.start()
    yield process
    timer.cancel()
    process.kill()
    process.communicate()


def test_saving_a_test_runs_it_until_the_watch_is_interrupted(root: Path, watching: "subprocess.Popen[str]") -> None:
    assert watching.stdout
    assert watching.stdout.readline().startswith("Waiting")
    time.sleep(2 * watch.PAUSE_SECONDS)
    (root / "tests/browser/test_alone.py").touch()
    output = ""
    while "1 passed" not in output:
        line = watching.stdout.readline()
        assert line, output
        output += line
    assert "tests/browser/test_alone.py: tests/browser/test_alone.py" in output
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 0
