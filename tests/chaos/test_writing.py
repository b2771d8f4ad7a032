"""Short runs of `python -m tests.chaos.writing`, with sockets and in Chromium, in which the server is killed."""

import json
import subprocess
import sys

import pytest

from forum.settings import ROOT
from tests.services import CHROMIUM


@pytest.mark.laptop
def test_a_server_that_is_killed_while_many_write_loses_no_word_of_theirs() -> None:
    pages = ["--browser", "1"] if CHROMIUM else []
    command = [sys.executable, "-m", "tests.chaos.writing", "--runs", "3", "--kills", "1", *pages]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    summaries = json.loads(done.stdout.splitlines()[-1])
    assert [part["exact"] for part in summaries.values()] == [True] * (1 + len(pages) // 2), summaries
    assert done.returncode == 0, done.stderr
