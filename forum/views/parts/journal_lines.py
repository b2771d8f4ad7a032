"""Entries of the journal in words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from forum.models import Forum, JournalEntry
from forum.phases import Phase

VERBS = (
    gettext_noop("accepted a suggestion"),
    gettext_noop("accepted an invitation"),
    gettext_noop("added a logo"),
    gettext_noop("added a photo"),
    gettext_noop("added a place"),
    gettext_noop("added a sheet"),
    gettext_noop("added an action"),
    gettext_noop("agreed to a merge"),
    gettext_noop("announced people"),
    gettext_noop("arrived"),
    gettext_noop("asked for an edition"),
    gettext_noop("asked for reports"),
    gettext_noop("began a pitch"),
    gettext_noop("began a round"),
    gettext_noop("began an edition"),
    gettext_noop("began an edition anew"),
    gettext_noop("brought a topic back"),
    gettext_noop("changed their link"),
    gettext_noop("chose the address for phones"),
    gettext_noop("commented on a report"),
    gettext_noop("counted at the door"),
    gettext_noop("declined a merge"),
    gettext_noop("described a photo"),
    gettext_noop("described the forum"),
    gettext_noop("disconnected a device"),
    gettext_noop("disconnected other devices"),
    gettext_noop("dropped an action"),
    gettext_noop("edited a topic"),
    gettext_noop("ended a pitch"),
    gettext_noop("ended an invitation"),
    gettext_noop("erased the rehearsal"),
    gettext_noop("extended a slot"),
    gettext_noop("failed to make an edition"),
    gettext_noop("finished a report"),
    gettext_noop("finished an edition"),
    gettext_noop("forgot who did not come"),
    gettext_noop("froze a slot"),
    gettext_noop("froze a topic"),
    gettext_noop("handed a topic over"),
    gettext_noop("introduced themselves"),
    gettext_noop("invited a facilitator"),
    gettext_noop("is going"),
    gettext_noop("is no longer going"),
    gettext_noop("joined"),
    gettext_noop("joined a group"),
    gettext_noop("left a group"),
    gettext_noop("left the queue"),
    gettext_noop("made progress on an edition"),
    gettext_noop("merged two topics"),
    gettext_noop("moved a logo"),
    gettext_noop("moved a photo"),
    gettext_noop("moved a pitch"),
    gettext_noop("moved to phase"),
    gettext_noop("no longer roams"),
    gettext_noop("placed a topic"),
    gettext_noop("proposed a merge"),
    gettext_noop("proposed a topic"),
    gettext_noop("published the report"),
    gettext_noop("queued a pitch"),
    gettext_noop("removed a facilitator"),
    gettext_noop("removed a logo"),
    gettext_noop("removed a photo"),
    gettext_noop("removed someone"),
    gettext_noop("reopened a report"),
    gettext_noop("restored a version"),
    gettext_noop("roams"),
    gettext_noop("said a closing word"),
    gettext_noop("said who agreed to a photo"),
    gettext_noop("sent a message"),
    gettext_noop("showed a slide"),
    gettext_noop("signed out"),
    gettext_noop("split a topic"),
    gettext_noop("swapped two topics"),
    gettext_noop("timed the pitches"),
    gettext_noop("took a closing word back"),
    gettext_noop("took a message back"),
    gettext_noop("took up a request"),
    gettext_noop("transcribed a sheet"),
    gettext_noop("undid"),
    gettext_noop("unfroze a slot"),
    gettext_noop("unfroze a topic"),
    gettext_noop("unplaced a topic"),
    gettext_noop("unpublished the report"),
    gettext_noop("validated a report"),
    gettext_noop("withdrew a comment"),
    gettext_noop("withdrew a topic"),
    gettext_noop("withdrew the editions"),
    gettext_noop("wrote an action"),
    gettext_noop("wrote in a report"),
    gettext_noop("wrote the imprint"),
)
"""Every verb of the house, so that each has its French. What facilitators do can be undone, but for KEY_VERBS."""


@dataclass(frozen=True)
class Told:
    """One entry in words."""

    entry: JournalEntry
    who: str
    did: str
    about: str


def tell(forum: Forum, entries: Iterable[JournalEntry]) -> list[Told]:
    """These entries in words; two queries, however many there are."""
    entries = list(entries)
    topics = _named(entries, "topic", forum.topics.all())
    people = _named(entries, "person", forum.participants.all())
    return [Told(entry, _who(entry), _did(entry), _about(entry, topics, people)) for entry in entries]


def _named(entries: list[JournalEntry], kind: str, rows: Any) -> dict[int, str]:
    wanted = {pk for entry in entries for pk in _keys(entry, kind)}
    return {row.pk: str(row) for row in rows.filter(pk__in=wanted)}


def _keys(entry: JournalEntry, kind: str) -> list[int]:
    found = (re.fullmatch(rf"{kind}-(\d+)", key) for key in entry.touched)
    return sorted(int(match[1]) for match in found if match)


def _who(entry: JournalEntry) -> str:
    person = entry.facilitator or entry.participant
    return person.name if person else _("Forum ouvert")


def _did(entry: JournalEntry) -> str:
    taken_back = entry.details.get("verb")
    if not taken_back:
        return _(entry.verb)
    return _("{verb} “{taken_back}”").format(verb=_(entry.verb), taken_back=_(taken_back))


MANY = 3
"""Topics or people that one line names."""


def _about(entry: JournalEntry, topics: dict[int, str], people: dict[int, str]) -> str:
    """What it was about, as far as the journal knows: a phase, topics by number, people, or another facilitator."""
    if (phase := entry.details.get("to")) in Phase.values:
        return str(Phase(phase).label)
    names = [topics[pk] for pk in _keys(entry, "topic") if pk in topics]
    names = names or [people[pk] for pk in _keys(entry, "person") if pk in people]
    names = names or [name for name in [entry.details.get("facilitator")] if name]
    return " · ".join(names[:MANY]) + (" …" if len(names) > MANY else "")
