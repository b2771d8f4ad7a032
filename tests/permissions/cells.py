"""The cells of the matrix, from the URLconf, and what each was answered."""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import connection, transaction

from forum import notify
from forum.models import Forum
from forum.phases import Phase
from tests.conftest import forget_limits
from tests.permissions import declaration
from tests.permissions.declaration import CHANGES_NOTHING, LET_IN, METHODS, ROLES, SOCKETS
from tests.scene import STATES, TOPIC_URLS, Scene
from tests.surface.crawl import patterns

SENT = {
    "as": "phone", "text": "Bonjour", "title": "Un autre titre", "findings": "Remplacé", "what": "Planter",
    "words": "Merci", "people": "3", "minutes": "5", "name": "Quelqu’un", "sure": "yes",
    "to": "everyone",
}  # fmt: skip
"""With every POST, so that one that is let in by mistake changes something."""
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")
"""First words of statements that change nothing."""
SAFE = ("GET", "HEAD", "OPTIONS")
WRITES_WHEN_READ = {"enter_by_link", "set_language"}
"""URLs outside forums that change something at a GET: a link gives the browser a token."""
OUTSIDE_TRANSACTIONS = {"readiness"}
"""URLs whose view writes on another connection, which waits for the transaction of the cells."""
NOT_TAKEN_SHARE = 200
REFUSAL = {"403": declaration.REFUSED, "404": declaration.NOT_FOUND, "405": declaration.NOT_TAKEN}


@dataclass(frozen=True)
class Cell:
    """One URL, or socket (with the method SOCKET), as one role sends to it at one moment."""

    url: str
    method: str
    role: str
    phase: Phase
    state: str

    def __str__(self) -> str:
        return f"{self.url} {self.method} {self.role} {self.phase.value} {self.state}"

    @property
    def number(self) -> int:
        """A number that spreads the cells evenly, the same in each run."""
        return zlib.crc32(str(self).encode())

    @property
    def expected(self) -> str:
        if self.method == "SOCKET":
            admits = declaration.expected_socket(self.url, self.role, self.phase, self.state)
            return LET_IN if admits else declaration.REFUSED
        if self.url in declaration.OUTSIDE:
            return declaration.expected_outside(self.url, self.method, self.role)
        return declaration.expected(self.url, self.method, self.role, self.phase, self.state)


def pages() -> Iterator[Cell]:
    """Yield every cell of the URLconf, one phase after the other.

    Only URLs in a forum have phases, only those of a topic have states, and only for the methods that they take: any
    other method is refused before the topic is known.
    """
    names = {pattern.name or "": "<code:code>" in route for route, pattern in patterns()}
    for phase in Phase:
        for url, is_inside in names.items():
            if url not in OUTSIDE_TRANSACTIONS and (is_inside or phase == Phase.GROUPS):
                yield from _cells(url, phase)


def _cells(url: str, phase: Phase) -> Iterator[Cell]:
    for method in METHODS:
        is_taken = Cell(url, method, ROLES[0], phase, "draft").expected != declaration.NOT_TAKEN
        states = STATES if url in TOPIC_URLS and is_taken else ("draft",)
        yield from (Cell(url, method, role, phase, state) for state in states for role in ROLES)


def sockets() -> Iterator[Cell]:
    for phase in Phase:
        for name in SOCKETS:
            for state in STATES if name in TOPIC_URLS else ("draft",):
                yield from (Cell(name, "SOCKET", role, phase, state) for role in ROLES)


def sample(cells: Iterable[Cell]) -> list[Cell]:
    """Return for each URL, method and role a cell that is let in and one that is turned away, where there are any.

    Of the methods that no role may use at a URL, one cell in NOT_TAKEN_SHARE.
    """
    chosen: dict[Any, Cell] = {}
    for cell in cells:
        if cell.expected != declaration.NOT_TAKEN:
            key = cell.url, cell.method, cell.role, cell.expected == LET_IN
            chosen[key] = min(chosen.get(key, cell), cell, key=lambda one: one.number)
        elif cell.number % NOT_TAKEN_SHARE == 0:
            chosen[cell] = cell
    return sorted(chosen.values(), key=lambda cell: list(Phase).index(cell.phase))


# ---- what does not change ------------------------------------------------------------------------------------------


def digest() -> str:
    """Return a hash of all rows of all tables."""
    content = sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 a table's own name
            content.update(f"{table} {sorted(map(repr, cursor.fetchall()))}".encode())
    return content.hexdigest()


def files() -> list[tuple[str, int, int]]:
    """Return the files of the forums: photos, uploads, editions."""
    found = []
    for directory, _names, names in os.walk(settings.MEDIA_ROOT):
        stats = ((name, (Path(directory) / name).stat()) for name in names)
        found += [(f"{directory}/{name}", stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return sorted(found)


@contextmanager
def noting_statements() -> Iterator[list[str]]:
    """Note the statements that may change something."""
    noted: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().upper().startswith(READS):
            noted.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield noted


# ---- pages -----------------------------------------------------------------------------------------------------------


class Pages:
    """Sends the requests of cells, each of which finds the scene as it was made. Within a transaction."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.phase: Phase | None = None
        self.digest, self.files = "", files()

    def wrong(self, cells: Iterable[Cell]) -> Iterator[str]:
        """Send the cells, and yield those that are not answered as declared."""
        for cell in cells:
            if cell.phase != self.phase:
                self.phase = cell.phase
                Forum.objects.filter(pk=self.scene.forum.pk).update(phase=cell.phase)
                self.digest = digest()
            forget_limits()
            if problem := self._problem(cell):
                yield f"{cell}: {problem}"

    def _problem(self, cell: Cell) -> str:
        """Return how the answer differs from the declared one; empty if it does not."""
        changes_nothing = cell.expected in CHANGES_NOTHING
        sent: list[Any] = []
        waiting = len(connection.run_on_commit)
        with transaction.atomic(), noting_statements() as statements, patch.object(notify, "send", sent.append):
            answer = self._send(cell)
            outcome = outcome_of(answer, self.scene.forum.code)
            is_changed = bool(statements) and digest() != self.digest
            sent += connection.run_on_commit[waiting:]
            transaction.set_rollback(True)
        if outcome != (declaration.NOT_FOUND if cell.expected == declaration.LACKING else cell.expected):
            return f"{outcome}, not {cell.expected}{', and the database changed' if is_changed else ''}"
        files_before, self.files = self.files, files()
        has_effect = is_changed or sent or self.files != files_before
        is_wrong = has_effect and (changes_nothing or self._is_safe(cell))
        return f"{outcome}, but something changed: {statements or sent or 'files'}" if is_wrong else ""

    def _is_safe(self, cell: Cell) -> bool:
        prints = cell.url in declaration.ROWS and "prints" in declaration.ROWS[cell.url].notes
        return cell.method in SAFE and not prints and cell.url not in WRITES_WHEN_READ

    def _send(self, cell: Cell) -> Any:
        browser, path = self.scene.browser(cell.role), self.scene.address(cell.url, cell.state)
        if cell.method == "POST":
            return browser.post(path, SENT)
        return browser.generic(cell.method, path)


def outcome_of(answer: Any, code: str) -> str:
    """Return how an answer is declared."""
    where = answer.headers.get("Location", "")
    if answer.streaming:
        b"".join(answer.streaming_content)  # which closes the file
    if answer.request["REQUEST_METHOD"] == "GET" and where.partition("?")[0] == f"/{code}/":
        return declaration.ENTRANCE
    if answer.status_code == 429 or answer.status_code >= 500:
        return str(answer.status_code)
    return REFUSAL.get(str(answer.status_code), LET_IN)
