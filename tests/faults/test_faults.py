"""Short runs of `python -m tests.faults`: nothing acknowledged is lost or doubled, and phones are right again."""

import json
import subprocess
import sys

import pytest

from forum.settings import ROOT
from tests.services import require

NEEDED = {"kills": [], "power": ["gcc"], "services": ["PostgreSQL", "Redis"], "clock": ["gcc", "Chromium"]}


@pytest.mark.laptop
@pytest.mark.parametrize("profile", NEEDED)
def test_what_was_acknowledged_is_there_once_whatever_fails(profile: str) -> None:
    require(*NEEDED[profile])
    command = [sys.executable, "-m", "tests.faults", profile, "--short", "--right-within", "30"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    (outcome,) = json.loads(done.stdout.splitlines()[-1])
    assert outcome["faults"] == []
    assert outcome["figures"]["acknowledged"] > 10
    assert (outcome["figures"]["lost"], outcome["figures"]["doubled"]) == (0, 0)
    assert done.returncode == 0, done.stderr
