"""The conductor's page and the wall, for the tests of both."""

import re

from playwright.sync_api import Page, expect

from tests.page_texts import translated


def expect_slide(wall: Page, slide: str) -> None:
    expect(wall.locator(f"#stage[data-shows={slide}]")).to_be_visible()


def open_conductor(laptop: Page, address: str) -> None:
    laptop.goto(f"{address}desk/conductor/")
    expect(laptop.locator("[data-sync][data-state=current]")).to_be_visible()


def expect_step(laptop: Page, step: str) -> None:
    """Expect that the conductor’s page shows this step."""
    expect(laptop.locator("#conduct")).to_have_attribute("data-step", step)


def expect_armed(laptop: Page, key: str, phase: str) -> None:
    """Press a key once, and expect that the page says, also to screen readers, what the second press does."""
    laptop.keyboard.press(key)
    sentence = translated("Press again: everyone moves to “%(phase)s”", "fr") % {"phase": translated(phase, "fr")}
    pattern = re.compile(re.escape(sentence).replace(r"\ ", r"\s"))
    expect(laptop.locator(".is-armed .again")).to_have_text(pattern)
    expect(laptop.locator("#toast[role=status]")).to_have_text(pattern)
