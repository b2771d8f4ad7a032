"""The report of one group as a succession of nodes."""

from collections.abc import Iterator

from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from forum.text.markup import list_items
from forum.text.typography import spaced
from sessions.proceedings.book import BookAction, BookReport
from sessions.proceedings.nodes import (
    Heading,
    ItemList,
    Node,
    Paragraph,
    Picture,
    Quote,
    name_people,
    names_of,
    place_name,
    prose,
    single_line,
)


def report_nodes(report: BookReport) -> Iterator[Node]:
    """Yield the nodes of a report, in the current language."""
    meeting = report.meeting
    yield Heading(3, f"{meeting.number}. {single_line(meeting.heading)}", meeting)
    if not report.is_finished:
        yield Paragraph(capfirst(_("draft, not finished")))
    yield _facts(report)
    yield from _section(_("Findings"), report.findings, short_lines_are_items=True)
    yield from _section(_("Debated"), report.debate)
    if report.quote:
        yield Quote(single_line(report.quote), single_line(report.quote_author))
    if report.proposals:
        yield Heading(4, _("Proposals"))
        yield ItemList(tuple(map(single_line, list_items(report.proposals))), is_ordered=True)
    if report.actions:
        yield Heading(4, _("Actions"))
        yield ItemList(tuple(map(_action, report.actions)))
    yield from _section(_("Needs and requests"), report.needs, short_lines_are_items=True)
    yield from _section(_("Still open"), report.open_questions, short_lines_are_items=True)
    yield from _section(_("Resources cited"), report.resources, short_lines_are_items=True)
    yield from _photos(report)
    if report.people:
        yield Heading(4, _("In the group"))
        yield Paragraph(name_people(report.people, report.unnamed))
    if report.joined or report.joined_unnamed:
        yield Heading(4, _("Joining the follow-up"))
        yield Paragraph(name_people(report.joined, report.joined_unnamed))
    yield from _section(_("Contact"), report.contact)


def _facts(report: BookReport) -> ItemList:
    meeting = report.meeting
    hours = f"{time_format(meeting.starts_at)} – {time_format(meeting.ends_at)}"
    facts = {
        _("Proposed by"): names_of(meeting.conveners),
        _("Notes taken by"): single_line(report.scribes),
        _("Where and when"): f"{place_name(meeting)}, {hours}",
        _("Present"): str(meeting.head_count or ""),
    }
    return ItemList(tuple(spaced(f"{label}: {fact}") for label, fact in facts.items() if fact))


def _section(title: str, text: str, *, short_lines_are_items: bool = False) -> Iterator[Node]:
    if text:
        yield Heading(4, title)
        yield from prose(text, short_lines_are_items=short_lines_are_items)


def _photos(report: BookReport) -> Iterator[Node]:
    if report.photos:
        yield Heading(4, _("Photos"))
    for photo in report.photos:
        alt = single_line(photo.words) or _("Photo without a description")
        yield Picture(photo.file, alt, single_line(photo.caption), photo.width, photo.height)


def _action(action: BookAction) -> str:
    facts = {
        _("Point person"): action.point_person,
        _("With"): action.others,
        _("First step"): action.first_step,
        _("Due"): due(action),
        _("Resources"): action.resources,
    }
    details = "; ".join(f"{label}: {fact}" for label, fact in facts.items() if fact)
    return single_line(f"{action.rank} {action.what}" + (f" ({details})" if details else ""))


def due(action: BookAction) -> str:
    return action.due(lambda day: date_format(day, "SHORT_DATE_FORMAT"))


def flat_sections(report: BookReport) -> Iterator[tuple[str, str]]:
    """Yield the titles of a report, each with all of its text as one line. For reports that cannot be laid out."""
    title, texts = "", list[str]()
    for node in [*report_nodes(report)][1:]:
        if isinstance(node, Heading | Quote):
            if texts:
                yield title, " ".join(texts)
            title, texts = ("", [_flat_text(node)]) if isinstance(node, Quote) else (node.text, [])
        else:
            texts.append(_flat_text(node))
    if texts:
        yield title, " ".join(texts)


def _flat_text(node: Node) -> str:
    match node:
        case ItemList(lines):
            return " · ".join(lines)
        case Quote(text, author):
            return f"{text} ({author})" if author else text
        case Picture(alt=alt):
            return alt
        case Paragraph(text):
            return text
        case _:
            return ""
