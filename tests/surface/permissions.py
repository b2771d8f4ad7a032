"""The URLs and the permission table: what every URL answers to each role, in each phase, by GET and by POST.

Each request is made for real, in a transaction that is rolled back. `may` and `not` are followed by the status, then by
where it leads or why it is refused.
"""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.db import transaction
from lxml import html

from tests.surface import pages
from tests.surface.browser import Browser, text_of
from tests.surface.clean import keep
from tests.surface.crawl import TOPIC, addresses_of, patterns
from tests.surface.day import Cast, a_scene
from tests.surface.world import CODE, Clock, forums

ENTRANCE = f"/{CODE}/"
WAITING = 3
"""The topic of which a written sheet waits."""
AUDIENCES = ("phone", "wall", "desk", "page")


def write(directory: Path, clock: Clock) -> None:
    """Write `addresses.txt` and `permissions.txt`, and the pages of the scene in which they are looked at."""
    cast = Cast()
    kit = a_scene(cast, clock)
    paths = addresses_of([cast.colleague, cast.nadia, cast.theo, cast.camille])
    paths |= {"kit": kit, "kit_file": f"{kit[:-1]}.pdf"}
    for role, browser in _roles(cast).items():
        pages.write(directory / "pages" / "scene" / role, browser)
    keep(directory / "addresses.txt", "\n".join(routes(paths, cast.nadia)))
    keep(directory / "permissions.txt", "\n".join([*_outside(cast, paths), *_inside(cast, paths, clock)]))


def _roles(cast: Cast) -> dict[str, Browser]:
    """Who holds each role with respect to topic number 1; the transcriber with respect to the one that waits."""
    return {
        "stranger": cast.stranger, "participant": cast.salma, "member": cast.theo, "convener": cast.nadia,
        "transcriber": cast.theo, "facilitator": cast.colleague,
    }  # fmt: skip


def _outside(cast: Cast, paths: dict[str, str]) -> Iterator[str]:
    for route, pattern in patterns():
        if "<code:code>" not in route:
            for role in ("stranger", "participant", "facilitator"):
                yield from _asked(pattern.name or "", role, "", paths[pattern.name or ""], _roles(cast)[role])


def _inside(cast: Cast, paths: dict[str, str], clock: Clock) -> Iterator[str]:
    inside = sorted(pattern.name or "" for route, pattern in patterns() if "<code:code>" in route)
    for phase, _label in forums()._meta.get_field("phase").choices:
        forums().objects.update(phase=phase)
        if phase == "closing":
            paths |= {
                "remove_feedback": addresses_of([cast.colleague])["remove_feedback"]
            }  # words are only shown from then on
        for role, browser in _roles(cast).items():
            clock.forward(61)  # wrong codes are counted by the minute
            topic = f"/topics/{WAITING}/" if role == "transcriber" else TOPIC
            here = {name: path.replace(TOPIC, topic) for name, path in paths.items()}
            for name in inside:
                yield from _asked(name, role, phase, here[name], browser)
            yield from _sockets(role, phase, here, browser)


_not_allowed: set[tuple[str, str]] = set()
"""Methods that a URL does not know, whoever asks."""


def _asked(name: str, role: str, phase: str, path: str, browser: Browser) -> Iterator[str]:
    for method in ("get", "post"):
        if (name, method) in _not_allowed:
            continue
        with nullcontext() if name == "health" else transaction.atomic():  # it looks on a connection of its own
            answer = getattr(browser.copy("fr").client, method)(path)
            if name != "health":
                transaction.set_rollback(True)
        if answer.status_code == 405:
            _not_allowed.add((name, method))
        else:
            yield f"{name} {method.upper()} {role} {phase}: {outcome(answer)}"


def outcome(answer: Any) -> str:
    status, where = answer.status_code, answer.headers.get("Location", "")
    if status in (403, 404) or where.partition("?")[0] == ENTRANCE:
        return f"not {status} {where}{reason(text_of(answer)) if status == 403 else ''}"
    answer.close()
    return f"may {status} {where}"


def reason(page: str) -> str:
    """Why a page says no."""
    tree: Any = html.document_fromstring(page)
    said = tree.find_class("problem") or tree.xpath("//main")
    return " ".join(said[0].text_content().split())


def _sockets(role: str, phase: str, paths: dict[str, str], browser: Browser) -> Iterator[str]:
    tried = [(f"live as {audience}", f"{paths['live']}?as={audience}") for audience in AUDIENCES]
    tried += [("phone_test", f"{paths['phone_test']}live/"), ("writing", paths["writing"])]
    for name, path in tried:
        yield f"{name} SOCKET {role} {phase}: {asyncio.run(opened(path, browser))}"


async def opened(path: str, browser: Browser) -> str:
    """What becomes of a socket that this browser asks for."""
    socket = browser.socket(path)
    refusal = await socket.open()
    await socket.close()
    return f"not {refusal}" if refusal else "may"


def routes(paths: dict[str, str], browser: Browser) -> Iterator[str]:
    """Every route with its name, and those at which a socket opens: of all these, and of `live/` below each."""
    found = {f"{route} {pattern.name}" for route, pattern in patterns()}
    for route, pattern in patterns():
        for more in ("", "live/"):
            if asyncio.run(opened(paths[pattern.name or ""] + more, browser)) == "may":
                found.add(f"{route}{more} SOCKET")
    yield from sorted(found)
