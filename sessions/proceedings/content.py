"""Read a forum from the database into its book, with every name written as its bearer agreed."""

import re
from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone, translation

from forum.models import Forum, Group, Presence, Slot, Topic
from forum.text.markup import list_items
from sessions.media import images
from sessions.models import Action, Comment, Imprint, Photo, Report
from sessions.proceedings.book import (
    Book,
    BookAction,
    BookAgenda,
    BookFigures,
    BookImprint,
    BookLicence,
    BookLogo,
    BookMoment,
    BookPhoto,
    BookReport,
    Column,
    Cover,
    Essence,
    Meeting,
    Priority,
    Word,
)
from sessions.proceedings.people import PublicPeople
from sessions.proceedings.truncate import without_invisible

_PRIORITY = re.compile(r"(?P<words>.*\S)\s*[:=\t(]\s*(?P<dots>\d{1,4})(?:\s+\w+)?\s*\)?")
"""A line of the convergence that ends with its number of dots: "A charter: 34", "A charter (34 dots)"."""

Placed = list[tuple[Group, Meeting]]


def read_book(forum: Forum, number: int = 0) -> Book:
    """Read the book of a forum as it stands now, in the forum's language; `number` is that of the edition."""
    with transaction.atomic(), translation.override(forum.language):
        forum.refresh_from_db()
        return without_invisible(_BookReader(forum, number).book())


class _BookReader:
    """One reading of the database, in a fixed number of queries."""

    def __init__(self, forum: Forum, number: int) -> None:
        self.forum = forum
        self.number = number
        self.people = PublicPeople(forum)
        self.pseudonymise = self.people.pseudonymise
        self.imprint = Imprint.for_forum(forum)
        self.topics = list(
            Topic.objects.active()
            .filter(forum=forum)
            .select_related("convener", "group__slot", "group__place", "group__report")
            .prefetch_related(
                Prefetch("group__presences", Presence.objects.filter(left_at=None).select_related("participant")),
                Prefetch("merged", Topic.objects.select_related("convener")),
                "group__report__actions",
                Prefetch(
                    "group__report__comments",
                    Comment.objects.visible().of_follow_up().select_related("participant"),
                ),
                Prefetch("group__report__photos", Photo.objects.public()),
            )
        )

    def book(self) -> Book:
        groups = {topic: group for topic in self.topics if (group := topic.group_or_none) and group.slot_id}
        placed = [(group, self._meeting(topic, group)) for topic, group in groups.items()]
        reports = tuple(self._report(meeting, group.report) for group, meeting in placed if meeting.has_report)
        actions = tuple(action for report in reports for action in report.actions)
        return Book(
            revision=self.forum.revision,
            cover=self._cover(),
            figures=self._figures(len(placed), reports, actions),
            essence=tuple(filter(None, map(_essence, reports))),
            agenda=self._agenda(placed),
            reports=reports,
            unreported=tuple(meeting for _group, meeting in placed if not meeting.has_report),
            unplaced=tuple(self.pseudonymise(topic.title) for topic in self.topics if topic not in groups),
            actions=actions,
            priorities=tuple(self._priorities()),
            words=tuple(self._words()),
            territories=self.people.territories(),
            encounters=self.people.encounters(placed),
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

    def _figures(self, groups: int, reports: tuple[BookReport, ...], actions: tuple[BookAction, ...]) -> BookFigures:
        people = self.people.participants
        return BookFigures(
            participants=len(people),
            territories=len({person.territory for person in people if person.territory}),
            organisations=len({person.organisation.casefold() for person in people if person.organisation}),
            topics=len(self.topics),
            groups=groups,
            reports=sum(report.is_finished for report in reports),
            actions=len(actions),
            dated_actions=sum(action.due_date is not None for action in actions),
        )

    def _meeting(self, topic: Topic, group: Group) -> Meeting:
        report = getattr(group, "report", None)
        present = sum(presence.participant.removed_at is None for presence in group.presences.all())
        assert group.slot  # noqa: S101 only placed groups come here
        group.slot.forum = self.forum
        return Meeting(
            number=topic.number,
            colour=topic.colour,
            heading=self.pseudonymise((report and report.title) or topic.title),
            conveners=tuple(filter(None, map(self.people.named, topic.conveners))),
            day=group.slot.day,
            starts_at=group.slot.starts_at,
            ends_at=group.slot.ends_at,
            place=group.place.name if group.place else self.pseudonymise(group.elsewhere),
            head_count=max((report and report.head_count) or group.door_count or 0, present),
            has_report=bool(report and report.has_content),
        )

    def _report(self, meeting: Meeting, report: Report) -> BookReport:
        present = [presence.participant for presence in report.group.presences.all()]
        present = sorted((p for p in present if p.removed_at is None), key=lambda person: person.name.casefold())
        people = self.people.all_named(present)
        joined = {comment.participant for comment in report.comments.all()}
        joined_named = self.people.all_named(joined)
        return BookReport(
            meeting=meeting,
            scribes=self.pseudonymise(report.scribes),
            people=people,
            unnamed=meeting.head_count - len(people),
            territories=len({person.territory for person in present if person.territory}),
            is_finished=report.is_finished,
            actions=tuple(
                self._action(meeting, rank, action)
                for rank, action in enumerate(report.actions.all(), 1)
                if action.what
            ),
            photos=tuple(self._photos(report)) if report.is_finished else (),
            joined=joined_named,
            joined_unnamed=len(joined) - len(joined_named),
            plainness=0,
            **{name: self.pseudonymise(getattr(report, name)) for name in Report.TEXT_FIELDS},
        )

    def _photos(self, report: Report) -> Iterator[BookPhoto]:
        """Yield the photos that the group's page shows to everyone, in its order."""
        for photo in report.photos.all():
            if images.image_exists(photo.book_name):
                words, caption = self.pseudonymise(photo.text_alternative), self.pseudonymise(photo.caption)
                yield BookPhoto(photo.book_name, words, caption, photo.width, photo.height)

    def _action(self, meeting: Meeting, rank: int, action: Action) -> BookAction:
        return BookAction(
            rank=f"{meeting.number}.{rank}",
            number=meeting.number,
            colour=meeting.colour,
            what=self.pseudonymise(action.what),
            point_person=self.pseudonymise(action.point_person),
            others=self.pseudonymise(action.others),
            first_step=self.pseudonymise(action.first_step),
            due_date=action.due_date,
            due_words=self.pseudonymise(action.due_words),
            resources=self.pseudonymise(action.resources),
        )

    def _agenda(self, placed: Placed) -> BookAgenda:
        """Lay out the agenda as it ran: one column for each place where a group met, the last for “elsewhere”."""
        used = {group.place_id for group, _meeting in placed}
        places = [place for place in self.forum.places.all() if place.pk in used]
        columns = [Column(place.name, place.seats) for place in places]
        place_ids: list[int | None] = [place.pk for place in places]
        if None in used:
            columns.append(Column("", None))
            place_ids.append(None)
        cells: defaultdict[tuple[int | None, int | None], list[Meeting]] = defaultdict(list)
        for group, meeting in placed:
            cells[group.slot_id, group.place_id].append(meeting)
        slots: list[Slot] = list(self.forum.slots.all())
        moments = [
            BookMoment(
                day=slot.day,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                minutes=slot.minutes,
                title=slot.title,
                cells=() if slot.title else tuple(tuple(cells[slot.pk, place_id]) for place_id in place_ids),
            )
            for slot in slots
        ]
        return BookAgenda(tuple(columns), tuple(moments))

    def _priorities(self) -> Iterator[Priority]:
        for line in list_items(self.imprint.priorities):
            match = _PRIORITY.fullmatch(line)
            words, dots = (match["words"], int(match["dots"])) if match else (line, None)
            yield Priority(self.pseudonymise(words), dots)

    def _words(self) -> Iterator[Word]:
        for feedback in self.forum.feedback.shown().select_related("participant"):
            if feedback.words or feedback.keep or feedback.change:
                yield Word(
                    self.pseudonymise(feedback.words),
                    self.pseudonymise(feedback.keep),
                    self.pseudonymise(feedback.change),
                    self.people.named(feedback.participant),
                )

    def _imprint(self) -> BookImprint:
        imprint = self.imprint
        logos = (
            BookLogo(logo.name, logo.file, *size, logo.on_dark)
            for logo in (imprint.logos.all() if imprint.pk else ())
            if images.image_exists(logo.file) and (size := images.image_size(logo.file))
        )
        return BookImprint(
            word=self.pseudonymise(imprint.word),
            signed_by=imprint.signed_by,
            signed_role=imprint.signed_role,
            next_dates=tuple(map(self.pseudonymise, imprint.next_date_lines)),
            credits=self.pseudonymise(imprint.credits),
            accent=imprint.accent,
            licence=BookLicence(str(imprint.chosen_licence.label), imprint.chosen_licence.url)
            if imprint.licence
            else None,
            logos=tuple(logos),
        )


def _essence(report: BookReport) -> Essence | None:
    """Take the quote of a finished report, or else its first proposal; never a sentence of the app."""
    proposals = list_items(report.proposals)
    if not report.is_finished or not (report.quote or proposals):
        return None
    if report.quote:
        return Essence(report.meeting, report.quote, True, report.quote_author)
    return Essence(report.meeting, proposals[0], False, "")
