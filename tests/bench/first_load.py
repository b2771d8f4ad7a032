"""The participant's page for the first time, on a real browser with nothing kept and a slow line."""

import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench.results import Row, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app
from tests.services import LAUNCH_OPTIONS

KILOBITS = 256
"""A second; what a crowded venue leaves to one phone."""
LATENCY = 100
"""Milliseconds there and back."""
PAINTED = """[performance.getEntriesByName('first-contentful-paint')[0].startTime,
              document.querySelectorAll('#board article.card').length]"""
"""The board is in the page itself: it can be read as soon as anything is painted."""


def measure(day: BenchForum, app: Server, rounds: int) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH_OPTIONS)
        loads = [load(browser, day, app) for _ in range(rounds)]
        browser.close()
    return {
        "kb_compressed": round(median(one["bytes"] for one in loads) / 1000, 1),
        "requests": int(median(one["requests"] for one in loads)),
        "rounds_of_requests": int(median(one["depth"] for one in loads)),
        "readable_s": round(median(one["readable"] for one in loads), 2),
        "seconds": round(median(one["complete"] for one in loads), 2),
        "second_visit_kb": round(median(one["again"] for one in loads) / 1000, 1),
        "uncacheable": sorted({path for one in loads for path in one["uncacheable"]}),
        "kb_html": round(median(one["html"] for one in loads) / 1000, 1),
        "rounds": rounds,
    }


def load(browser: Browser, day: BenchForum, app: Server) -> dict[str, Any]:
    """One first visit by someone who has joined, and a second one."""
    base = f"http://127.0.0.1:{app.port}"
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    name, _sign, value = day.phones[0].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": base}])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    bits = KILOBITS * 1000 / 8
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": bits, "uploadThroughput": bits},
    )
    sizes: dict[str, float] = {}
    asked: dict[str, tuple[str, str]] = {}
    uncacheable: list[str] = []

    def on_request(event: Any) -> None:
        if event["request"]["url"].startswith("http"):
            initiator = event["initiator"]
            by = initiator.get("url") or (initiator.get("stack") or {}).get("callFrames", [{}])[0].get("url", "")
            asked[event["requestId"]] = (event["request"]["url"], by)

    def on_response(event: Any) -> None:
        answer = event["response"]
        headers = {key.lower(): value for key, value in answer["headers"].items()}
        if "/static/" in answer["url"] and "immutable" not in headers.get("cache-control", ""):
            uncacheable.append(answer["url"].removeprefix(base))

    wire.on("Network.requestWillBeSent", on_request)
    wire.on("Network.responseReceived", on_response)
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    begin = time.perf_counter()
    page.goto(f"{base}/{day.code}/", wait_until="commit")
    page.wait_for_load_state("load")
    page.wait_for_selector("[data-sync][data-state=current]", state="attached")
    complete = time.perf_counter() - begin
    page.wait_for_load_state("networkidle")  # what the page fetches without a hurry counts too
    painted, cards = page.evaluate(PAINTED)
    assert cards > 0, "there is no board on the page"
    found = dict(asked.values())
    html = next(sizes[number] for number, (url, _by) in asked.items() if url == f"{base}/{day.code}/")
    first = {
        "bytes": sum(sizes.values()),
        "requests": len(asked),
        "depth": max(depth(url, found) for url in found),
        "readable": painted / 1000,
        "complete": complete,
        "uncacheable": list(uncacheable),
        "html": html,
    }
    sizes.clear()
    page.goto(f"{base}/{day.code}/", wait_until="load")
    context.close()
    return {**first, "again": sum(sizes.values())}


def depth(url: str, found: dict[str, str]) -> int:
    """How many answers had to be there before this was asked for: 1 for what the page itself names."""
    steps = 0
    while url in found and found[url] and found[url] != url and steps < 9:
        url = found[url]
        steps += 1
    return steps


def run(rounds: int) -> dict[str, Any]:
    with data_directory() as place:
        day = create_marketplace(place / "data", 16)
        with running_app(day.data) as app:
            result = measure(day, app, rounds)
    rows = [
        Row("all that comes over the line", "kb_compressed", "kB", "≤ 90"),
        Row("of it the page", "kb_html", "kB"),
        Row("requests", "requests"),
        Row("one after another", "rounds_of_requests", "", "1"),
        Row("the board can be read", "readable_s", "s", "< 5"),
        Row("the page says it is up to date", "seconds", "s"),
        Row("the second visit", "second_visit_kb", "kB"),
    ]
    print_table(f"The participant’s page for the first time, at {KILOBITS} kbit/s and {LATENCY} ms", rows, [result])
    return result
