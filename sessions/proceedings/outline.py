"""The book as a succession of headings, paragraphs, lists and tables, for the formats that have no layout.

Lines may hold **bold** and links, which each format shows as it can, see forum/text/markup.py.
"""

from collections.abc import Iterator

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from forum.text.markup import list_items
from forum.text.typography import spaced
from sessions.proceedings.book import Book, BookImprint, BookMoment, Encounters, Priority, Territory, Word
from sessions.proceedings.nodes import (
    Heading,
    ItemList,
    Node,
    Paragraph,
    Quote,
    Table,
    name_people,
    names_of,
    place_name,
    prose,
    single_line,
)
from sessions.proceedings.report_outline import due, report_nodes


def outline(book: Book) -> list[Node]:
    """Return everything that the book says, in its order and in the forum's language."""
    with override(book.cover.language):
        return [
            *_cover(book),
            *_sponsor(book.imprint),
            *_essence(book),
            *_agenda(book),
            *_reports(book),
            *_action_plan(book),
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


def _sponsor(imprint: BookImprint) -> Iterator[Node]:
    if not imprint.word:
        return
    yield Heading(2, _("Word of the sponsor"))
    yield from prose(imprint.word)
    if imprint.signed_by:
        yield Paragraph(", ".join(single_line(part) for part in (imprint.signed_by, imprint.signed_role) if part))


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
        yield Paragraph(f"{essence.meeting.number}. {single_line(essence.meeting.heading)}")
        if essence.is_quote:
            yield Quote(single_line(essence.words), single_line(essence.author))
        else:
            yield ItemList((single_line(essence.words),))


def _agenda(book: Book) -> Iterator[Node]:
    yield Heading(2, _("The agenda as it ran"))
    moments = book.agenda.moments
    rows = tuple(row for moment in moments for row in _moment_rows(moment, with_day=moments[-1].day > 1))
    if rows:
        yield Table((_("Hour"), _("Group"), _("Place"), _("Proposed by"), _("Present")), rows, (3, 6, 3, 3, 2))
    if book.unplaced:
        yield Heading(3, _("Proposed, and did not meet"))
        yield ItemList(tuple(map(single_line, book.unplaced)))


def _moment_rows(moment: BookMoment, *, with_day: bool) -> Iterator[tuple[str, ...]]:
    hours = f"{time_format(moment.starts_at)} – {time_format(moment.ends_at)}"
    if with_day:
        hours = _("Day {number}").format(number=moment.day) + f", {hours}"
    if moment.title:
        yield hours, single_line(moment.title), "", "", ""
    for meeting in (meeting for cell in moment.cells for meeting in cell):
        heading = f"{meeting.number}. {single_line(meeting.heading)}"
        yield hours, heading, place_name(meeting), names_of(meeting.conveners), str(meeting.head_count or "")


def _reports(book: Book) -> Iterator[Node]:
    if book.reports or book.unreported:
        yield Heading(2, _("What the groups brought back"))
    for report in book.reports:
        yield from report_nodes(report)
    if book.unreported:
        yield Heading(3, _("Met, and wrote no report yet"))
        yield ItemList(tuple(f"{meeting.number}. {single_line(meeting.heading)}" for meeting in book.unreported))


def _action_plan(book: Book) -> Iterator[Node]:
    if not book.actions:
        return
    yield Heading(2, _("Action plan"))
    head = (_("No."), _("Action"), _("Point person"), _("With"), _("First step"), _("Due"), _("Resources"))
    rows = (
        (a.rank, a.what, a.point_person, a.others, a.first_step, due(a), a.resources)
        for a in book.actions
    )  # fmt: skip
    yield Table(head, tuple(tuple(map(single_line, row)) for row in rows), (1, 4, 2, 3, 3, 2, 2))


def _convergence(priorities: tuple[Priority, ...]) -> Iterator[Node]:
    if priorities:
        yield Heading(2, _("Convergence"))
        yield ItemList(tuple(map(_priority, priorities)))


def _priority(priority: Priority) -> str:
    if priority.dots is None:
        return single_line(priority.words)
    dots = ngettext("{count} dot", "{count} dots", priority.dots).format(count=priority.dots)
    return f"{single_line(priority.words)} ({dots})"


def _encounters(encounters: Encounters | None) -> Iterator[Node]:
    if encounters is None:
        return
    yield Heading(2, _("Who met whom"))
    sentence = ngettext(
        "%(n)s group out of %(groups)s brought people of three territories or more around the same table.",
        "%(n)s groups out of %(groups)s brought people of three territories or more around the same table.",
        encounters.mixed_groups,
    )
    yield Paragraph(sentence % {"n": encounters.mixed_groups, "groups": len(encounters.groups)})
    rows = (
        (
            single_line(origin.territory) or _("No territory given"),
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
            yield Quote(single_line(word.words), word.person.name if word.person else "")
    for title, texts in (
        (_("To keep"), [word.keep for word in words if word.keep]),
        (_("To change"), [word.change for word in words if word.change]),
    ):
        if texts:
            yield Heading(3, title)
            yield ItemList(tuple(map(single_line, texts)))


def _people(territories: tuple[Territory, ...]) -> Iterator[Node]:
    if territories:
        yield Heading(2, _("Participants"))
    yield ItemList(tuple(map(_territory, territories)))


def _territory(territory: Territory) -> str:
    line = f"{single_line(territory.name) or _('No territory given')} ({territory.count})"
    if not territory.people:
        return line
    return f"{line}: " + name_people(territory.people, territory.unnamed, with_territory=False)


def _next_dates(imprint: BookImprint) -> Iterator[Node]:
    if imprint.next_dates:
        yield Heading(2, _("Next dates"))
        yield ItemList(tuple(map(single_line, imprint.next_dates)))


def _credits(book: Book) -> Iterator[Node]:
    yield Heading(2, _("About this document"))
    yield from (Paragraph(single_line(line)) for line in list_items(book.imprint.credits))
    if licence := book.imprint.licence:
        sentence = spaced(_("Licence: %(licence)s.") % {"licence": licence.name})
        yield Paragraph(f"{sentence} {licence.url}".rstrip())
    yield Paragraph(
        spaced(_("Everyone is named as they agreed to be: full name, first name, initials, or not at all."))
    )
    if book.cover.contact:
        yield Paragraph(single_line(book.cover.contact))
