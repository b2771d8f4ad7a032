"""A day as one writes it on paper: slots and places, one per line, read with tolerance and written back."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forum.text.one_line import one_line

Row = dict[str, Any]
"""What a line says: `day`, `starts_at`, `minutes`, `title` of a slot; `name`, `seats`, `equipment` of a place."""

SHORTEST, LONGEST = 5, 720
"""Minutes of a slot."""
MOST_LINES = 60
MOST_DAYS = 9
MOST_SEATS = 10_000
NAMED_WRONG = 5
"""Lines that one message names: who corrects them sees the next ones."""

# “9:30”, “9h”, “9.30”, “9 h 30”, “2:15 pm”. But “9h 45” is an hour and a length.
_MINUTES = r"(?: [:.h](?P<{0}_minute>\d\d) | \s+h\s*(?P<{0}_spaced>[0-5]\d)(?!\s*(?:min|mn|['′])) | \s?[h:] )(?!\d)"
_HALF = r"(?: \s?(?P<{0}_half>[ap])\.?m\b\.? )?"
_HOUR = r"(?P<{0}_hour>\d{{1,2}})" + _MINUTES + _HALF
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
"""Titles of a slot in which groups meet: it is not a moment in common."""
SEATS = re.compile(
    r"(?P<seats>\d{1,9})\s*(?:(?:places?|seats?|chaises?|chairs?|personnes?|people|pers|pax|p)\b\.?)?\s*(?:[,;·/+–—-]|$)\s*",
    re.IGNORECASE,
)
SPOKEN_SEATS = re.compile(
    r"(?P<name>.+?)\s*[,:–—-]\s*(?P<hints>\d{1,9}\s*(?:places?|seats?|personnes?|people|pers)\b.*)"
)


class Lines:
    """Lines of a text, and what is wrong with some of them. Every one is named, not only the first."""

    def __init__(self, text: str) -> None:
        self.lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        self.wrong: list[tuple[int, str]] = []

    def read(self, read: Callable[[str], Row | None], key: Callable[[Row], Any], twice: str) -> list[Row]:
        """A row for each line of which `read` makes one, with its `line`; two with the same key are one too many."""
        rows = []
        seen: dict[Any, int] = {}
        for number, line in self.lines:
            try:
                row = read(line)
            except ValidationError as error:
                self.wrong.append((number, str(error.message)))
                continue
            if row is None:
                continue
            same = key(row)
            if same in seen:
                self.wrong.append((number, twice.format(other=seen[same])))
            seen.setdefault(same, number)
            rows.append({**row, "line": number})
        return rows

    def check(self) -> None:
        """Raises ValidationError, with one message for each of the first lines that are wrong."""
        if len(self.lines) > MOST_LINES:
            raise ValidationError(_("{most} lines at most.").format(most=MOST_LINES))
        text = dict(self.lines)
        message = _("Line {number}, “{line}”: {reason}")
        if self.wrong:
            raise ValidationError(
                [
                    message.format(number=number, line=one_line(text[number])[:60], reason=reason)
                    for number, reason in sorted(self.wrong)[:NAMED_WRONG]
                ]
            )


def read_slots(text: str) -> list[Row]:
    """The slots of a text, in their order: a line “Day 2” begins another day. Raises ValidationError."""
    lines = Lines(text)
    day = 1

    def read(line: str) -> Row | None:
        nonlocal day
        if header := DAY.fullmatch(one_line(line)):
            if not 1 <= int(header["day"]) <= MOST_DAYS:
                raise ValidationError(_("a forum lasts at most {most} days.").format(most=MOST_DAYS))
            day = int(header["day"])
            return None
        return {"day": day, **read_slot(one_line(line))}

    rows = lines.read(read, _moment, _("starts at the same time as line {other}."))
    rows.sort(key=_moment)
    all_read = not lines.wrong  # else what comes next may be a line that could not be read
    for row in rows:
        later = [other["starts_at"] for other in rows if other["day"] == row["day"] and _moment(other) > _moment(row)]
        if row["minutes"] is None and later:
            row["minutes"] = _minutes_between(row["starts_at"], min(later))
        if (row["minutes"] or all_read) and (reason := _wrong_length(row["minutes"])):
            lines.wrong.append((row["line"], reason))
    lines.check()
    return [{name: row[name] for name in ("day", "starts_at", "minutes", "title")} for row in rows]


def _moment(row: Row) -> tuple[int, dt.time]:
    return row["day"], row["starts_at"]


def _wrong_length(minutes: int | None) -> str:
    if minutes is None:
        return _("say how many minutes it lasts, or when it ends: nothing comes after.")
    if not SHORTEST <= minutes <= LONGEST:
        return _("a slot lasts from {least} to {most} minutes.").format(least=SHORTEST, most=LONGEST)
    return ""


def read_slot(line: str) -> Row:
    """A slot as one writes it: `9:30 45 Opening plenary`, `10h15-11h30`, `9h : accueil`. Raises ValidationError.

    `minutes` is None when it lasts until whatever comes next; what is called a workshop has no title.
    """
    said = SLOT.fullmatch(line)
    if said is None:
        raise ValidationError(_("begin with the hour, such as 9:30, then the minutes or the hour at which it ends."))
    starts_at = _hour(said, "start")
    ends_at = _hour(said, "end") if said["end_hour"] or said["end_bare"] else None
    title = said["title"].strip()
    if GROUPS.fullmatch(title):
        title = ""
    if len(title) > 120:
        raise ValidationError(_("this title is too long."))
    if ends_at and ends_at <= starts_at:
        raise ValidationError(_("it ends before it begins."))
    minutes = _minutes_between(starts_at, ends_at) if ends_at else int(said["length"]) if said["length"] else None
    if said["hours"]:
        minutes = 60 * int(said["hours"]) + int(said["rest"] or 0)
    return {"starts_at": starts_at, "minutes": minutes, "title": title}


def _hour(said: re.Match[str], which: str) -> dt.time:
    """An hour of the day, on 24 hours unless “pm” is said. Raises ValidationError."""
    hour = int(said[f"{which}_hour"] or said[f"{which}_bare"])
    minute = int(said[f"{which}_minute"] or said[f"{which}_spaced"] or 0)
    half = (said[f"{which}_half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise ValidationError(_("this hour does not exist."))
    return dt.time(hour, minute)


def _minutes_between(begin: dt.time, end: dt.time) -> int:
    return (end.hour - begin.hour) * 60 + end.minute - begin.minute


def read_places(text: str) -> list[Row]:
    """The places of a text, in their order. Raises ValidationError."""
    lines = Lines(text)
    rows = lines.read(read_place, lambda row: row["name"].casefold(), _("has the same name as line {other}."))
    lines.check()
    return [{name: row[name] for name in ("name", "seats", "equipment")} for row in rows]


def read_place(line: str) -> Row:
    """A place with its hints: `Main hall (40, screen)`, or the columns of a table. Raises ValidationError."""
    name, hints = _name_and_hints(line)
    said = SEATS.match(hints)
    seats = int(said["seats"]) if said else None
    equipment = one_line(hints[said.end() if said else 0 :].strip(" ,;"))
    if not name:
        raise ValidationError(_("a place needs a name."))
    if len(name) > 80:
        raise ValidationError(_("this name is too long."))
    if seats and seats > MOST_SEATS:
        raise ValidationError(_("that is too many seats."))
    if len(equipment) > 120:
        raise ValidationError(_("that is too much equipment for one line."))
    return {"name": name, "seats": seats, "equipment": equipment}


def _name_and_hints(line: str) -> tuple[str, str]:
    """What stands before and in the last brackets, or in the first column and in the others."""
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
    spoken = SPOKEN_SEATS.fullmatch(line)
    return (spoken["name"], spoken["hints"]) if spoken else (line, "")


def write_slots(slots: Iterable[Any]) -> str:
    """Slots of a forum as `read_slots` reads them."""
    lines = []
    rows = list(slots)
    several = any(slot.day > 1 for slot in rows)
    day = 0
    for slot in rows:
        if several and slot.day != day:
            lines.append(_("Day {number}").format(number=slot.day))
        day = slot.day
        lines.append(f"{slot.starts_at:%-H:%M} {slot.minutes} {one_line(slot.title)}".strip())
    return "\n".join(lines)


def write_places(places: Iterable[Any]) -> str:
    """Places of a forum as `read_places` reads them."""
    return "\n".join(_write_place(place) for place in places)


def _write_place(place: Any) -> str:
    name, equipment = one_line(place.name), one_line(place.equipment)
    hints = [str(place.seats)] if place.seats is not None else [""] if SEATS.match(equipment) else []
    hints += [equipment] if equipment else []
    return f"{name} ({', '.join(hints)})" if hints or name.endswith(")") else name


def preview(rows: list[Row]) -> list[Row]:
    """The same slots with `ends_at`, and whether each `overlaps` the one before, for who reads what was understood."""
    shown: list[Row] = []
    for row in rows:
        begin = dt.datetime.combine(dt.date.min, row["starts_at"])
        ends_at = (begin + dt.timedelta(minutes=row["minutes"])).time()
        same_day = [before["ends_at"] for before in shown if before["day"] == row["day"]]
        shown.append({**row, "ends_at": ends_at, "overlaps": any(end > row["starts_at"] for end in same_day)})
    return shown
