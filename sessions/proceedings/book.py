"""The book as data: everything that the compte-rendu says, with no layout in it and no database behind it.

Names are already written as each person agreed to be named, so that whoever prints this can name nobody else.
"""

from collections.abc import Callable
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

    def due(self, written: Callable[[date], str]) -> str:
        """By when: the date, as this writes it, and the words, of which there may be both."""
        return ", ".join(filter(None, (written(self.due_date) if self.due_date else "", self.due_words)))


@dataclass(frozen=True)
class Priority:
    """What the convergence put forward."""

    words: str
    dots: int | None
    """How many people gave it; None where nobody counted."""


@dataclass(frozen=True)
class Meeting:
    """A group as the agenda shows it."""

    number: int
    colour: int
    heading: str
    conveners: tuple[Person, ...]
    """Its own, then those of the topics that joined it; only those who agreed to be named."""
    starts_at: time
    ends_at: time
    place: str
    """Empty when the group met elsewhere and nobody said where."""
    head_count: int
    has_report: bool
    day: int = 1


@dataclass(frozen=True)
class Photo:
    """What everyone may see: the people on it agreed, or nobody is on it."""

    file: str
    """The name of its image, see images.py."""
    words: str
    """What stands for it where it cannot be seen; may be empty."""
    caption: str
    width: int
    height: int
    """Its proportions, in pixels."""


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
    joined: tuple[Person, ...]
    """Those of other groups who join the follow-up, and agreed to be named."""
    joined_unnamed: int
    photos: tuple[Photo, ...]
    """None as long as it is not finished."""
    plainness: int = 0
    """How much of its layout it lost, because the PDF could not be made otherwise: 0 nothing, 1 all (plain text), 2 its
    length and foreign signs too."""

    @property
    def photo_rows(self) -> list[tuple[Photo, ...]]:
        """Two side by side."""
        return [self.photos[at : at + 2] for at in range(0, len(self.photos), 2)]


@dataclass(frozen=True)
class Moment:
    """A slot: a moment in common when it has a title, else one tuple of meetings per column of the agenda."""

    starts_at: time
    ends_at: time
    minutes: int
    title: str
    cells: tuple[tuple[Meeting, ...], ...] = ()
    day: int = 1
    """Which day of the forum it belongs to."""


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
class Logo:
    name: str
    """Whose it is: its text alternative."""
    file: str
    """The name of its image, see images.py."""
    width: int
    height: int
    """In pixels."""
    on_dark: bool
    """Too pale to be seen on white."""


@dataclass(frozen=True)
class Licence:
    name: str
    url: str
    """Of its text; empty when it has none."""


@dataclass(frozen=True)
class Imprint:
    """What the organisers add to what the groups wrote."""

    word: str
    signed_by: str
    signed_role: str
    next_dates: tuple[str, ...]
    credits: str
    accent: str
    """As #1d5f8f; empty: the colours of the house."""
    licence: Licence | None
    logos: tuple[Logo, ...]


@dataclass(frozen=True)
class Origin:
    """Those who came from one territory, over the groups."""

    territory: str
    """Empty for those who gave none."""
    counts: tuple[int, ...]
    """How many of them sat in each of the groups."""

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Encounters:
    """Who met whom: territories × groups."""

    groups: tuple[Meeting, ...]
    """Those in which somebody sat, by number."""
    origins: tuple[Origin, ...]
    """The territory with most people first, those who gave none last."""

    @property
    def mixed(self) -> int:
        """How many groups brought at least three territories together."""
        named = [origin for origin in self.origins if origin.territory]
        return sum(sum(bool(origin.counts[at]) for origin in named) >= 3 for at in range(len(self.groups)))


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
    priorities: tuple[Priority, ...]
    """What came out of the convergence, in the order in which it was noted; empty when there was none."""
    words: tuple[Word, ...]
    territories: tuple[Territory, ...]
    encounters: Encounters | None
    """None when nobody sat in a group, or all came from one territory."""
    imprint: Imprint
    plainness: int = 0
    """That of all that surrounds the reports: 0 or 2."""
