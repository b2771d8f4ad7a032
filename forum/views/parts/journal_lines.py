"""Entries of the journal in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from forum.fragment_keys import RowKey
from forum.models import Forum, JournalEntry
from forum.models.verbs import Verb
from forum.phases import Phase


@dataclass(frozen=True)
class JournalLine:
    """One entry in words."""

    entry: JournalEntry
    who: str
    did: str
    about: str


def journal_lines(forum: Forum, entries: Iterable[JournalEntry]) -> list[JournalLine]:
    """These entries in words; two queries, however many there are."""
    entries = list(entries)
    topics = _named(entries, RowKey.TOPIC, forum.topics.all())
    people = _named(entries, RowKey.PERSON, forum.participants.all())
    return [JournalLine(entry, _who(entry), _did(entry), _about(entry, topics, people)) for entry in entries]


def _named(entries: list[JournalEntry], kind: RowKey, rows: Any) -> dict[int, str]:
    wanted = {pk for entry in entries for pk in _keys(entry, kind)}
    return {row.pk: str(row) for row in rows.filter(pk__in=wanted)}


def _keys(entry: JournalEntry, kind: RowKey) -> list[int]:
    return sorted(kind.pks(entry.invalidated))


def _who(entry: JournalEntry) -> str:
    person = entry.facilitator or entry.participant
    return person.name if person else _("Forum ouvert")


def _did(entry: JournalEntry) -> str:
    taken_back = entry.details.get("verb")
    if not taken_back:
        return entry.get_verb_display()
    return _("{verb} “{taken_back}”").format(verb=entry.get_verb_display(), taken_back=Verb(taken_back).label)


MANY = 3
"""Topics or people that one line names."""


def _about(entry: JournalEntry, topics: dict[int, str], people: dict[int, str]) -> str:
    """What it was about, as far as the journal knows: a phase, topics by number, people, or another facilitator."""
    if (phase := entry.details.get("to")) in Phase.values:
        return str(Phase(phase).label)
    names = [topics[pk] for pk in _keys(entry, RowKey.TOPIC) if pk in topics]
    names = names or [people[pk] for pk in _keys(entry, RowKey.PERSON) if pk in people]
    names = names or [name for name in [entry.details.get("facilitator")] if name]
    return " · ".join(names[:MANY]) + (" …" if len(names) > MANY else "")
