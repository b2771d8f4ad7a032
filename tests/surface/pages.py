"""The HTML of the pages, as somebody reaches them by following links."""

from pathlib import Path

from tests.surface.browser import Browser
from tests.surface.clean import keep
from tests.surface.crawl import walk

OF_THIS_MACHINE = ("ready", "check")
"""Pages that tell of its disk and its networks."""


def write(directory: Path, browser: Browser) -> None:
    """Write the page of every URL that this browser reaches, each as NAME.html."""
    for page in walk(browser):
        if page.name not in OF_THIS_MACHINE:
            keep(directory / f"{page.name}.html", f"<!-- {page.status} {page.path} -->\n{page.text}")
