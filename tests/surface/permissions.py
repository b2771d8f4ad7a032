"""The URLs and the permission table: the answer of every URL to each role, in each phase, to GET and POST.

Each request is made on the app, in a transaction that is rolled back. `may` and `not` are followed by the status, then
by the target of a redirection or the reason of a refusal.
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
"""The topic with a sheet that waits to be transcribed."""
AUDIENCES = ("phone", "wall", "desk", "page")


def write(directory: Path, clock: Clock) -> None:
    """Write `addresses.txt`, `permissions.txt`, and the pages of the scene."""
    cast = Cast()
    kit = a_scene(cast, clock)
    paths = addresses_of([cast.colleague, cast.nadia, cast.theo, cast.camille])
    paths |= {"kit": kit, "kit_file": f"{kit[:-1]}.pdf"}
    for role, browser in _roles(cast).items():
        pages.write(directory / "pages" / "scene" / role, browser)
    keep(directory / "addresses.txt", "\n".join(routes(paths, cast.nadia)))
    keep(directory / "permissions.txt", "\n".join([*_outside(cast, paths), *_inside(cast, paths, clock)]))


def _roles(cast: Cast) -> dict[str, Browser]:
    """Return a browser for each role at topic 1; the transcriber is that of topic WAITING."""
    return {
        "stranger": cast.stranger, "participant": cast.salma, "member": cast.theo, "convener": cast.nadia,
        "transcriber": cast.theo, "facilitator": cast.colleague,
    }  # fmt: skip


def _outside(cast: Cast, paths: dict[str, str]) -> Iterator[str]:
    for route, pattern in patterns():
        if "<code:code>" not in route:
            for role in ("stranger", "participant", "facilitator"):
                yield from _answers(pattern.name or "", role, "", paths[pattern.name or ""], _roles(cast)[role])


def _inside(cast: Cast, paths: dict[str, str], clock: Clock) -> Iterator[str]:
    inside = sorted(pattern.name or "" for route, pattern in patterns() if "<code:code>" in route)
    for phase, _label in forums()._meta.get_field("phase").choices:
        forums().objects.update(phase=phase)
        if phase == "closing":
            paths |= {
                "remove_feedback": addresses_of([cast.colleague])["remove_feedback"]
            }  # closing words are only shown from then on
        for role, browser in _roles(cast).items():
            clock.forward(61)  # wrong codes are counted for each minute
            topic = f"/topics/{WAITING}/" if role == "transcriber" else TOPIC
            here = {name: path.replace(TOPIC, topic) for name, path in paths.items()}
            for name in inside:
                yield from _answers(name, role, phase, here[name], browser)
            yield from _sockets(role, phase, here, browser)


_not_allowed: set[tuple[str, str]] = set()
"""Methods that a URL does not accept from anybody."""


def _answers(name: str, role: str, phase: str, path: str, browser: Browser) -> Iterator[str]:
    for method in ("get", "post"):
        if (name, method) in _not_allowed:
            continue
        with nullcontext() if name == "readiness" else transaction.atomic():  # it uses another connection
            answer = getattr(browser.copy("fr").client, method)(path)
            if name != "readiness":
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
    """Return the reason of a refusal, from its page."""
    tree: Any = html.document_fromstring(page)
    parts = tree.find_class("problem") or tree.xpath("//main")
    return " ".join(parts[0].text_content().split())


def _sockets(role: str, phase: str, paths: dict[str, str], browser: Browser) -> Iterator[str]:
    paths_by_name = [(f"live as {audience}", f"{paths['live']}?as={audience}") for audience in AUDIENCES]
    paths_by_name += [("phone_test", f"{paths['phone_test']}live/"), ("writing", paths["writing"])]
    for name, path in paths_by_name:
        yield f"{name} SOCKET {role} {phase}: {asyncio.run(opened(path, browser))}"


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
