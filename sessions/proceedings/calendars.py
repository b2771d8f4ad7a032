"""The agenda as it ran and the due dates of the actions, as iCalendar files."""

import uuid
import zoneinfo
from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event

from forum.text.markup import without_markup
from forum.text.typography import spaced
from sessions.proceedings.book import Book, BookAction, Meeting


def agenda_calendar(book: Book) -> bytes:
    """Write one event for each moment in common and each group, in the forum's time zone."""
    with override(book.cover.language):
        calendar = _new_calendar(book, book.cover.title)
        for moment in book.agenda.moments:
            if moment.title:
                event = _new_event(book, f"moment {moment.day} {moment.starts_at}", moment.title)
                _set_hours(event, book, moment.day, moment.starts_at, moment.ends_at)
                calendar.add_component(event)
            for meeting in (meeting for cell in moment.cells for meeting in cell):
                calendar.add_component(_meeting_event(book, meeting))
        calendar.add_missing_timezones()
        return bytes(calendar.to_ical())


def due_date_calendar(book: Book) -> bytes:
    """Write one event of a whole day for each action with a date. Due dates in words are only in the action plan."""
    with override(book.cover.language):
        calendar = _new_calendar(book, _("Action plan: {forum}").format(forum=book.cover.title))
        for action in book.actions:
            if action.due_date is not None:
                event = _new_event(book, f"action {action.rank}", f"{action.rank} {without_markup(action.what)}")
                event.start, event.end = action.due_date, action.due_date + timedelta(days=1)
                event.description = _action_details(action)
                calendar.add_component(event)
        return bytes(calendar.to_ical())


def _new_calendar(book: Book, name: str) -> Calendar:
    calendar = Calendar.new(name=name, language=book.cover.language, uid=_uid(book, name), prodid="-//Forum ouvert//FR")
    calendar.last_modified = book.cover.made_at
    return calendar


def _new_event(book: Book, identifier: str, summary: str) -> Event:
    return Event.new(summary=summary, uid=_uid(book, identifier), stamp=book.cover.made_at)


def _uid(book: Book, identifier: str) -> str:
    """Return the same UID in each edition, so that importing a second one duplicates nothing."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{book.cover.title} {book.cover.date} {identifier}"))


def _meeting_event(book: Book, meeting: Meeting) -> Event:
    event = _new_event(book, f"group {meeting.number}", f"{meeting.number}. {meeting.heading}")
    _set_hours(event, book, meeting.day, meeting.starts_at, meeting.ends_at)
    event.location = ", ".join(filter(None, (meeting.place, book.cover.venue)))
    if names := ", ".join(person.name for person in meeting.conveners):
        event.description = _("Proposed by: {names}").format(names=names)
    return event


def _action_details(action: BookAction) -> str:
    details = {
        _("Point person"): action.point_person,
        _("With"): action.others,
        _("First step"): action.first_step,
        _("Resources"): action.resources,
    }
    return "\n".join(spaced(f"{label}: {without_markup(text)}") for label, text in details.items() if text)


def _set_hours(event: Event, book: Book, day: int, starts_at: time, ends_at: time) -> None:
    """Set start and end on a day of the forum; an end that is not after the start is on the day after."""
    zone = zoneinfo.ZoneInfo(book.cover.time_zone)
    date = book.cover.date + timedelta(days=day - 1)
    event.start = _exact(datetime.combine(date, starts_at, zone))
    event.end = _exact(datetime.combine(date + timedelta(days=ends_at <= starts_at), ends_at, zone))


def _exact(time: datetime) -> datetime:
    """Return a time that calendars cannot mistake: in the hour that comes twice, the second one, in UTC."""
    second = time.replace(fold=1)
    return time if time.utcoffset() == second.utcoffset() else second.astimezone(UTC)
