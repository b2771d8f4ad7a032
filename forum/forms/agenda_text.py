"""The agenda as text: slots and places, one per line as on paper, parsed with tolerance and formatted back."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forum.models import Place, Slot
from forum.text.one_line import one_line

Row = dict[str, Any]
"""The fields of a line: `day`, `starts_at`, `minutes`, `title` of a slot; `name`, `seats`, `equipment` of a place."""

MAX_LINES = 60
MAX_ERRORS = 5
"""Wrong lines that are reported at a time."""

# “9:30”, “9h”, “9.30”, “9 h 30”, “2:15 pm”. But “9h 45” is an hour and a duration.
_MINUTE = r"(?: [:.h](?P<{0}_minute>\d\d) | \s+h\s*(?P<{0}_spaced>[0-5]\d)(?!\s*(?:min|mn|['′])) | \s?[h:] )(?!\d)"
_HALF = r"(?: \s?(?P<{0}_half>[ap])\.?m\b\.? )?"
_HOUR = r"(?P<{0}_hour>\d{{1,2}})" + _MINUTE + _HALF
_BARE = r"(?P<{0}_bare>\d{{1,2}})(?!\d|\s*(?:min|mn|['′]))"
_END = f"(?: {_HOUR.format('end')} | {_BARE.format('end')} )"
SLOT = re.compile(
    rf"""(?: [-–—*•·]\s* )? (?: (?:de|from)\s )?
    (?: {_HOUR.format("start")} | {_BARE.format("start")} (?= \s*(?:[-–—→]|à|to)\s*\d ) )
    (?: \s*(?: [-–—→] | (?:à|to|jusqu['’]à|until)\b )\s* {_END}
      | \s*[,(]?\s* (?P<length>\d{{1,3}}) (?: \s?(?:minutes|minute|min|mn|m)\b | ['′] )? (?![\w'’]) \s*\)?
      | \s*\(\s* (?P<hours>\d)\s?h\s?(?P<rest>[0-5]\d)? \s*\)
    )?
    (?: \s*[:;,.–—-]\s* | \s+ | $ ) (?P<title>.*)""",
    re.VERBOSE | re.IGNORECASE,
)
DAY = re.compile(r"(?:jour|journée|day|j)\s*n?°?\s*(?P<day>\d{1,2})\s*(?:[-–—:;,.(].*)?", re.IGNORECASE)
GROUPS = re.compile(
    r"(?:ateliers?|groupes?(?: de travail)?|(?:working |break-?out )?groups?|workshops?|sessions?|rounds?|cr[ée]neaux?)"
    r"(?:\s*(?:n°|#)?\s*(?:\d{1,2}|[a-z]))?",
    re.IGNORECASE,
)
"""Titles of a slot for groups, which is stored without a title."""
SEATS = re.compile(
    r"(?P<seats>\d{1,9})\s*(?:(?:places?|seats?|chaises?|chairs?|personnes?|people|pers|pax|p)\b\.?)?\s*(?:[,;·/+–—-]|$)\s*",
    re.IGNORECASE,
)
INLINE_SEATS = re.compile(
    r"(?P<name>.+?)\s*[,:–—-]\s*(?P<hints>\d{1,9}\s*(?:places?|seats?|personnes?|people|pers)\b.*)"
)


class LineParser:
    """Parse a text line by line, and collect the errors of all lines."""

    def __init__(self, text: str) -> None:
        self.lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        self.errors: list[tuple[int, str]] = []
        """Numbers of lines, and reasons."""

    def parse(self, parse: Callable[[str], Row | None], key: Callable[[Row], Any], duplicate: str) -> list[Row]:
        """Return the row that `parse` makes of each line, with its number as `line`.

        A line of which it makes None has no row. A row with the key of an earlier one is an error.
        """
        rows = []
        seen: dict[Any, int] = {}
        for number, line in self.lines:
            try:
                row = parse(line)
            except ValidationError as error:
                self.errors.append((number, str(error.message)))
                continue
            if row is None:
                continue
            value = key(row)
            if value in seen:
                self.errors.append((number, duplicate.format(other=seen[value])))
            seen.setdefault(value, number)
            rows.append({**row, "line": number})
        return rows

    def check(self) -> None:
        """Raise ValidationError with a message for each of the first MAX_ERRORS wrong lines, if there are any."""
        if len(self.lines) > MAX_LINES:
            raise ValidationError(_("{most} lines at most.").format(most=MAX_LINES))
        text = dict(self.lines)
        message = _("Line {number}, “{line}”: {reason}")
        if self.errors:
            raise ValidationError(
                [
                    message.format(number=number, line=one_line(text[number])[:60], reason=reason)
                    for number, reason in sorted(self.errors)[:MAX_ERRORS]
                ]
            )


def parse_slots(text: str) -> list[Row]:
    """Parse the slots of a text, ordered by time; a line “Day 2” begins another day. Raises ValidationError."""
    parser = LineParser(text)
    day = 1

    def parse(line: str) -> Row | None:
        nonlocal day
        if header := DAY.fullmatch(one_line(line)):
            if not 1 <= int(header["day"]) <= Slot.MAX_DAYS:
                raise ValidationError(_("a forum lasts at most {most} days.").format(most=Slot.MAX_DAYS))
            day = int(header["day"])
            return None
        return {"day": day, **parse_slot(one_line(line))}

    rows = parser.parse(parse, _moment, _("starts at the same time as line {other}."))
    rows.sort(key=_moment)
    is_complete = not parser.errors  # otherwise the next slot may be on a line with an error
    for row in rows:
        later = [other["starts_at"] for other in rows if other["day"] == row["day"] and _moment(other) > _moment(row)]
        if row["minutes"] is None and later:
            row["minutes"] = _minutes_between(row["starts_at"], min(later))
        if (row["minutes"] or is_complete) and (reason := _length_error(row["minutes"])):
            parser.errors.append((row["line"], reason))
    parser.check()
    return [{name: row[name] for name in ("day", "starts_at", "minutes", "title")} for row in rows]


def _moment(row: Row) -> tuple[int, dt.time]:
    return row["day"], row["starts_at"]


def _length_error(minutes: int | None) -> str:
    if minutes is None:
        return _("say how many minutes it lasts, or when it ends: nothing comes after.")
    if not Slot.MIN_MINUTES <= minutes <= Slot.MAX_MINUTES:
        text = _("a slot lasts from {least} to {most} minutes.")
        return text.format(least=Slot.MIN_MINUTES, most=Slot.MAX_MINUTES)
    return ""


def parse_slot(line: str) -> Row:
    """Parse a slot: `9:30 45 Opening plenary`, `10h15-11h30`, `9h : accueil`. Raises ValidationError.

    `minutes` is None when the line gives no end; the slot then lasts until the next one. A workshop has no title.
    """
    match = SLOT.fullmatch(line)
    if match is None:
        raise ValidationError(_("begin with the hour, such as 9:30, then the minutes or the hour at which it ends."))
    starts_at = _parse_hour(match, "start")
    ends_at = _parse_hour(match, "end") if match["end_hour"] or match["end_bare"] else None
    title = match["title"].strip()
    if GROUPS.fullmatch(title):
        title = ""
    if len(title) > Slot.MAX_TITLE_LENGTH:
        raise ValidationError(_("this title is too long."))
    if ends_at and ends_at <= starts_at:
        raise ValidationError(_("it ends before it begins."))
    minutes = _minutes_between(starts_at, ends_at) if ends_at else int(match["length"]) if match["length"] else None
    if match["hours"]:
        minutes = 60 * int(match["hours"]) + int(match["rest"] or 0)
    return {"starts_at": starts_at, "minutes": minutes, "title": title}


def _parse_hour(match: re.Match[str], prefix: str) -> dt.time:
    """Return the time in the groups with this prefix, on 24 hours unless with “am” or “pm”. Raises ValidationError."""
    hour = int(match[f"{prefix}_hour"] or match[f"{prefix}_bare"])
    minute = int(match[f"{prefix}_minute"] or match[f"{prefix}_spaced"] or 0)
    half = (match[f"{prefix}_half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise ValidationError(_("this hour does not exist."))
    return dt.time(hour, minute)


def _minutes_between(begin: dt.time, end: dt.time) -> int:
    return (end.hour - begin.hour) * 60 + end.minute - begin.minute


def parse_places(text: str) -> list[Row]:
    """Parse the places of a text, in their order. Raises ValidationError."""
    parser = LineParser(text)
    rows = parser.parse(parse_place, lambda row: row["name"].casefold(), _("has the same name as line {other}."))
    parser.check()
    return [{name: row[name] for name in ("name", "seats", "equipment")} for row in rows]


def parse_place(line: str) -> Row:
    """Parse a place with its hints: `Main hall (40, screen)`, or the columns of a table. Raises ValidationError."""
    name, hints = _split_hints(line)
    match = SEATS.match(hints)
    seats = int(match["seats"]) if match else None
    equipment = one_line(hints[match.end() if match else 0 :].strip(" ,;"))
    if not name:
        raise ValidationError(_("a place needs a name."))
    if len(name) > Place.MAX_NAME_LENGTH:
        raise ValidationError(_("this name is too long."))
    if seats and seats > Place.MAX_SEATS:
        raise ValidationError(_("that is too many seats."))
    if len(equipment) > Place.MAX_EQUIPMENT_LENGTH:
        raise ValidationError(_("that is too much equipment for one line."))
    return {"name": name, "seats": seats, "equipment": equipment}


def _split_hints(line: str) -> tuple[str, str]:
    """Return the text before and in the last brackets, or that of the first column and of the others."""
    columns = [one_line(column) for column in re.split(r"[\t;]", line.strip())]
    if len(columns) > 1 and "(" not in line:
        return columns[0], ", ".join(filter(None, columns[1:]))
    line = one_line(line)
    depth = 0
    for place in range(len(line) - 1, -1, -1):
        depth += (line[place] == ")") - (line[place] == "(")
        if depth == 0:
            break
    if line.endswith(")") and depth == 0:
        return line[:place].strip(), line[place + 1 : -1].strip()
    match = INLINE_SEATS.fullmatch(line)
    return (match["name"], match["hints"]) if match else (line, "")


def format_slots(slots: Iterable[Any]) -> str:
    """Format slots for `parse_slots`."""
    lines = []
    rows = list(slots)
    has_days = any(slot.day > 1 for slot in rows)
    day = 0
    for slot in rows:
        if has_days and slot.day != day:
            lines.append(_("Day {number}").format(number=slot.day))
        day = slot.day
        lines.append(f"{slot.starts_at:%-H:%M} {slot.minutes} {one_line(slot.title)}".strip())
    return "\n".join(lines)


def format_places(places: Iterable[Any]) -> str:
    """Format places for `parse_places`."""
    return "\n".join(_format_place(place) for place in places)


def _format_place(place: Any) -> str:
    name, equipment = one_line(place.name), one_line(place.equipment)
    hints = [str(place.seats)] if place.seats is not None else [""] if SEATS.match(equipment) else []
    hints += [equipment] if equipment else []
    return f"{name} ({', '.join(hints)})" if hints or name.endswith(")") else name


def preview(rows: list[Row]) -> list[Row]:
    """Add to each slot its `ends_at`, and whether it `overlaps` an earlier one, for the page that shows them."""
    previewed: list[Row] = []
    for row in rows:
        begin = dt.datetime.combine(dt.date.min, row["starts_at"])
        ends_at = (begin + dt.timedelta(minutes=row["minutes"])).time()
        same_day = [before["ends_at"] for before in previewed if before["day"] == row["day"]]
        previewed.append({**row, "ends_at": ends_at, "overlaps": any(end > row["starts_at"] for end in same_day)})
    return previewed
