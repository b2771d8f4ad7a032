"""Reads a forum into its book: one pass over the database, where every name is written as its bearer agreed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone, translation

from forum.models import Forum, Group, Participant, Presence, Topic
from forum.models import Slot as SlotRow
from forum.text.markup import items
from sessions.media import images
from sessions.models import Action as ActionRow
from sessions.models import Comment as CommentRow
from sessions.models import Imprint as ImprintRow
from sessions.models import Photo as PhotoRow
from sessions.models import Report as ReportRow
from sessions.proceedings.book import (
    Action,
    Agenda,
    Book,
    Column,
    Cover,
    Encounters,
    Essence,
    Figures,
    Imprint,
    Licence,
    Logo,
    Meeting,
    Moment,
    Origin,
    Person,
    Photo,
    Priority,
    Report,
    Territory,
    Word,
)
from sessions.proceedings.pseudonyms import Discretion
from sessions.proceedings.truncate import seen

_DOTS = re.compile(r"(?P<words>.*\S)\s*[:=\t(]\s*(?P<dots>\d{1,4})(?:\s+\w+)?\s*\)?")
"""A line of the convergence that ends with how many dots it got: "A charter: 34", "A charter (34 dots)"."""


def read(forum: Forum, number: int = 0) -> Book:
    """The book of a forum as it stands now, in the forum's language."""
    with transaction.atomic(), translation.override(forum.language):
        forum.refresh_from_db()
        return seen(_Reading(forum, number).book())


class _Reading:
    """One reading of the database, in a fixed number of queries."""

    def __init__(self, forum: Forum, number: int) -> None:
        self.forum = forum
        self.number = number
        everyone = list(forum.participants.filter(is_expected=False))
        readers = set(Participant.readers(forum))
        self.people = [person for person in everyone if person.removed_at is None and person not in readers]
        self.imprint = ImprintRow.of(forum)
        self.tell = Discretion(everyone).tell
        self.listed = set(forum.territory_names)
        self.topics = list(
            Topic.objects.standing()
            .filter(forum=forum)
            .select_related("convener", "group__slot", "group__place", "group__report")
            .prefetch_related(
                Prefetch("group__presences", Presence.objects.filter(left_at=None).select_related("participant")),
                Prefetch("merged", Topic.objects.select_related("convener")),
                "group__report__actions",
                Prefetch(
                    "group__report__comments",
                    CommentRow.objects.standing().of_follow_up().select_related("participant"),
                ),
                Prefetch("group__report__photos", PhotoRow.objects.shown()),
            )
        )

    def book(self) -> Book:
        placed = [(topic, group) for topic in self.topics if (group := topic.placed_group) and group.slot_id]
        meetings = {group.pk: self._meeting(topic, group) for topic, group in placed}
        reports = tuple(
            self._report(meetings[group.pk], group.report) for _topic, group in placed if meetings[group.pk].has_report
        )
        actions = tuple(action for report in reports for action in report.actions)
        waiting = [topic for topic in self.topics if topic not in {topic for topic, _group in placed}]
        return Book(
            revision=self.forum.revision,
            cover=self._cover(),
            figures=Figures(
                participants=len(self.people),
                territories=len({person.territory for person in self.people if person.territory}),
                organisations=len({person.organisation.casefold() for person in self.people if person.organisation}),
                topics=len(self.topics),
                groups=len(placed),
                reports=sum(report.is_finished for report in reports),
                actions=len(actions),
                dated_actions=sum(action.due_date is not None for action in actions),
            ),
            essence=tuple(filter(None, map(_essence, reports))),
            agenda=self._agenda([(group, meetings[group.pk]) for _topic, group in placed]),
            reports=reports,
            unreported=tuple(meeting for meeting in meetings.values() if not meeting.has_report),
            unplaced=tuple(self.tell(topic.title) for topic in waiting),
            actions=actions,
            priorities=tuple(self._priorities()),
            words=tuple(self._words()),
            territories=self._territories(),
            encounters=self._encounters([(group, meetings[group.pk]) for _topic, group in placed]),
            imprint=self._imprint(),
        )

    def _cover(self) -> Cover:
        forum = self.forum
        return Cover(
            title=forum.title,
            question=forum.question,
            date=forum.date,
            venue=forum.venue,
            organisers=forum.organisers,
            contact=forum.contact,
            language=forum.language,
            time_zone=forum.time_zone,
            is_fictional=forum.is_fictional or forum.is_rehearsal,
            number=self.number,
            made_at=timezone.now(),
        )

    def _meeting(self, topic: Topic, group: Group) -> Meeting:
        report = getattr(group, "report", None)
        present = sum(presence.participant.removed_at is None for presence in group.presences.all())
        assert group.slot  # noqa: S101 only placed groups come here
        return Meeting(
            number=topic.number,
            colour=topic.colour,
            heading=self.tell((report and report.title) or topic.title),
            conveners=tuple(filter(None, map(self._named, topic.conveners))),
            day=group.slot.day,
            starts_at=group.slot.starts_at,
            ends_at=group.slot.ends_at,
            place=group.place.name if group.place else self.tell(group.elsewhere),
            head_count=max((report and report.head_count) or group.door_count or 0, present),
            has_report=bool(report and (report.has_text or any(action.what for action in report.actions.all()))),
        )

    def _report(self, meeting: Meeting, row: ReportRow) -> Report:
        present = [presence.participant for presence in row.group.presences.all()]
        present = sorted((p for p in present if p.removed_at is None), key=lambda person: person.name.casefold())
        people = tuple(self._agreeing(present))
        joined = {comment.participant for comment in row.comments.all()}
        named = tuple(self._agreeing(joined))
        texts = {name: self.tell(getattr(row, name)) for name in ReportRow.TEXTS}
        return Report(
            meeting=meeting,
            scribes=self.tell(row.scribes),
            people=people,
            unnamed=meeting.head_count - len(people),
            territories=len({person.territory for person in present if person.territory}),
            is_finished=row.is_finished,
            actions=tuple(
                self._action(meeting, rank, action) for rank, action in enumerate(row.actions.all(), 1) if action.what
            ),
            photos=tuple(self._photos(row)) if row.is_finished else (),
            joined=named,
            joined_unnamed=len(joined) - len(named),
            plainness=0,
            **texts,
        )

    def _photos(self, row: ReportRow) -> Iterable[Photo]:
        """Those that the group's page shows to everyone, in its order."""
        for photo in row.photos.all():
            if images.holds(photo.book_name):
                words, caption = self.tell(photo.words), self.tell(photo.caption)
                yield Photo(photo.book_name, words, caption, photo.width, photo.height)

    def _action(self, meeting: Meeting, rank: int, row: ActionRow) -> Action:
        return Action(
            rank=f"{meeting.number}.{rank}",
            number=meeting.number,
            colour=meeting.colour,
            what=self.tell(row.what),
            point_person=self.tell(row.point_person),
            others=self.tell(row.others),
            first_step=self.tell(row.first_step),
            due_date=row.due_date,
            due_words=self.tell(row.due_words),
            resources=self.tell(row.resources),
        )

    def _named(self, person: Participant | None) -> Person | None:
        if person is None or person.removed_at or not person.public_name:
            return None
        return Person(person.public_name, self.tell(person.organisation), self._origin(person.territory))

    def _agreeing(self, people: Iterable[Participant]) -> list[Person]:
        named = filter(None, map(self._named, people))
        return sorted(named, key=lambda person: person.name.casefold())

    def _origin(self, territory: str) -> str:
        """A territory as the organisers list it; one that somebody typed may hold a name."""
        return territory if territory in self.listed else self.tell(territory)

    def _agenda(self, placed: list[tuple[Group, Meeting]]) -> Agenda:
        """The grid as it ran: only places where a group met, and a last column for those that met elsewhere."""
        used = {group.place_id for group, _meeting in placed}
        places = [place for place in self.forum.places.all() if place.pk in used]
        keys = [place.pk for place in places] + ([None] if None in used else [])
        columns = [Column(place.name, place.seats) for place in places]
        if None in used:
            columns.append(Column("", None))
        cells: defaultdict[tuple[int | None, int | None], list[Meeting]] = defaultdict(list)
        for group, meeting in placed:
            cells[group.slot_id, group.place_id].append(meeting)
        slots: Iterable[SlotRow] = self.forum.slots.all()
        moments = [
            Moment(
                day=slot.day,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                minutes=slot.minutes,
                title=slot.title,
                cells=() if slot.title else tuple(tuple(cells[slot.pk, key]) for key in keys),
            )
            for slot in slots
        ]
        return Agenda(tuple(columns), tuple(moments))

    def _priorities(self) -> Iterable[Priority]:
        for line in items(self.imprint.priorities):
            counted = _DOTS.fullmatch(line)
            words, dots = (counted["words"], int(counted["dots"])) if counted else (line, None)
            yield Priority(self.tell(words), dots)

    def _words(self) -> Iterable[Word]:
        for row in self.forum.feedback.select_related("participant"):
            if row.words or row.keep or row.change:
                yield Word(
                    self.tell(row.words), self.tell(row.keep), self.tell(row.change), self._named(row.participant)
                )

    def _territories(self) -> tuple[Territory, ...]:
        """The largest first; those who gave none last."""
        counts = Counter(person.territory for person in self.people)
        people: defaultdict[str, list[Participant]] = defaultdict(list)
        for person in self.people:
            people[person.territory].append(person)
        names = sorted(counts, key=lambda name: (not name, -counts[name], name.casefold()))
        return tuple(Territory(self._origin(name), counts[name], tuple(self._agreeing(people[name]))) for name in names)

    def _encounters(self, placed: list[tuple[Group, Meeting]]) -> Encounters | None:
        sat = {
            meeting: Counter(
                presence.participant.territory
                for presence in group.presences.all()
                if presence.participant.removed_at is None
            )
            for group, meeting in sorted(placed, key=lambda pair: pair[1].number)
        }
        groups = tuple(meeting for meeting, origins in sat.items() if origins)
        names = {name for origins in sat.values() for name in origins}
        origins = [Origin(self._origin(name), tuple(sat[meeting][name] for meeting in groups)) for name in names]
        origins.sort(key=lambda origin: (not origin.territory, -origin.total, origin.territory.casefold()))
        return Encounters(groups, tuple(origins)) if len(names - {""}) > 1 else None

    def _imprint(self) -> Imprint:
        row = self.imprint
        logos = (
            Logo(logo.name, logo.file, *size, logo.on_dark)
            for logo in (row.logos.all() if row.pk else ())
            if images.holds(logo.file) and (size := images.size_of(logo.file))
        )
        return Imprint(
            word=self.tell(row.word),
            signed_by=row.signed_by,
            signed_role=row.signed_role,
            next_dates=tuple(map(self.tell, row.dates)),
            credits=self.tell(row.credits),
            accent=row.accent,
            licence=Licence(str(row.terms.label), row.terms.address) if row.licence else None,
            logos=tuple(logos),
        )


def _essence(report: Report) -> Essence | None:
    """A finished report's quote, or else its first proposal; never a sentence of ours."""
    proposals = items(report.proposals)
    if not report.is_finished or not (report.quote or proposals):
        return None
    if report.quote:
        return Essence(report.meeting, report.quote, True, report.quote_author)
    return Essence(report.meeting, proposals[0], False, "")
