"""The printing kit as immutable data: which sheets with what on them, without layout and without database."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

POSTERS = ("question", "principles", "law", "join")
"""In the order in which they are hung."""
PAPERS = ("A4", "A3")
MAX_BLANK = 100


@dataclass(frozen=True)
class KitOrder:
    """What a facilitator chose to print."""

    posters: tuple[str, ...] = POSTERS
    paper: str = "A4"
    """Paper of the posters; sheets and signs are A4."""
    topics: bool = False
    """Whether to print a sheet for each topic."""
    blank_topics: int = 0
    """Number of empty sheets for topics."""
    reports: bool = False
    blank_reports: int = 0
    numbered: bool = True
    """Whether empty sheets bear the next numbers; else a space for one."""
    places: bool = False
    guests: bool = False
    """Whether the sign-in sheet lists the expected participants."""
    blank_rows: int = 0
    """Number of empty rows of the sign-in sheet."""
    language: str = "fr"

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """Build from `as_data` after a way through JSON, which has no tuples."""
        return cls(**data | {"posters": tuple(data["posters"])})


@dataclass(frozen=True)
class TopicSheet:
    """A sheet for a topic or for its report; without title it is to be written by hand."""

    number: int | None
    colour: int
    title: str = ""
    conveners: str = ""
    slot: str = ""
    place: str = ""
    url: str = ""
    """Page of the topic; empty when the sheet has no number."""


@dataclass(frozen=True)
class PlaceSign:
    name: str
    seats: int | None
    equipment: str
    url: str
    """Page of the place."""


@dataclass(frozen=True)
class ExpectedPerson:
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
    """The address to type, without the code."""
    code: str
    paper: str
    posters: tuple[str, ...] = ()
    topics: tuple[TopicSheet, ...] = ()
    reports: tuple[TopicSheet, ...] = ()
    signs: tuple[PlaceSign, ...] = ()
    guests: tuple[ExpectedPerson, ...] = ()
    blank_rows: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.posters or self.topics or self.reports or self.signs or self.guests or self.blank_rows)
