"""Measure the first load of the participant's page, in a real browser with an empty cache and a slow network."""

import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench.results import Row, print_table
from tests.bench.servers import BenchForum, Server, create_marketplace, data_directory, running_app
from tests.services import LAUNCH_OPTIONS

KILOBITS = 256
"""Kilobits a second for one phone in a crowded venue."""
LATENCY = 100
"""Milliseconds of a round trip."""
PAINTED = """[performance.getEntriesByName('first-contentful-paint')[0].startTime,
              document.querySelectorAll('#board article.card').length]"""
"""Time of the first paint, at which the board can be read since it is in the page, and number of its cards."""


def measure(day: BenchForum, app: Server, rounds: int) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH_OPTIONS)
        loads = [load(browser, day, app) for _ in range(rounds)]
        browser.close()
    return {
        "kb_compressed": round(median(load["bytes"] for load in loads) / 1000, 1),
        "requests": int(median(load["requests"] for load in loads)),
        "rounds_of_requests": int(median(load["depth"] for load in loads)),
        "readable_s": round(median(load["readable"] for load in loads), 2),
        "seconds": round(median(load["complete"] for load in loads), 2),
        "second_visit_kb": round(median(load["again"] for load in loads) / 1000, 1),
        "uncacheable": sorted({path for load in loads for path in load["uncacheable"]}),
        "kb_html": round(median(load["html"] for load in loads) / 1000, 1),
        "rounds": rounds,
    }


def load(browser: Browser, day: BenchForum, app: Server) -> dict[str, Any]:
    """Measure a first visit by someone who has joined, and a second one."""
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
    requests: dict[str, tuple[str, str]] = {}
    uncacheable: list[str] = []

    def on_request(event: Any) -> None:
        if event["request"]["url"].startswith("http"):
            initiator = event["initiator"]
            by = initiator.get("url") or (initiator.get("stack") or {}).get("callFrames", [{}])[0].get("url", "")
            requests[event["requestId"]] = (event["request"]["url"], by)

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
    page.wait_for_load_state("networkidle")  # later requests of the page count too
    painted, cards = page.evaluate(PAINTED)
    assert cards > 0, "there is no board on the page"
    initiators = dict(requests.values())
    html = next(sizes[number] for number, (url, _by) in requests.items() if url == f"{base}/{day.code}/")
    first = {
        "bytes": sum(sizes.values()),
        "requests": len(requests),
        "depth": max(depth(url, initiators) for url in initiators),
        "readable": painted / 1000,
        "complete": complete,
        "uncacheable": list(uncacheable),
        "html": html,
    }
    sizes.clear()
    page.goto(f"{base}/{day.code}/", wait_until="load")
    context.close()
    return {**first, "again": sum(sizes.values())}


def depth(url: str, initiators: dict[str, str]) -> int:
    """Count the answers on which the request for this URL depended: 1 for URLs in the page itself."""
    steps = 0
    while url in initiators and initiators[url] and initiators[url] != url and steps < 9:
        url = initiators[url]
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
