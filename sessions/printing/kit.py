"""The printing kit as data: which sheets, with what on them; no layout in it and no database behind it."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

POSTERS = ("question", "principles", "law", "join")
"""In the order in which they are hung."""
PAPERS = ("A4", "A3")
MOST_BLANK = 100


@dataclass(frozen=True)
class Order:
    """What somebody asked to print."""

    posters: tuple[str, ...] = POSTERS
    paper: str = "A4"
    """Of the posters; sheets and signs are A4."""
    topics: bool = False
    """A sheet for each topic that there is…"""
    blank_topics: int = 0
    """…and so many empty ones."""
    reports: bool = False
    blank_reports: int = 0
    numbered: bool = True
    """Whether empty sheets bear the numbers that come next, or a space for one."""
    places: bool = False
    guests: bool = False
    """On the sign-in sheet: those who are expected…"""
    blank_rows: int = 0
    """…and so many empty rows."""
    language: str = "fr"

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(**data | {"posters": tuple(data["posters"])})


@dataclass(frozen=True)
class Sheet:
    """A topic on paper; without title it is to be written by hand."""

    number: int | None
    colour: int
    title: str = ""
    conveners: str = ""
    slot: str = ""
    place: str = ""
    url: str = ""
    """Of its page; empty as long as the sheet has no number."""


@dataclass(frozen=True)
class Sign:
    """What hangs at a place."""

    name: str
    seats: int | None
    equipment: str
    url: str
    is_of_place: bool
    """Whether the address is that of the place itself, rather than that of the board."""


@dataclass(frozen=True)
class Guest:
    """Somebody who is expected."""

    name: str
    organisation: str
    territory: str


@dataclass(frozen=True)
class Kit:
    title: str
    question: str
    date: date
    venue: str
    organisers: str
    language: str
    time_zone: str
    is_fictional: bool
    is_rehearsal: bool
    url: str
    address: str
    """As people type it, without the code."""
    code: str
    paper: str
    posters: tuple[str, ...] = ()
    topics: tuple[Sheet, ...] = ()
    reports: tuple[Sheet, ...] = ()
    signs: tuple[Sign, ...] = ()
    guests: tuple[Guest, ...] = ()
    blank_rows: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.posters or self.topics or self.reports or self.signs or self.guests or self.blank_rows)
