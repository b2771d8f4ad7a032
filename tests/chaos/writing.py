"""`python -m tests.chaos.writing --runs 1000`: several authors write in one report, and nothing may be lost.

In each run two, five or ten authors, with real sockets against the real app, type paragraphs into the same sections,
delete some, lose their sockets, close their pages and open them again; some have no socket at all. In the end all texts
must be the same, on every page and in the report, with each phrase once. In some runs the server is killed and started
again. With `--browser 100` the pages are in Chromium.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos import shared_report, shared_report_in_chromium
from tests.chaos.shared_report import Outcome, SharedReport, in_a_thread

AT_ONCE = 6
"""Number of runs at the same time, each with its own report."""


class ServedApp:
    """The app with its own data, in one or more processes, and with a report for each run."""

    def __init__(self, home: Path, redis: str, processes: int) -> None:
        from django.core.management import call_command

        from forum.models import Forum
        from forum.phases import Phase
        from tests.chaos.servers import Served

        call_command("migrate", verbosity=0)
        self.forum = Forum.objects.create(title="Écrire à plusieurs", question="?", phase=Phase.GROUPS)
        self.people = shared_report.people_with_cookies(self.forum, 10)
        self.count = 0
        shared = {"FORUM_DATA": os.environ["FORUM_DATA"]}
        if redis:
            shared |= {"REDIS_URL": redis, "SECRET_KEY": "the same in every process"}
        self.processes = [Served(home / str(n), **shared) for n in range(processes)]
        for process in self.processes:
            process.start()

    def new_report(self, authors: int) -> SharedReport:
        self.count += 1
        origins = [process.origin for process in self.processes]
        return shared_report.report_of_new_topic(origins, self.forum, self.people[:authors], self.count)

    async def kill(self) -> None:
        """Kill the server during the run, and start it again at once."""
        await asyncio.sleep(0.3)
        await asyncio.to_thread(self.processes[0].kill)
        await asyncio.to_thread(self.processes[0].start)


class Runs:
    """Several runs, in some of which the server is killed, and their outcomes."""

    def __init__(self, app: ServedApp, count: int, kills: int, seed: int) -> None:
        self.app, self.count, self.kills, self.seed = app, count, kills, seed
        self.outcomes: list[Outcome] = []

    async def with_sockets(self) -> list[Outcome]:
        tickets = asyncio.Semaphore(AT_ONCE)

        async def run(n: int) -> None:
            async with tickets:
                report = await in_a_thread(partial(self.app.new_report, (2, 5, 10)[n % 3]))
                self._keep(n, await shared_report.run(report, self.seed + n, disturbance=self._disturbance(n)))

        await asyncio.gather(*(run(n) for n in range(self.count)))
        return self.outcomes

    async def in_chromium(self) -> list[Outcome]:
        from playwright.async_api import async_playwright

        from tests.services import LAUNCH_OPTIONS

        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(**LAUNCH_OPTIONS)
            for n in range(self.count):
                report = await in_a_thread(partial(self.app.new_report, 3))
                disturbance = self._disturbance(n)
                self._keep(n, await shared_report_in_chromium.run(chromium, report, self.seed + n, disturbance))
            await chromium.close()
        return self.outcomes

    def _disturbance(self, n: int) -> shared_report.Disturbance | None:
        every = max(1, self.count // self.kills) if self.kills else 0
        return self.app.kill if every and n % every == every - 1 else None

    def _keep(self, n: int, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if not outcome.is_exact:
            print(f"run {n}: {outcome}\n{outcome.text}", file=sys.stderr)
        if len(self.outcomes) % 50 == 0 or len(self.outcomes) == self.count:
            print(f"{len(self.outcomes)} of {self.count}", file=sys.stderr)


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    waits = sorted(wait for outcome in outcomes for wait in outcome.waits)
    return {
        "runs": len(outcomes),
        "exact": all(outcome.is_exact for outcome in outcomes),
        "lost": sum(outcome.lost for outcome in outcomes),
        "doubled": sum(outcome.doubled for outcome in outcomes),
        "returned": sum(outcome.returned for outcome in outcomes),
        "different": sum(outcome.different for outcome in outcomes),
        "writers": {
            str(n): sum(outcome.authors == n for outcome in outcomes) for n in sorted({o.authors for o in outcomes})
        },
        "seconds_a_run": round(statistics.median(outcome.seconds for outcome in outcomes), 2),
    } | ({"acknowledged_ms": {"median": _ms(waits, 0.5), "p95": _ms(waits, 0.95)}} if waits else {})


def _ms(waits: list[float], part: float) -> int:
    return round(1000 * waits[min(len(waits) - 1, int(part * len(waits)))])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.writing", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="with sockets, 2, 5 and 10 authors in turn (20)")
    parser.add_argument("--browser", type=int, default=0, help="with three pages in Chromium (0)")
    parser.add_argument("--kills", type=int, help="in how many runs of each the server is killed (one in ten)")
    parser.add_argument("--processes", type=int, default=1, help="web processes, which share a Redis (1)")
    parser.add_argument("--seed", type=int, default=0, help="for the same chances again, as far as time allows")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forum-writing-") as directory:
        os.environ["FORUM_DATA"] = str(Path(directory) / "data")
        os.environ["DJANGO_SETTINGS_MODULE"] = "forum.settings"
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        import django

        django.setup()
        line = run_all(Path(directory), options)
    print(json.dumps(line, ensure_ascii=False))
    return 0 if all(part["exact"] for part in line.values()) else 1


def run_all(home: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run all, and return the summaries of the runs with sockets and in Chromium."""
    from tests.services import redis_server

    line = {}
    with redis_server() if options.processes > 1 else nullcontext("") as redis:
        app = ServedApp(home, redis, options.processes)
        try:
            for name, count in (("sockets", options.runs), ("browser", options.browser)):
                if count:
                    kills = options.kills if options.kills is not None else count // 10
                    runs = Runs(app, count, kills, options.seed)
                    outcomes = asyncio.run(runs.with_sockets() if name == "sockets" else runs.in_chromium())
                    line[name] = summary(outcomes) | {"kills": kills}
        finally:
            for process in app.processes:
                with suppress(Exception):
                    process.stop()
    return line


if __name__ == "__main__":
    sys.exit(main())
