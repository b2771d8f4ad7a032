"""The HTML of the pages that a browser reaches by links."""

from pathlib import Path

from tests.surface.browser import Browser
from tests.surface.clean import keep
from tests.surface.crawl import walk

OF_THIS_MACHINE = ("ready", "check")
"""Pages about the disk and the networks of this machine."""


def write(directory: Path, browser: Browser) -> None:
    """Write the page of every URL that this browser reaches, as NAME.html."""
    for page in walk(browser):
        if page.name not in OF_THIS_MACHINE:
            keep(directory / f"{page.name}.html", f"<!-- {page.status} {page.path} -->\n{page.text}")
