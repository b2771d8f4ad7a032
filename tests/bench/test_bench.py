"""The benchmarks run, and their last line says what it must. The figures are for people, on a calm machine."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.bench import day
from tests.bench.servers import CLEARED_VARIABLES, ROOT
from tests.services import require


def run(*words: str) -> dict[str, Any]:
    """The last line of one short benchmark."""
    cleared = {*CLEARED_VARIABLES, "DJANGO_SETTINGS_MODULE"}  # as in a shell, where nothing has set up Django
    env = {name: value for name, value in os.environ.items() if name not in cleared}
    command = [sys.executable, "-m", "tests.bench", *words, "--short"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    print(done.stdout)  # the table, and what went wrong: shown where a test fails
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
    assert (found["phones"], found["errors"]) == (20, 0)
    assert found["rps"] > 0
    assert found["p95_ms"] > 0


def test_the_first_page_is_light_and_is_kept() -> None:
    require("Chromium")
    found = run("first-load")
    assert 20 < found["kb_compressed"] <= 90
    assert found["uncacheable"] == []
    assert found["second_visit_kb"] < found["kb_compressed"] / 5


def test_every_key_of_the_operator_is_kept_while_phones_come_in() -> None:
    require("Chromium")
    found = run("operator")
    assert (found["phones"], found["topics"], found["lost"], found["errors"]) == (20, 3, 0, 0)
    assert 0 < found["median_ms"] <= found["p95_ms"] <= found["worst_ms"]
    assert min(found["floor_p95_ms"], found["alone_p95_ms"]) > 0


def test_the_suggested_agenda_is_the_best_there_is_and_better_than_a_greedy_one() -> None:
    found = run("agenda")
    assert (found["rooms"], found["gap_to_optimum"], found["not_optimal"]) == (2, 0, 0)
    assert found["least_gain_over_greedy"] > 0.05
    assert found["gain_over_hand"] > found["gain_over_greedy"] > found["gain_when_blind"] > 0


def test_the_book_is_ready_soon_after_the_last_report_and_costs_what_its_printer_costs() -> None:
    found = run("book")
    assert 0 < found["ready_s_1"] < 60
    assert 0.5 < found["ratio_to_weasyprint"] < 1.5
    assert found["pages"][0] > 3
    assert min(*found["calm_p95_ms"], *found["busy_p95_ms"], *found["megabytes"], *found["ms_per_page"]) > 0


def test_a_facilitator_opens_her_pages_through_a_whole_day() -> None:
    found = run("day")
    assert (found["phones"], found["came"], found["errors"], found["lost"]) == (10, 10, 0, 0)
    assert set(found["pages"]) == set(day.PAGES)
    assert found["searches"] > 0
    assert 0 < found["median_ms"] <= found["p95_ms"] <= found["worst_ms"]
