"""Calendars of the book: the agenda as it ran, and the due dates of the actions."""

import uuid
import zoneinfo
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event

from forum.templatetags.words import spaced
from forum.text.markup import unmarked
from sessions.proceedings.book import Book, Meeting


def agenda(book: Book) -> bytes:
    """ICS: one event for each moment in common and each group, in the forum's own time."""
    with override(book.cover.language):
        calendar = _calendar(book, book.cover.title)
        for moment in book.agenda.moments:
            if moment.title:
                event = _event(book, f"moment {moment.day} {moment.starts_at}", moment.title)
                _between(event, book, moment.day, moment.starts_at, moment.ends_at)
                calendar.add_component(event)
            for meeting in (meeting for cell in moment.cells for meeting in cell):
                calendar.add_component(_group(book, meeting))
        calendar.add_missing_timezones()
        return bytes(calendar.to_ical())


def due_dates(book: Book) -> bytes:
    """ICS: one whole day for each action that has a date. Those whose date is in words are only in the table."""
    with override(book.cover.language):
        calendar = _calendar(book, _("Action plan: {forum}").format(forum=book.cover.title))
        for action in book.actions:
            if action.due_date is None:
                continue
            event = _event(book, f"action {action.rank}", f"{action.rank} {unmarked(action.what)}")
            event.start, event.end = action.due_date, action.due_date + timedelta(days=1)
            told = {
                _("Point person"): action.point_person,
                _("With"): action.others,
                _("First step"): action.first_step,
                _("Resources"): action.resources,
            }
            event.description = "\n".join(spaced(f"{name}: {unmarked(text)}") for name, text in told.items() if text)
            calendar.add_component(event)
        return bytes(calendar.to_ical())


def _calendar(book: Book, name: str) -> Calendar:
    calendar = Calendar.new(
        name=name, language=book.cover.language, uid=_identity(book, name), prodid="-//Forum ouvert//FR"
    )
    calendar.last_modified = book.cover.made_at
    return calendar


def _event(book: Book, what: str, summary: str) -> Event:
    return Event.new(summary=summary, uid=_identity(book, what), stamp=book.cover.made_at)


def _identity(book: Book, what: str) -> str:
    """The same from one edition to the next, so that what is imported twice is there once."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{book.cover.title} {book.cover.date} {what}"))


def _group(book: Book, meeting: Meeting) -> Event:
    event = _event(book, f"group {meeting.number}", f"{meeting.number}. {meeting.heading}")
    _between(event, book, meeting.day, meeting.starts_at, meeting.ends_at)
    event.location = ", ".join(filter(None, (meeting.place, book.cover.venue)))
    if names := ", ".join(person.name for person in meeting.conveners):
        event.description = _("Proposed by: {names}").format(names=names)
    return event


def _between(event: Event, book: Book, day: int, begin: time, end: time) -> None:
    """From hour to hour of one day of the forum; a moment that passes midnight ends the day after."""
    zone = zoneinfo.ZoneInfo(book.cover.time_zone)
    when: date = book.cover.date + timedelta(days=day - 1)
    event.start = datetime.combine(when, begin, zone)
    event.end = datetime.combine(when + timedelta(days=end <= begin), end, zone)
