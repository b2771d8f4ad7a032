"""Runs with several authors in one report, whose sockets are cut at random, and their outcomes."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.chaos.writer import SECTIONS, Writer

T = TypeVar("T")
WORDS = (
    "été", "façade", "🌳", "tilleul", "l’eau", "👩\u200d🌾", "cœur", "où", "naïve", "ombre", "46", "°C", "cour",
    "日本", "vélo",
)  # fmt: skip
TIMEOUT = 60.0
"""Seconds within which all pages must show the same."""

Disturbance = Callable[[], Awaitable[None]]
"""A failure beside lost sockets."""


@dataclass
class SharedReport:
    """One report with several authors, and the phrases that it must have in the end."""

    origins: list[str]
    """Of all processes that serve it."""
    path: str
    """Path of the report's page."""
    cookies: list[dict[str, str]]
    """Cookies of each author's browser."""
    columns: Callable[[], dict[str, str]]
    """Reads the report's fields from the database."""
    phrases: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)


class Author(Writer):
    """An author who types paragraphs, and deletes some of them."""

    def __init__(self, report: SharedReport, rank: int, chance: random.Random) -> None:
        origin = report.origins[rank % len(report.origins)]
        super().__init__(
            origin, f"{report.path}writing/", report.cookies[rank], chance, has_sockets=chance.random() > 0.1
        )
        self.report, self.rank = report, rank
        self.paragraphs = 0

    async def write(self, paragraphs: int) -> None:
        own: list[tuple[str, list[str]]] = []
        for _n in range(paragraphs):
            name = self.chance.choice(SECTIONS)
            self.paragraphs += 1
            phrases = [f"§{self.rank}-{self.paragraphs}.{k} {self.chance.choice(WORDS)}. " for k in range(4)]
            await self.type(name, [*phrases[:-1], f"{phrases[-1]}\n"])
            self.report.phrases.update(phrases)
            own.append((name, phrases))
            if len(own) > 2 and self.chance.random() < 0.3:
                self.take_out(*own.pop(self.chance.randrange(len(own))))
            await asyncio.sleep(self.chance.uniform(0, 0.06))

    async def type(self, name: str, phrases: list[str]) -> None:
        """Write a paragraph at the beginning of a random line, at once or phrase by phrase.

        Changes of others may divide a paragraph, but never a phrase.
        """
        text = str(self.texts[name])
        starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
        before = text[: self.chance.choice(starts)]
        if self.chance.random() < 0.5:
            phrases = ["".join(phrases)]
        for phrase in phrases:
            with self.typing():
                self.texts[name].insert(len(before.encode()), phrase)
            await asyncio.sleep(self.chance.uniform(0, 0.02))
            # Others write meanwhile: the next phrase goes after the last one of this author.
            text = str(self.texts[name])
            before = text[: text.index(phrase) + len(phrase)]

    def take_out(self, name: str, phrases: list[str]) -> None:
        text, line = str(self.texts[name]), "".join(phrases)
        if line not in text:
            return
        at = len(text[: text.index(line)].encode())
        with self.typing():
            del self.texts[name][at : at + len(line.encode())]
        self.report.phrases.difference_update(phrases)
        self.report.removed.update(phrases)


@dataclass
class Outcome:
    """Comparison of the pages and of the report with what was typed."""

    authors: int
    lost: int
    """Phrases that were typed, and are missing."""
    doubled: int
    returned: int
    """Phrases that were deleted, and are there."""
    different: int
    """Number of pages that differ from the first one; the report's fields count as a page."""
    seconds: float
    waits: list[float] = field(repr=False)
    """Seconds from each message to its acknowledgement."""
    missing: list[str]
    text: str = field(repr=False)

    @property
    def is_exact(self) -> bool:
        return not (self.lost or self.doubled or self.returned or self.different)


async def run(report: SharedReport, seed: int, paragraphs: int = 6, disturbance: Disturbance | None = None) -> Outcome:
    """Have one author for each browser write in the report, and return the outcome."""
    began = time.monotonic()
    chance = random.Random(seed)
    authors = [Author(report, rank, random.Random(seed * 100 + rank)) for rank in range(len(report.cookies))]
    living = [asyncio.ensure_future(author.live()) for author in authors]
    cutting = asyncio.ensure_future(cut_at_random(authors, chance))
    disturbing = asyncio.ensure_future(disturbance()) if disturbance else None
    try:
        await asyncio.gather(*(write_and_reopen(author, paragraphs) for author in authors))
        if disturbing:
            await disturbing
        cutting.cancel()
        await settle(authors)
        # The fields of the report, which its readers see, are compared with the pages.
        shown = [author.shown for author in authors]
        shown.append(await in_a_thread(report.columns))
    finally:
        for task in (cutting, *living):
            task.cancel()
        await asyncio.gather(cutting, *living, return_exceptions=True)
        await asyncio.sleep(0.05)  # lets the event loop close the connections that were just cut
        for author in authors:
            author.close_page()
    waits = [wait for author in authors for wait in author.waits]
    return judge(report, shown, time.monotonic() - began, waits)


async def cut_at_random(authors: list[Author], chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(0.02, 0.3))
        chance.choice(authors).cut()


async def write_and_reopen(author: Author, paragraphs: int) -> None:
    await author.write(paragraphs // 2)
    if author.chance.random() < 0.3:
        author.reopen_page()
    await author.write(paragraphs - paragraphs // 2)


async def settle(authors: list[Author]) -> None:
    """Wait until all texts are acknowledged, and the same on every page."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        texts = {tuple(author.shown.values()) for author in authors}
        if len(texts) == 1 and all(author.is_settled for author in authors):
            return
        await asyncio.sleep(0.05)


def judge(
    report: SharedReport, shown: list[dict[str, str]], seconds: float, waits: list[float] | None = None
) -> Outcome:
    """Compare the texts of each page, and last of the report, with what was typed."""
    whole = "\n".join(shown[0].values())
    missing = sorted(phrase for phrase in report.phrases if phrase not in whole)
    return Outcome(
        authors=len(report.cookies),
        lost=len(missing),
        doubled=sum(whole.count(phrase) > 1 for phrase in report.phrases),
        returned=sum(phrase in whole for phrase in report.removed),
        different=sum(texts != shown[0] for texts in shown),
        seconds=seconds,
        waits=waits or [],
        missing=missing,
        text=whole,
    )


# ---- in the database -------------------------------------------------------------------------------------------------


async def in_a_thread(work: Callable[[], T]) -> T:
    """Run database work in another thread, and close its connections."""

    def work_and_close() -> T:
        from django.db import connections

        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(work_and_close)


def report_of_new_topic(
    origins: list[str], forum: Any, people: list[tuple[Any, dict[str, str]]], number: int
) -> SharedReport:
    """Create a topic with a group and its report. `people`: its members, with the cookies of their browsers."""
    from forum.models import Actor, Group, Presence, Topic
    from sessions.models import Report

    topic = Topic.propose(forum, f"Sujet {number}", "", None, Actor())
    group = Group.objects.create(topic=topic)
    Presence.objects.bulk_create(Presence(group=group, participant=person) for person, _cookies in people)
    report = Report.for_group(group)

    def columns() -> dict[str, str]:
        return dict(Report.objects.values(*SECTIONS).get(pk=report.pk))

    return SharedReport(
        origins, f"{topic.get_absolute_url()}report/", [cookies for _person, cookies in people], columns
    )


def people_with_cookies(forum: Any, count: int) -> list[tuple[Any, dict[str, str]]]:
    from forum.auth.identity import participant_cookie
    from forum.models import Device, Participant

    people = [Participant.join(forum, name=f"Main {rank}") for rank in range(count)]
    return [(person, {participant_cookie(forum): Device.issue(person)}) for person in people]
