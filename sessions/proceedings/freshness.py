"""Keep the book up to date: request an edition once what it says has changed and settled."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from forum.models import Actor, Forum, JournalEntry, Participant
from forum.models.verbs import RIGHTS_VERBS, Verb
from forum.phases import FROM_GROUPS
from sessions.models import Edition
from sessions.proceedings.edition_requests import request_edition

SETTLING_TIME = timedelta(seconds=20)
"""How long nothing must have changed. A report that is finished requests an edition at once."""
VERBS_NOT_IN_BOOK = frozenset({
    Verb.ASKED_FOR_EDITION, Verb.BEGAN_EDITION, Verb.BEGAN_EDITION_ANEW, Verb.MADE_PROGRESS_ON_EDITION,
    Verb.FINISHED_EDITION, Verb.FAILED_TO_MAKE_EDITION, Verb.WITHDREW_EDITIONS, Verb.DISCONNECTED_OTHER_DEVICES,
    Verb.SAID_WHO_IS_GOING, Verb.SAID_WHO_IS_NO_LONGER_GOING, Verb.SHOWED_SLIDE, Verb.TIMED_PITCHES,
    Verb.CHOSE_ADDRESS_FOR_PHONES, Verb.OPENED_BOOK_TO_PUBLIC, Verb.CLOSED_BOOK_TO_PUBLIC, Verb.LISTED_BOOK,
    Verb.UNLISTED_BOOK, Verb.ASKED_FOR_REPORTS, Verb.APPROVES_FIRST, Verb.SHOWS_AT_ONCE, *RIGHTS_VERBS,
})  # fmt: skip
"""Verbs that change nothing in a book."""


class FreshnessCheck:
    """Requests editions of the forums whose book has become outdated."""

    def __init__(self) -> None:
        self._checked: dict[int, int] = {}
        """The revision at which the book of each forum, by primary key, was found up to date."""

    def run(self) -> None:
        """Check every forum. To be called every few seconds by each worker: two requests make one edition."""
        for forum in Forum.objects.filter(phase__in=FROM_GROUPS).exclude(editions=None):
            if self._checked.get(forum.pk) != forum.revision and self._check(forum):
                self._checked[forum.pk] = forum.revision

    @staticmethod
    def _check(forum: Forum) -> bool:
        """Request an edition when it is time. Return whether there is nothing to do until the forum changes."""
        if forum.editions.filter(state__in=(Edition.State.QUEUED, Edition.State.RENDERING)).exists():
            return False
        revision = forum.editions.latest("number").revision
        change = _changes_of_book(forum).filter(revision__gt=revision).order_by("revision").last()
        if change is None:
            return True
        if timezone.now() - change.at > SETTLING_TIME:
            request_edition(forum, Actor())
        return False


def _changes_of_book(forum: Forum) -> QuerySet[JournalEntry]:
    """Return the changes that may change the book: not the arrival of people who come only to read it."""
    changes = forum.journal.exclude(verb__in=VERBS_NOT_IN_BOOK).exclude(pk__in=forum.late_arrivals().values("pk"))
    return changes.exclude(verb__in=Participant.IDENTITY_VERBS, participant__in=Participant.readers(forum))
