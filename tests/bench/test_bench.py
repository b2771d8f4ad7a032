"""Short runs of the benchmarks: errors, sizes, and keys of the results; durations are not tested."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.bench import day
from tests.bench.servers import CLEARED_VARIABLES, ROOT
from tests.services import require


def run(*words: str) -> dict[str, Any]:
    """Run one short benchmark; return its last line."""
    cleared = {*CLEARED_VARIABLES, "DJANGO_SETTINGS_MODULE"}  # as in a shell
    env = {name: value for name, value in os.environ.items() if name not in cleared}
    command = [sys.executable, "-m", "tests.bench", *words, "--short"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    print(done.stdout)  # pytest shows it when the test fails
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_one_change_reaches_a_hundred_phones_as_a_small_message() -> None:
    result = run("live")
    for key in ("last_phone_ms", "floor_ms", "usual_ms", "ratio_to_floor", "ratio_to_usual", "kb_per_phone"):
        assert result[key] > 0, key
    assert result["first_phone_ms"] <= result["last_phone_ms"]
    assert 100 < result["bytes_per_phone"] <= 1000
    assert 20 < result["server_mb"] <= 250


def test_a_hundred_phones_that_reconnect_at_once_are_all_current() -> None:
    result = run("storm")
    assert (result["phones"], result["errors"]) == (100, 0)
    assert result["all_current_s"] > 0


def test_a_burst_reaches_every_phone_in_few_pushes() -> None:
    result = run("burst")
    assert (result["errors"], result["unserved"]) == (0, 0)
    assert result["worst_lag_ms"] >= 0
    assert 0 < result["pushes_per_s"] <= 6


def test_phones_that_arrive_at_once_all_come_in() -> None:
    result = run("arrival")
    assert (result["phones"], result["errors"]) == (20, 0)
    assert result["ratio_to_uncounted"] > 0
    assert result["rps"] > 0
    assert result["p95_ms"] > 0


def test_the_first_page_is_light_and_is_kept() -> None:
    require("Chromium")
    result = run("first-load")
    assert 20 < result["kb_compressed"] <= 90
    assert result["uncacheable"] == []
    assert result["second_visit_kb"] < result["kb_compressed"] / 5


def test_every_key_of_the_operator_is_kept_while_phones_come_in() -> None:
    require("Chromium")
    result = run("operator")
    assert (result["phones"], result["topics"], result["lost"], result["errors"]) == (20, 3, 0, 0)
    assert 0 < result["median_ms"] <= result["p95_ms"] <= result["worst_ms"]
    assert min(result["floor_p95_ms"], result["alone_p95_ms"]) > 0


def test_the_suggested_agenda_is_the_best_there_is_and_better_than_a_greedy_one() -> None:
    result = run("agenda")
    assert (result["forums"], result["gap_to_optimum"], result["not_optimal"]) == (2, 0, 0)
    assert result["least_gain_over_greedy"] > 0.05
    assert result["gain_over_hand"] > result["gain_over_greedy"] > result["gain_before_agenda"] > 0


def test_the_book_is_ready_soon_after_the_last_report_and_costs_what_its_printer_costs() -> None:
    result = run("book")
    assert 0 < result["ready_s_1"] < 60
    assert 0.5 < result["ratio_to_weasyprint"] < 1.5
    assert result["pages"][0] > 3
    assert min(*result["calm_p95_ms"], *result["busy_p95_ms"], *result["megabytes"], *result["ms_per_page"]) > 0


def test_a_facilitator_opens_her_pages_through_a_whole_day() -> None:
    result = run("day")
    assert (result["phones"], result["came"], result["errors"], result["lost"]) == (10, 10, 0, 0)
    assert set(result["pages"]) == set(day.PAGES)
    assert result["searches"] > 0
    assert 0 < result["median_ms"] <= result["p95_ms"] <= result["worst_ms"]
