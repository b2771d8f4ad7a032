"""Measure the facilitator's pages over a whole day of 300 people and 60 topics.

The people are those of the rehearsal (`manage.py rehearse`), in another process: they arrive at once, propose, place,
choose, gather, write reports and leave closing words, over HTTP and sockets. Meanwhile a facilitator opens one page
after the other. Each page is measured from the request to the last byte; the search for an agenda is measured apart.
"""

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from typing import Any

from tests.bench.results import Row, percentile, print_table
from tests.bench.servers import (
    ROOT,
    Server,
    create_forum,
    data_directory,
    environment,
    running_app,
    running_compared,
    server_options,
)

SLOTS, PLACES = 4, 15
PEOPLE_A_TOPIC = 5
PAGES = ("desk", "conductor", "topic", "operator", "describe", "late", "messages", "journal")
SEARCH, FLOOR = "suggestion", "floor"
EVERY = 3
"""Rounds of the pages between two searches."""
BETWEEN = 0.1
"""Seconds between two pages of the facilitator."""
GOAL = 200
TOPIC = re.compile(r'href="/\w{7}/topics/(\d+)/"')


@dataclass
class DayResult:
    """Durations of pages, in milliseconds, and errors."""

    waits: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, int] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    people: dict[str, Any] = field(default_factory=dict)
    """Measurements of the rehearsal."""
    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of the server's processor."""


async def open_pages(
    server: Server, floor_server: Server, code: str, secret: str, crowd: "subprocess.Popen[str]"
) -> DayResult:
    """Open the facilitator's pages and the fixed page of the floor, one after the other, while the crowd is there."""
    from django.urls import reverse

    from forum.auth.rules import RULES, Role
    from forum.phases import Phase
    from forum.rehearsal.browser import Browser, RequestFailed
    from forum.rehearsal.page import NotMarkedAsRehearsal, Page
    from forum.rehearsal.participants import SimulatedFacilitator

    result, phase, topics = DayResult(), Phase.PREPARATION, list[str]()
    searches = cycle([SEARCH, *[""] * (EVERY - 1)])
    facilitator = SimulatedFacilitator(server.origin, code)
    async with facilitator.browser as browser, Browser(floor_server.origin) as floor:
        await facilitator.sign_in(secret)
        while crowd.poll() is None:
            result.waits[FLOOR].append((await floor.get("/")).seconds * 1000)
            for name in filter(None, (*PAGES, next(searches))):
                if phase not in RULES[name].phases[Role.FACILITATOR] or (name == "topic" and not topics):
                    continue
                number = [topics[len(result.waits[name]) % len(topics)]] if name == "topic" else []
                try:
                    answer = await browser.get(reverse(name, args=[code, *number]))
                except RequestFailed as error:
                    result.errors[f"{name} {error}"] += 1
                    continue
                before = phase
                with contextlib.suppress(NotMarkedAsRehearsal):
                    phase = Phase(Page(answer.text).rehearsal_phase())
                if name == "topic" and answer.status == 404:
                    # At the end of a rehearsal all topics are erased: only one that the desk still lists is missing.
                    again = await browser.get(reverse("desk", args=[code]))
                    result.errors["topic 404"] += number[0] in TOPIC.findall(again.text)
                    continue
                if answer.status != 200:
                    # Requests for a phase that has just ended are refused.
                    result.errors[f"{name} {answer.status}"] += phase == before
                    continue
                result.waits[name].append(answer.seconds * 1000)
                result.sizes[name] = max(result.sizes.get(name, 0), len(answer.body))
                topics = TOPIC.findall(answer.text) if name == "desk" else topics
                await asyncio.sleep(BETWEEN)
    return result


async def play_participants(origin: str, code: str, secret: str, phones: int) -> dict[str, Any]:
    """Play the day of the participants at the pace of the rehearsal's defaults for a calm room."""
    from forum.rehearsal.crowd import Pace
    from forum.rehearsal.participants import SimulatedFacilitator
    from forum.rehearsal.rehearsal import Rehearsal

    facilitator = SimulatedFacilitator(origin, code)
    await facilitator.sign_in(secret)
    pace = Pace(rates=(10, 20), people_a_topic=PEOPLE_A_TOPIC)
    result = await Rehearsal(origin, code, phones, facilitator, lambda _part, _text: None, pace).run()
    return {
        "came": len(result.arrivals),
        "errors": dict(result.errors),
        "stopped": result.stopped.value if result.stopped else "",
        "drops": result.drops,
        "lost": result.lost + result.lost_texts,
        "slowest_update_s": round(result.slowest_update[0], 2),
        "usual_update_ms": round(result.usual_update * 1000),
    }


def run(phones: int, days: int) -> dict[str, Any]:
    server_options()  # Django's own set-up, for the addresses of the pages
    return summarise([play_day(phones) for _day in range(days)], phones)


def play_day(phones: int) -> DayResult:
    """Measure one day, from the empty forum to the last closing words."""
    with data_directory() as place, running_compared("minimal_server", place) as floor:
        forum = create_forum(place / "data", "marketplace", "--rehearsal", SLOTS, PLACES)
        with running_app(place / "data") as app:
            people = ["-m", "tests.bench.day", app.origin, forum["code"], str(phones)]
            began, busy = time.perf_counter(), app.cpu
            crowd = subprocess.Popen(
                [sys.executable, *people], cwd=ROOT, env=environment(place / "data"), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            try:
                print(forum["secret"], file=crowd.stdin, flush=True)  # an option would show in the list of processes
                result = asyncio.run(open_pages(app, floor, forum["code"], forum["secret"], crowd))
                result.people = json.loads(crowd.communicate()[0].splitlines()[-1])
            finally:
                crowd.kill()
            result.seconds, result.cpu = time.perf_counter() - began, app.cpu - busy
    return result


def summarise(days: list[DayResult], phones: int) -> dict[str, Any]:
    waits: defaultdict[str, list[float]] = defaultdict(list)
    errors: Counter[str] = Counter()
    for day in days:
        errors += day.errors + Counter(day.people["errors"]) + Counter(filter(None, [day.people["stopped"]]))
        for name, seconds in day.waits.items():
            waits[name] += seconds
    searches, floor = waits.pop(SEARCH, []), waits.pop(FLOOR)
    every = [wait for some in waits.values() for wait in some]
    pages = {name: round(percentile(waits[name], 0.95)) for name in PAGES if waits[name]}
    result = {
        "phones": phones,
        "topics": max(1, phones // PEOPLE_A_TOPIC),
        "p95_ms": round(percentile(every, 0.95)),
        "worst_page_p95_ms": max(pages.values()),
        "median_ms": round(median(every)),
        "worst_ms": round(max(every)),
        "floor_p95_ms": round(percentile(floor, 0.95)),
        "pages": pages,
        "fetched": len(every),
        "search_p95_ms": round(percentile(searches, 0.95)),
        "searches": len(searches),
        "errors": errors.total(),
        "came": min(day.people["came"] for day in days),
        "lost": sum(day.people["lost"] for day in days),
        "usual_update_ms": round(median(day.people["usual_update_ms"] for day in days)),
        "cpu": round(median(day.cpu / day.seconds for day in days), 2),
        "seconds": round(sum(day.seconds for day in days)),
    }
    rows = [Row(f"{name} ({days[0].sizes[name] // 1000} kB): 95 of 100 in", name, "ms", f"< {GOAL}") for name in pages]
    rows += [
        Row("all pages: 95 of 100 in", "p95_ms", "ms", f"< {GOAL}"),
        Row("median", "median_ms", "ms"),
        Row("the slowest of all", "worst_ms", "ms"),
        Row("floor: a fixed page of a minimal server, 95 of 100 in", "floor_p95_ms", "ms"),
        Row("the search for an agenda: 95 of 100 in", "search_p95_ms", "ms"),
        Row("errors, of pages and of phones", "errors", "", "0"),
        Row("screens or texts that lost something", "lost", "", "0"),
        Row("a change is on every screen in, median", "usual_update_ms", "ms"),
        Row("server's processor", "cpu", "cores"),
    ]
    print_table(
        f"a day of {phones} people and {result['topics']} topics, {result['seconds']} s", rows, [result | pages]
    )
    for what, count in sorted(errors.items()):
        print(f"  {what}: {count}")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The people of the day, for `python -m tests.bench day`.")
    parser.add_argument("origin")
    parser.add_argument("code")
    parser.add_argument("phones", type=int)
    options = parser.parse_args()
    server_options()
    print(json.dumps(asyncio.run(play_participants(options.origin, options.code, input(), options.phones))))
