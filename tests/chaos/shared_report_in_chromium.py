"""Runs with three authors in Chromium, of whom one loses the network, closes the page and opens it again."""

import asyncio
import random
import time
from typing import Any

from tests.chaos.shared_report import TIMEOUT, WORDS, Disturbance, Outcome, SharedReport, in_a_thread, judge
from tests.chaos.writer import SECTIONS

PHONE = {"width": 390, "height": 844}


async def run(chromium: Any, report: SharedReport, seed: int, disturbance: Disturbance | None = None) -> Outcome:
    """Have three people write in one report; the second one closes the page while offline. Return the outcome."""
    began = time.monotonic()
    chance = random.Random(seed)
    contexts = [await chromium.new_context(viewport=PHONE) for _cookies in report.cookies]
    try:
        pages = [await _open(context, report, rank) for rank, context in enumerate(contexts)]
        await _all_type(report, pages, range(1, 3), chance)
        disturbing = asyncio.ensure_future(disturbance()) if disturbance else None
        await contexts[1].set_offline(True)
        await _all_type(report, pages, range(3, 5), chance)
        if disturbing:
            await disturbing
        await pages[1].close()
        await contexts[1].set_offline(False)
        pages[1] = await contexts[1].new_page()
        await pages[1].goto(report.origins[0] + report.path)
        await _all_type(report, pages, range(5, 6), chance)
        return await _settled(report, pages, began)
    finally:
        for context in contexts:
            await context.close()


async def _open(context: Any, report: SharedReport, rank: int) -> Any:
    origin = report.origins[0]
    await context.add_cookies(
        [{"name": name, "value": value, "url": origin} for name, value in report.cookies[rank].items()]
    )
    page = await context.new_page()
    await page.goto(origin + report.path)
    return page


async def _all_type(report: SharedReport, pages: list[Any], numbers: range, chance: random.Random) -> None:
    await asyncio.gather(*(_type(report, page, rank, numbers, chance) for rank, page in enumerate(pages)))


async def _type(report: SharedReport, page: Any, rank: int, numbers: range, chance: random.Random) -> None:
    """Type lines key by key, at the beginning of sections."""
    for number in numbers:
        line = f"§{rank}-{number} {' '.join(chance.choices(WORDS, k=3))}."
        box = page.locator(f"[name={chance.choice(SECTIONS)}]")
        await box.focus()
        await page.keyboard.press("Control+Home")
        report.phrases.add(line)
        await page.keyboard.type(f"{line}\n", delay=chance.uniform(0, 12))


async def _settled(report: SharedReport, pages: list[Any], began: float) -> Outcome:
    """Return the outcome as soon as it is exact, or after TIMEOUT."""
    end = time.monotonic() + TIMEOUT
    while True:
        shown = [await _shown(page) for page in pages]
        shown.append(await in_a_thread(report.columns))
        outcome = judge(report, shown, time.monotonic() - began)
        if outcome.is_exact or time.monotonic() > end:
            return outcome
        await asyncio.sleep(0.1)


async def _shown(page: Any) -> dict[str, str]:
    return {name: await page.locator(f"[name={name}]").input_value() for name in SECTIONS}
