"""A search of the pages for one path of every URL of the site."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.surface.browser import Browser, links, text_of
from tests.surface.world import CODE

START = ("/", "/facilitator/", f"/{CODE}/", f"/{CODE}/desk/", f"/{CODE}/wall/")
IMAGE = re.compile(r"\bimages/([0-9a-f]{32}\.\w+)")
PART = re.compile(r"<(?:\w+:)?(\w+)>")
TOPIC = "/topics/1/"
GUESSES = {"code": CODE, "number": 1, "upload": "ab" * 12, "name": "none", "secret": "s" * 43}
"""Arguments of the URLs to which no page has a link."""


def patterns(inside: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every URL pattern with its whole route, in the order of the URLconf."""
    for pattern in get_resolver().url_patterns if inside is None else inside:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern


def addresses_of(browsers: list[Browser]) -> dict[str, str]:
    """Return a path for each URL: about topic 1, or else the first on a page, or else one with GUESSES."""
    chosen: dict[str, str] = {}
    for browser in browsers:
        for page in walk(browser):
            for name, paths in links(page.text).items():
                best = best_of(paths)
                if name not in chosen or (TOPIC in best and TOPIC not in chosen[name]):
                    chosen[name] = best
            if images := IMAGE.findall(page.text):  # the only relative links
                chosen[page.name.replace("page", "image")] = f"{page.path}images/{images[0]}"
    chosen = {name: path.replace("/ID/", f"/{GUESSES['upload']}/") for name, path in chosen.items()}
    return {
        name: guess(route) if pattern.pattern.converters.keys() <= {"number"} else chosen.get(name, guess(route))
        for route, pattern in patterns()
        if (name := pattern.name or "")
    }


@dataclass(frozen=True)
class Page:
    name: str
    """Name of its URL."""
    path: str
    status: int
    text: str


def walk(browser: Browser) -> Iterator[Page]:
    """Follow the links from page to page: one for each URL, that of topic 1 where there is one."""
    waiting: dict[str, str] = {resolve(path).url_name or "": path for path in START}
    seen: dict[str, str] = {}
    while names := [name for name in waiting if TOPIC in waiting[name] or name not in seen]:
        name = names[0]
        seen[name] = path = waiting.pop(name)
        answer = browser.get(path)
        if not answer.headers["Content-Type"].startswith("text/html") or answer.status_code == 405:
            answer.close()
            continue
        page = Page(name, path, answer.status_code, text_of(answer))
        yield page
        for other, paths in links(page.text).items():
            best = best_of(paths)
            if other not in seen or (TOPIC in best and TOPIC not in seen[other]):
                waiting[other] = best


def best_of(paths: list[str]) -> str:
    """Return the first path about topic 1, or else the first, without its query."""
    return next((path for path in paths if TOPIC in path), paths[0]).partition("?")[0]


def guess(route: str) -> str:
    return "/" + PART.sub(lambda part: str(GUESSES.get(part[1], 1)), route)
