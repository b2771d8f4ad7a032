"""The content of the book as immutable data, without layout and without database.

People are already named as they agreed to be, so that no format can name anybody otherwise. The fields, and the names
of the classes without `Book`, are published in `data.json` and its schema. One file, since it is that one format.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

FLAT, BARE = 1, 2
"""Values of `plainness`. FLAT: plain text without layout; BARE: moreover short, and only in Latin letters."""


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
    """Number of the edition; 0 for a book that is no edition."""
    made_at: datetime


@dataclass(frozen=True)
class BookFigures:
    participants: int
    territories: int
    organisations: int
    topics: int
    groups: int
    reports: int
    """Only the finished ones."""
    actions: int
    dated_actions: int


@dataclass(frozen=True)
class Person:
    """A person who agreed to be named, under the name they agreed to."""

    name: str
    organisation: str
    territory: str

    @property
    def affiliation(self) -> str:
        return ", ".join(part for part in (self.organisation, self.territory) if part)


@dataclass(frozen=True)
class BookAction:
    rank: str
    """For example 3.2: the second action of group 3."""
    number: int
    colour: int
    what: str
    point_person: str
    others: str
    first_step: str
    due_date: date | None
    due_words: str
    resources: str

    def due(self, format_date: Callable[[date], str]) -> str:
        """Write the due date, its words, or both."""
        return ", ".join(filter(None, (format_date(self.due_date) if self.due_date else "", self.due_words)))


@dataclass(frozen=True)
class Priority:
    """One result of the convergence."""

    words: str
    dots: int | None
    """Number of dots it got; None where nobody counted."""


@dataclass(frozen=True)
class Meeting:
    """A group that met, as the agenda shows it."""

    number: int
    colour: int
    heading: str
    conveners: tuple[Person, ...]
    """Those of the topic, then those of the topics merged into it; only those who agreed to be named."""
    starts_at: time
    ends_at: time
    place: str
    """Empty when the group met elsewhere and nobody noted where."""
    head_count: int
    has_report: bool
    day: int = 1


@dataclass(frozen=True)
class BookPhoto:
    """A photo that everybody may see: the people on it agreed, or nobody is on it."""

    file: str
    """Name of the image, see media/images.py."""
    words: str
    """Alternative text; may be empty."""
    caption: str
    width: int
    height: int
    """Pixels."""


@dataclass(frozen=True)
class BookReport:
    meeting: Meeting
    scribes: str
    people: tuple[Person, ...]
    unnamed: int
    """Number of the others who were there."""
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
    actions: tuple[BookAction, ...]
    joined: tuple[Person, ...]
    """People who joined the follow-up and agreed to be named."""
    joined_unnamed: int
    photos: tuple[BookPhoto, ...]
    """Empty until the report is finished."""
    plainness: int = 0
    """0 with its layout, FLAT or BARE when the PDF could not be made otherwise, see fallback.py."""

    @property
    def photo_pairs(self) -> list[tuple[BookPhoto, ...]]:
        return [self.photos[start : start + 2] for start in range(0, len(self.photos), 2)]


@dataclass(frozen=True)
class BookMoment:
    """A slot of the agenda: a moment in common when it has a title, else one cell of meetings per column."""

    starts_at: time
    ends_at: time
    minutes: int
    title: str
    cells: tuple[tuple[Meeting, ...], ...] = ()
    day: int = 1
    """Day of the forum, from 1."""


@dataclass(frozen=True)
class Column:
    name: str
    """Name of the place; empty for the groups that met elsewhere."""
    seats: int | None


@dataclass(frozen=True)
class BookAgenda:
    columns: tuple[Column, ...]
    moments: tuple[BookMoment, ...]


@dataclass(frozen=True)
class Essence:
    """What to remember of one finished report: its quote, or its first proposal."""

    meeting: Meeting
    words: str
    is_quote: bool
    author: str


@dataclass(frozen=True)
class Word:
    """Feedback of the closing circle; `person` when they agreed to be named."""

    words: str
    keep: str
    change: str
    person: Person | None


@dataclass(frozen=True)
class Territory:
    name: str
    """Empty for the people who gave none."""
    count: int
    people: tuple[Person, ...]

    @property
    def unnamed(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class BookLogo:
    name: str
    """Name of the organisation: the alternative text."""
    file: str
    """Name of the image, see media/images.py."""
    width: int
    height: int
    """Pixels."""
    on_dark: bool
    """Whether it needs a dark background, being too pale for white."""


@dataclass(frozen=True)
class BookLicence:
    name: str
    url: str
    """URL of its text; empty when it has none."""


@dataclass(frozen=True)
class BookImprint:
    """What the organisers add to the reports of the groups."""

    word: str
    signed_by: str
    signed_role: str
    next_dates: tuple[str, ...]
    credits: str
    accent: str
    """Colour as #1d5f8f; empty for the default colours."""
    licence: BookLicence | None
    logos: tuple[BookLogo, ...]


@dataclass(frozen=True)
class Origin:
    """The people of one territory, by group."""

    territory: str
    """Empty for the people who gave none."""
    counts: tuple[int, ...]
    """Number of people in each of `Encounters.groups`."""

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Encounters:
    """Who met whom: territories × groups."""

    groups: tuple[Meeting, ...]
    """The groups that somebody joined, by number."""
    origins: tuple[Origin, ...]
    """The territory with most people first, the people who gave none last."""

    @property
    def mixed_groups(self) -> int:
        """Number of groups with people of at least three territories."""
        named = [origin for origin in self.origins if origin.territory]
        return sum(sum(bool(origin.counts[index]) for origin in named) >= 3 for index in range(len(self.groups)))


@dataclass(frozen=True)
class Book:
    revision: int
    cover: Cover
    figures: BookFigures
    essence: tuple[Essence, ...]
    agenda: BookAgenda
    reports: tuple[BookReport, ...]
    unreported: tuple[Meeting, ...]
    """Groups that met and have written nothing yet."""
    unplaced: tuple[str, ...]
    """Titles of the topics that did not meet."""
    actions: tuple[BookAction, ...]
    priorities: tuple[Priority, ...]
    """Results of the convergence in the order in which they were noted; empty without convergence."""
    words: tuple[Word, ...]
    territories: tuple[Territory, ...]
    encounters: Encounters | None
    """None when nobody joined a group, or all came from one territory."""
    imprint: BookImprint
    plainness: int = 0
    """That of everything but the reports: 0 or BARE."""
