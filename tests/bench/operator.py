"""Measure the operator's page, in a real Chromium, while phones come in, propose and choose.

One person types topics as speakers announce them. Each line is measured from Enter to the frame in which it is shown
as kept. In the same run, the same form is sent to the same server before any phone is there, and a fixed page of a
minimal server (the floor) is requested while they are. Afterwards the database is compared with the keys.
"""

import asyncio
import os
import sqlite3
import time
from itertools import cycle
from random import Random
from typing import Any

from rapidfuzz.distance import Levenshtein

from tests.bench.live import follow, run_in_loop
from tests.bench.raw_clients import Browser, Crowd
from tests.bench.results import Row, percentile, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app, running_compared
from tests.services import LAUNCH_OPTIONS

SECONDS = 6.0
"""Seconds for each topic: twenty in two minutes."""
SHORT_SECONDS = 2.0
MANY = 20
"""Number of topics below which a run is a trial, and they are typed faster."""
FORMS_ALONE = 30
"""Number of times the form is sent while nobody else is there."""
FLOOR_PAUSE = 0.5
"""Seconds between two requests to the floor."""
INTERESTS = 3
"""Number of topics that each phone chooses."""
TITLES = (
    "Comment garder la fraîcheur dans nos écoles ?",
    "Des repas de saison à la cantine, et pour qui ?",
    "Partager nos voitures entre communes voisines",
    "Que faire des friches de la gare ?",
    "Un cadastre solaire, et après ?",
    "Haies : planter, entretenir, convaincre",
    "Qui paie la rénovation des petites copropriétés ?",
    "Parler du climat sans faire peur",
)
NAMES = (
    "Zoé Lefebvre 4",
    "benali karim 3",
    "",
    "Ahmed Toumi",
    "ELODIE CARPENTIER 2",
    "Rose-Marie d’Hondt",
    "",
    "Yann Leroux",
)

WATCH = """() => {
  window.waits = [];
  let pressed = 0;
  const begun = new Map();
  addEventListener("keydown", (event) => { if (event.key === "Enter") pressed = performance.now(); }, true);
  new MutationObserver((changes) => {
    for (const { type, addedNodes, target } of changes) {
      for (const line of addedNodes) if (line.matches?.(".line")) begun.set(line, pressed);
      const line = type === "attributes" ? target : null;
      if (line?.dataset.state !== "kept" || !begun.has(line)) continue;
      const from = begun.get(line);
      begun.delete(line);
      requestAnimationFrame(() => window.waits.push(performance.now() - from));
    }
  }).observe(document.getElementById("lines"), { childList: true, subtree: true, attributeFilter: ["data-state"] });
}"""


def announced(topics: int) -> list[tuple[str, str]]:
    """Return the announced topics, title and name; every title once."""
    names = cycle(NAMES)
    return [(TITLES[n % len(TITLES)] + (f" ({n})" if n >= len(TITLES) else ""), next(names)) for n in range(topics)]


async def operate(page: Any, lines: list[tuple[str, str]], seconds: float) -> int:
    """Type each line within these seconds, at an irregular pace; return the number of keys."""
    rhythm = Random(7)
    begin = time.perf_counter()
    keys = 0
    for n, (title, name) in enumerate(lines):
        text = title + (f";{name}" if name else "")
        gaps = [rhythm.lognormvariate(0, 0.5) for _ in text]
        scale = seconds * 0.9 / sum(gaps)
        due = begin + n * seconds
        for key, gap in zip(text, gaps, strict=True):
            await page.keyboard.type(key)
            due += gap * scale
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await page.keyboard.press("Enter")
        keys += len(text) + 1
        await asyncio.sleep(max(0.0, begin + (n + 1) * seconds - time.perf_counter()))
    return keys


async def play_participant(day: BenchForum, app: Server, n: int, wait: float) -> tuple[int, int]:
    """Join, choose topics, propose now and then; return the number of requests and of failures."""
    await asyncio.sleep(wait)
    browser = await Browser.open(app.port)
    board = f"/{day.code}/"
    form = {"name": f"Personne {n}", "organisation": "", "territory": "", "appearance": "full", "key": f"join-{n}"}
    page = await browser.send("GET", board)
    answer = await browser.send("POST", f"{board}join/", "", form)
    key = "; ".join(f"{name}={value}" for name, value in answer.cookies.items() if name.startswith("forum_key"))
    wrong = [page.status != 200, answer.status != 302 or not key]
    wrong.append((await browser.send("GET", board, key)).status != 200)
    for interest in range(INTERESTS):
        await asyncio.sleep(0.5)
        where = f"{board}topics/{(n + interest) % 16 + 1}/interest/"
        wrong.append((await browser.send("POST", where, key, {"going": "yes", "key": f"go-{interest}"})).status != 302)
    if n % 4 == 0:
        proposal = {"title": f"Le sujet de la personne {n}", "description": "", "key": "propose"}
        wrong.append((await browser.send("POST", f"{board}topics/new/", key, proposal)).status != 302)
    browser.close()
    return len(wrong), sum(wrong)


async def time_form_alone(day: BenchForum, app: Server) -> list[float]:
    """Time the same form on the same server while nobody else is there; milliseconds."""
    browser = await Browser.open(app.port)
    waits = []
    for n in range(FORMS_ALONE):
        begin = time.perf_counter()
        form = {"title": f"Avant le bruit, {n}", "name": NAMES[n % len(NAMES)], "convener": "", "key": f"calm-{n}"}
        answer = await browser.send("POST", f"/{day.code}/desk/operator/", day.desk, form)
        waits.append((time.perf_counter() - begin) * 1000)
        if answer.status != 302:
            raise RuntimeError(f"the form was refused: {answer.status}")
    browser.close()
    return waits


async def time_floor(floor: Server, waits: list[float]) -> None:
    """Time the fixed page of the floor repeatedly until cancelled; milliseconds."""
    browser = await Browser.open(floor.port)
    while True:
        begin = time.perf_counter()
        await browser.send("GET", "/")
        waits.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(FLOOR_PAUSE)


def count_missing_keys(day: BenchForum, lines: list[tuple[str, str]]) -> int:
    """Count the keys that were pressed and are not in the database; a topic that is missing lacks all of its keys."""
    with sqlite3.connect(day.data / "forum.sqlite3") as database:
        rows = database.execute(
            "SELECT title, name FROM forum_topic LEFT JOIN forum_participant ON forum_participant.id = convener_id"
        ).fetchall()
    there = [f"{title};{' '.join(sorted((name or '').casefold().split()))}" for title, name in rows]
    lost = 0
    for title, name in lines:
        typed = f"{title};{' '.join(sorted(name.casefold().split()))}"
        nearest = min((Levenshtein.distance(_plain(typed), _plain(row)) for row in there), default=len(typed))
        lost += min(nearest, len(typed))
    return lost


def _plain(text: str) -> str:
    """Remove the accents: the operator may type fewer than the person's name has."""
    return text.casefold().translate(str.maketrans("éèêîç", "eeeic"))


async def measure(day: BenchForum, app: Server, floor_server: Server, phones: int, topics: int) -> dict[str, Any]:
    from playwright.async_api import async_playwright

    seconds = SECONDS if topics >= MANY else SHORT_SECONDS
    alone = await time_form_alone(day, app)
    floor: list[float] = []
    crowd = Crowd(app.port, lambda n: follow(day, "phone", day.since), day.phones[:phones])
    await crowd.enter()
    lines = announced(topics)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH_OPTIONS)
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
        name, _, value = day.desk.partition("=")
        url = f"http://127.0.0.1:{app.port}"
        await context.add_cookies([{"name": name, "value": value, "url": url}])
        page = await context.new_page()
        await page.goto(f"{url}/{day.code}/desk/operator/")
        await page.evaluate(WATCH)
        cpu, begin = app.cpu, time.perf_counter()
        step = topics * seconds * 0.95 / phones
        participants = [asyncio.ensure_future(play_participant(day, app, n, n * step)) for n in range(phones)]
        floor_task = asyncio.ensure_future(time_floor(floor_server, floor))
        keys = await operate(page, lines, seconds)
        floor_task.cancel()
        counts = await asyncio.gather(*participants)
        taken = time.perf_counter() - begin
        cpu = (app.cpu - cpu) / taken
        await page.wait_for_function("(n) => window.waits.length >= n", arg=topics, timeout=20_000)
        waits: list[float] = await page.evaluate("window.waits")
        await browser.close()
    crowd.leave()
    return {
        "phones": phones,
        "topics": topics,
        "p95_ms": round(percentile(waits, 0.95), 1),
        "median_ms": round(percentile(waits, 0.5), 1),
        "worst_ms": round(max(waits), 1),
        "keys": keys,
        "lost": count_missing_keys(day, lines),
        "alone_p95_ms": round(percentile(alone, 0.95), 1),
        "alone_median_ms": round(percentile(alone, 0.5), 1),
        "floor_p95_ms": round(percentile(floor, 0.95), 1),
        "ratio_to_alone": round(percentile(waits, 0.5) / percentile(alone, 0.5), 2),
        "requests_per_s": round(sum(sent for sent, _failed in counts) / taken, 1),
        "errors": sum(failed for _sent, failed in counts) + sum(bool(phone.closed) for phone in crowd.phones),
        "seconds": round(taken),
        "cpu": round(cpu, 2),
        "server_mb": round(app.memory / 1_000_000, 1),
    }


def run(phones: int, topics: int) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with data_directory() as place:
        day = create_marketplace(place / "data", phones)
        with running_app(day.data) as app, running_compared("minimal_server", place) as floor:
            result: dict[str, Any] = run_in_loop(measure(day, app, floor, phones, topics))
    rows = [
        Row("from Enter to “kept” on the screen, 95 of 100 in", "p95_ms", "ms", "< 150"),
        Row("median", "median_ms", "ms"),
        Row("at worst", "worst_ms", "ms"),
        Row("keys pressed", "keys"),
        Row("of them lost", "lost", "", "0"),
        Row("the same form with no phone there, median", "alone_median_ms", "ms"),
        Row("the same form with no phone there, 95 of 100 in", "alone_p95_ms", "ms"),
        Row("times that (medians)", "ratio_to_alone"),
        Row("floor: a fixed page meanwhile, 95 of 100 in", "floor_p95_ms", "ms"),
        Row("requests of the phones, a second", "requests_per_s"),
        Row("errors", "errors", "", "0"),
        Row("server's processor", "cpu", "cores"),
        Row("memory of the whole server", "server_mb", "MB", "≤ 250"),
    ]
    print_table(f"{topics} topics typed while {phones} phones come in, choose and propose", rows, [result])
    return result
