"""The book as a plain succession of headings, paragraphs, lists and tables, for the forms that have no layout.

Lines may hold **bold** and links, which each form shows as it can, or not: see prose.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from forum.templatetags.words import spaced
from forum.text.markup import blocks, clean, items
from sessions.proceedings.book import (
    Action,
    Book,
    Encounters,
    Imprint,
    Meeting,
    Moment,
    Person,
    Priority,
    Report,
    Territory,
    Word,
)


@dataclass(frozen=True)
class Heading:
    level: int
    """1 for the book, 2 for a chapter, 3 for a group, 4 for a part of its report."""
    text: str
    meeting: Meeting | None = None
    """The group whose report begins here."""


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Items:
    lines: tuple[str, ...]
    is_ordered: bool = False
    first: int = 1
    """The number of the first one, where they are ordered."""


@dataclass(frozen=True)
class Quote:
    text: str
    author: str
    is_quote: ClassVar = True


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """Of the columns, as parts of seventeen."""


@dataclass(frozen=True)
class Picture:
    file: str
    """The name of its image, see images.py."""
    words: str
    """What stands for it where it cannot be seen."""
    caption: str
    width: int
    height: int


Node = Heading | Paragraph | Items | Quote | Table | Picture


def outline(book: Book) -> list[Node]:
    """Everything that the book says, in its order and in the forum's language."""
    with override(book.cover.language):
        return [
            *_cover(book),
            *_sponsor(book.imprint),
            *_essence(book),
            *_agenda(book),
            *_groups(book),
            *_plan(book),
            *_convergence(book.priorities),
            *_encounters(book.encounters),
            *_words(book.words),
            *_people(book.territories),
            *_next_dates(book.imprint),
            *_credits(book),
        ]


def _cover(book: Book) -> Iterator[Node]:
    cover = book.cover
    yield Heading(1, spaced(cover.question))
    yield Paragraph(spaced(cover.title))
    facts = [date_format(cover.date, "DATE_FORMAT"), cover.venue, cover.organisers]
    yield Paragraph(" · ".join(spaced(fact) for fact in facts if fact))
    if cover.is_fictional:
        yield Paragraph(
            spaced(_("Invented data: the topics, the people and the reports were made up for a demonstration."))
        )


def _sponsor(imprint: Imprint) -> Iterator[Node]:
    if not imprint.word:
        return
    yield Heading(2, _("Word of the sponsor"))
    yield from _prose(imprint.word)
    if imprint.signed_by:
        yield Paragraph(", ".join(_told(part) for part in (imprint.signed_by, imprint.signed_role) if part))


def _essence(book: Book) -> Iterator[Node]:
    yield Heading(2, _("The essential on one page"))
    figures = book.figures
    counts = (
        ngettext("{count} person", "{count} people", figures.participants).format(count=figures.participants),
        ngettext("{count} topic proposed", "{count} topics proposed", figures.topics).format(count=figures.topics),
        ngettext("{count} group that met", "{count} groups that met", figures.groups).format(count=figures.groups),
        ngettext("{count} action to carry on", "{count} actions to carry on", figures.actions).format(
            count=figures.actions
        ),
    )
    yield Paragraph(", ".join(counts))
    for essence in book.essence:
        yield Paragraph(f"{essence.meeting.number}. {_told(essence.meeting.heading)}")
        if essence.is_quote:
            yield Quote(_told(essence.words), _told(essence.author))
        else:
            yield Items((_told(essence.words),))


def _agenda(book: Book) -> Iterator[Node]:
    yield Heading(2, _("The agenda as it ran"))
    rows = tuple(row for moment in book.agenda.moments for row in _rows(moment, book.agenda.moments[-1].day > 1))
    if rows:
        yield Table((_("Hour"), _("Group"), _("Place"), _("Proposed by"), _("Present")), rows, (3, 6, 3, 3, 2))
    if book.unplaced:
        yield Heading(3, _("Proposed, and did not meet"))
        yield Items(tuple(map(_told, book.unplaced)))


def _rows(moment: Moment, says_day: bool) -> Iterator[tuple[str, ...]]:
    hours = f"{time_format(moment.starts_at)} – {time_format(moment.ends_at)}"
    if says_day:
        hours = _("Day {number}").format(number=moment.day) + f", {hours}"
    if moment.title:
        yield hours, _told(moment.title), "", "", ""
    for meeting in (meeting for cell in moment.cells for meeting in cell):
        heading = f"{meeting.number}. {_told(meeting.heading)}"
        yield hours, heading, _place(meeting), _names(meeting.conveners), str(meeting.head_count or "")


def _groups(book: Book) -> Iterator[Node]:
    if book.reports or book.unreported:
        yield Heading(2, _("What the groups brought back"))
    for report in book.reports:
        yield from _report(report)
    if book.unreported:
        yield Heading(3, _("Met, and wrote no report yet"))
        yield Items(tuple(f"{meeting.number}. {_told(meeting.heading)}" for meeting in book.unreported))


def _report(report: Report) -> Iterator[Node]:
    meeting = report.meeting
    yield Heading(3, f"{meeting.number}. {_told(meeting.heading)}", meeting)
    hours = f"{time_format(meeting.starts_at)} – {time_format(meeting.ends_at)}"
    facts = {
        _("Proposed by"): _names(meeting.conveners),
        _("Notes taken by"): _told(report.scribes),
        _("Where and when"): f"{_place(meeting)}, {hours}",
        _("Present"): str(meeting.head_count or ""),
    }
    if not report.is_finished:
        yield Paragraph(capfirst(_("draft, not finished")))
    yield Items(tuple(spaced(f"{name}: {fact}") for name, fact in facts.items() if fact))
    yield from _section(_("Findings"), report.findings, lists=True)
    yield from _section(_("Debated"), report.debate)
    if report.quote:
        yield Quote(_told(report.quote), _told(report.quote_author))
    if report.proposals:
        yield Heading(4, _("Proposals"))
        yield Items(tuple(map(_told, items(report.proposals))), is_ordered=True)
    if report.actions:
        yield Heading(4, _("Actions"))
        yield Items(tuple(_action(action) for action in report.actions))
    yield from _section(_("Needs and requests"), report.needs, lists=True)
    yield from _section(_("Still open"), report.open_questions, lists=True)
    yield from _section(_("Resources cited"), report.resources, lists=True)
    if report.photos:
        yield Heading(4, _("Photos"))
    for photo in report.photos:
        words = _told(photo.words) or _("Photo without a description")
        yield Picture(photo.file, words, _told(photo.caption), photo.width, photo.height)
    if report.people:
        yield Heading(4, _("In the group"))
        yield Paragraph(_crowd(report.people, report.unnamed))
    if report.joined or report.joined_unnamed:
        yield Heading(4, _("Joining the follow-up"))
        yield Paragraph(_crowd(report.joined, report.joined_unnamed))
    yield from _section(_("Contact"), report.contact)


def flat(report: Report) -> Iterator[tuple[str, str]]:
    """A report as titles, each with all that stands under it as one text: for where no layout is to be trusted."""
    title, said = "", list[str]()
    for node in [*_report(report)][1:]:
        if isinstance(node, Heading | Quote):
            if said:
                yield title, " ".join(said)
            title, said = ("", [_flat(node)]) if isinstance(node, Quote) else (node.text, [])
        else:
            said.append(_flat(node))
    if said:
        yield title, " ".join(said)


def _flat(node: Node) -> str:
    match node:
        case Items(lines):
            return " · ".join(lines)
        case Quote(text, author):
            return f"{text} ({author})" if author else text
        case Picture(words=words):
            return words
        case Paragraph(text):
            return text
        case _:
            return ""


def _section(title: str, text: str, *, lists: bool = False) -> Iterator[Node]:
    if text:
        yield Heading(4, title)
        yield from _prose(text, lists=lists)


def _prose(text: str, *, lists: bool = False) -> Iterator[Node]:
    for block in blocks(text, lists=lists):
        lines = tuple(map(_told, block.lines))
        if block.is_list:
            yield Items(lines, block.first > 0, block.first or 1)
        else:
            yield from map(Paragraph, lines)


def _action(action: Action) -> str:
    facts = {
        _("Point person"): action.point_person,
        _("With"): action.others,
        _("First step"): action.first_step,
        _("Due"): _due(action),
        _("Resources"): action.resources,
    }
    told = "; ".join(f"{name}: {fact}" for name, fact in facts.items() if fact)
    return _told(f"{action.rank} {action.what}" + (f" ({told})" if told else ""))


def _due(action: Action) -> str:
    return action.due(lambda day: date_format(day, "SHORT_DATE_FORMAT"))


def _plan(book: Book) -> Iterator[Node]:
    if not book.actions:
        return
    yield Heading(2, _("Action plan"))
    head = (_("No."), _("Action"), _("Point person"), _("With"), _("First step"), _("Due"), _("Resources"))
    rows = (
        (a.rank, a.what, a.point_person, a.others, a.first_step, _due(a), a.resources)
        for a in book.actions
    )  # fmt: skip
    yield Table(head, tuple(tuple(map(_told, row)) for row in rows), (1, 4, 2, 3, 3, 2, 2))


def _convergence(priorities: tuple[Priority, ...]) -> Iterator[Node]:
    if priorities:
        yield Heading(2, _("Convergence"))
        yield Items(tuple(_priority(priority) for priority in priorities))


def _priority(priority: Priority) -> str:
    if priority.dots is None:
        return _told(priority.words)
    dots = ngettext("{count} dot", "{count} dots", priority.dots).format(count=priority.dots)
    return f"{_told(priority.words)} ({dots})"


def _encounters(encounters: Encounters | None) -> Iterator[Node]:
    if encounters is None:
        return
    yield Heading(2, _("Who met whom"))
    told = ngettext(
        "%(n)s group out of %(groups)s brought people of three territories or more around the same table.",
        "%(n)s groups out of %(groups)s brought people of three territories or more around the same table.",
        encounters.mixed,
    )
    yield Paragraph(told % {"n": encounters.mixed, "groups": len(encounters.groups)})
    rows = (
        (
            _told(origin.territory) or _("No territory given"),
            ", ".join(
                f"{group.number} ({count})" if count > 1 else f"{group.number}"
                for group, count in zip(encounters.groups, origin.counts, strict=True)
                if count
            ),
        )
        for origin in encounters.origins
    )
    yield Table((_("Territory"), _("Groups (and how many people, where several)")), tuple(rows), (7, 10))


def _words(words: tuple[Word, ...]) -> Iterator[Node]:
    if words:
        yield Heading(2, _("Words of the closing circle"))
    for word in words:
        if word.words:
            yield Quote(_told(word.words), word.person.name if word.person else "")
    for title, said in ((_("To keep"), "keep"), (_("To change"), "change")):
        if lines := tuple(_told(getattr(word, said)) for word in words if getattr(word, said)):
            yield Heading(3, title)
            yield Items(lines)


def _people(territories: tuple[Territory, ...]) -> Iterator[Node]:
    if territories:
        yield Heading(2, _("Participants"))
    lines = (
        f"{_told(territory.name) or _('No territory given')} ({territory.count})"
        + spaced(": ") * bool(territory.people)
        + _crowd(territory.people, territory.others if territory.people else 0, with_territory=False)
        for territory in territories
    )
    yield Items(tuple(lines))


def _next_dates(imprint: Imprint) -> Iterator[Node]:
    if imprint.next_dates:
        yield Heading(2, _("Next dates"))
        yield Items(tuple(map(_told, imprint.next_dates)))


def _credits(book: Book) -> Iterator[Node]:
    yield Heading(2, _("About this document"))
    yield from (Paragraph(_told(line)) for line in items(book.imprint.credits))
    if licence := book.imprint.licence:
        told = spaced(_("Licence: %(licence)s.") % {"licence": licence.name})
        yield Paragraph(f"{told} {licence.url}".rstrip())
    yield Paragraph(
        spaced(_("Everyone is named as they agreed to be: full name, first name, initials, or not at all."))
    )
    if book.cover.contact:
        yield Paragraph(_told(book.cover.contact))


def _told(text: str) -> str:
    """One line of somebody's text; nothing is cut: long words break where the reader's program likes."""
    return spaced(" ".join(clean(text).replace("\u200b", "").split()))


def _place(meeting: Meeting) -> str:
    return _told(meeting.place) or _("Elsewhere")


def _names(people: Iterable[Person]) -> str:
    return ", ".join(person.name for person in people)


def _crowd(people: Iterable[Person], others: int, *, with_territory: bool = True) -> str:
    names = [
        f"{person.name} ({told})"
        if (told := person.affiliation if with_territory else person.organisation)
        else person.name
        for person in people
    ]
    told = ", ".join(names)
    if others and not names:
        return ngettext("{count} person not named", "{count} people not named", others).format(count=others)
    if others:
        told += " " + ngettext("and {count} other", "and {count} others", others).format(count=others)
    return told
