"""The book as data: everything that the compte-rendu says, with no layout in it and no database behind it.

Names are already written as each person agreed to be named, so that whoever prints this can name nobody else.
"""

from dataclasses import dataclass
from datetime import date, datetime, time


@dataclass(frozen=True)
class Cover:
    title: str
    question: str
    date: date
    venue: str
    organisers: str
    contact: str
    language: str
    time_zone: str
    is_fictional: bool
    number: int
    """Of the edition; 0 for a book that is no edition."""
    made_at: datetime


@dataclass(frozen=True)
class Figures:
    participants: int
    territories: int
    organisations: int
    topics: int
    groups: int
    reports: int
    """Finished ones."""
    actions: int
    dated_actions: int


@dataclass(frozen=True)
class Person:
    """Someone who agreed to be named, as they agreed to be named."""

    name: str
    organisation: str
    territory: str

    @property
    def affiliation(self) -> str:
        return ", ".join(part for part in (self.organisation, self.territory) if part)


@dataclass(frozen=True)
class Action:
    rank: str
    """Such as 3.2: the second action of group 3."""
    number: int
    colour: int
    what: str
    point_person: str
    others: str
    first_step: str
    due_date: date | None
    due_words: str
    resources: str


@dataclass(frozen=True)
class Meeting:
    """A group as the agenda shows it."""

    number: int
    colour: int
    heading: str
    convener: Person | None
    starts_at: time
    ends_at: time
    place: str
    """Empty when the group met elsewhere and nobody said where."""
    head_count: int
    has_report: bool


@dataclass(frozen=True)
class Report:
    meeting: Meeting
    scribes: str
    people: tuple[Person, ...]
    unnamed: int
    """How many more were there."""
    territories: int
    is_finished: bool
    findings: str
    debate: str
    proposals: str
    needs: str
    open_questions: str
    resources: str
    quote: str
    quote_author: str
    contact: str
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Moment:
    """A slot: a moment in common when it has a title, else one tuple of meetings per column of the agenda."""

    starts_at: time
    ends_at: time
    minutes: int
    title: str
    cells: tuple[tuple[Meeting, ...], ...] = ()


@dataclass(frozen=True)
class Column:
    name: str
    """Empty for the groups that met elsewhere."""
    seats: int | None


@dataclass(frozen=True)
class Agenda:
    columns: tuple[Column, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Essence:
    """What to remember of one finished report, in its own words."""

    meeting: Meeting
    words: str
    is_quote: bool
    author: str


@dataclass(frozen=True)
class Word:
    """What someone said in the closing circle; `person` when they agreed to be named."""

    words: str
    keep: str
    change: str
    person: Person | None


@dataclass(frozen=True)
class Territory:
    name: str
    """Empty for those who gave none."""
    count: int
    people: tuple[Person, ...]

    @property
    def others(self) -> int:
        """Those who did not wish to be named."""
        return self.count - len(self.people)


@dataclass(frozen=True)
class Book:
    revision: int
    cover: Cover
    figures: Figures
    essence: tuple[Essence, ...]
    agenda: Agenda
    reports: tuple[Report, ...]
    unreported: tuple[Meeting, ...]
    """Groups that met and wrote nothing, yet."""
    unplaced: tuple[str, ...]
    """Titles of the topics that did not meet."""
    actions: tuple[Action, ...]
    words: tuple[Word, ...]
    territories: tuple[Territory, ...]
