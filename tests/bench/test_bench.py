"""The benchmarks run, and their last line says what it must. The figures are for people, on a calm machine."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.bench.servers import FOREIGN, ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def run(*words: str) -> dict[str, Any]:
    """The last line of one short benchmark."""
    env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    command = [sys.executable, "-m", "tests.bench", *words, "--short"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_one_change_reaches_a_hundred_phones_as_a_small_message() -> None:
    found = run("live")
    for key in ("last_phone_ms", "floor_ms", "usual_ms", "ratio_to_floor", "ratio_to_usual", "kb_per_phone"):
        assert found[key] > 0, key
    assert found["first_phone_ms"] <= found["last_phone_ms"]
    assert 100 < found["bytes_per_phone"] <= 1000
    assert 20 < found["server_mb"] <= 250


def test_a_hundred_phones_that_reconnect_at_once_are_all_current() -> None:
    found = run("storm")
    assert (found["phones"], found["errors"]) == (100, 0)
    assert found["all_current_s"] > 0


def test_a_burst_reaches_every_phone_in_few_pushes() -> None:
    found = run("burst")
    assert (found["errors"], found["unserved"]) == (0, 0)
    assert found["worst_lag_ms"] >= 0
    assert 0 < found["pushes_per_s"] <= 6


def test_phones_that_arrive_at_once_all_come_in() -> None:
    found = run("arrival")
    assert (found["phones"], found["errors"]) == (50, 0)
    assert found["rps"] > 0
    assert found["p95_ms"] > 0


@pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="Chromium is not installed")
def test_the_first_page_is_light_and_is_kept() -> None:
    found = run("first-load")
    assert 20 < found["kb_compressed"] <= 90
    assert found["uncacheable"] == []
    assert found["second_visit_kb"] < found["kb_compressed"] / 5
