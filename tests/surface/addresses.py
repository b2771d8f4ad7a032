"""The URLs, and the pages of a scene in which everything exists, to each role. tests/permissions has who may what."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from tests.surface import pages
from tests.surface.browser import Browser
from tests.surface.clean import keep
from tests.surface.crawl import addresses_of, patterns
from tests.surface.day import Cast, a_scene
from tests.surface.world import Clock


def write(directory: Path, clock: Clock) -> None:
    """Write `addresses.txt`, and the pages of the scene."""
    cast = Cast()
    kit = a_scene(cast, clock)
    paths = addresses_of([cast.colleague, cast.nadia, cast.theo, cast.camille])
    paths |= {"kit": kit, "kit_file": f"{kit[:-1]}.pdf"}
    for role, browser in _roles(cast).items():
        pages.write(directory / "pages" / "scene" / role, browser)
    keep(directory / "addresses.txt", "\n".join(routes(paths, cast.nadia)))


def _roles(cast: Cast) -> dict[str, Browser]:
    """Return a browser for each role at topic 1."""
    return {
        "stranger": cast.stranger, "participant": cast.salma, "member": cast.theo, "convener": cast.nadia,
        "facilitator": cast.colleague,
    }  # fmt: skip


async def opened(path: str, browser: Browser) -> str:
    """Open a socket, and return "may", or "not" with the reason."""
    socket = browser.socket(path)
    refusal = await socket.open()
    await socket.close()
    return f"not {refusal}" if refusal else "may"


def routes(paths: dict[str, str], browser: Browser) -> Iterator[str]:
    """Yield every route with its name, and those at which a socket opens, `live/` below each included."""
    lines = {f"{route} {pattern.name}" for route, pattern in patterns()}
    for route, pattern in patterns():
        for more in ("", "live/"):
            if asyncio.run(opened(paths[pattern.name or ""] + more, browser)) == "may":
                lines.add(f"{route}{more} SOCKET")
    yield from sorted(lines)
