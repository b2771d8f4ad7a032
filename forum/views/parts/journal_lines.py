"""The journal's entries in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from forum.fragment_keys import RowKey
from forum.models import Forum, JournalEntry, TeamRole
from forum.models.verbs import Verb
from forum.phases import Phase

MAX_NAMED = 3
"""Topics or people that one line names."""


@dataclass(frozen=True)
class JournalLine:
    """One entry in words."""

    entry: JournalEntry
    actor: str
    verb: str
    about: str
    """A phase, topics, people, or someone of the team and a role; may be empty."""


def journal_lines(forum: Forum, entries: Iterable[JournalEntry]) -> list[JournalLine]:
    """Return these entries in words. Two queries, however many entries there are."""
    entries = list(entries)
    topics = _names(entries, RowKey.TOPIC, forum.topics.all())
    people = _names(entries, RowKey.PERSON, forum.participants.all())
    return [JournalLine(entry, _actor(entry), _verb(entry), _about(entry, topics, people)) for entry in entries]


def _names(entries: list[JournalEntry], kind: RowKey, rows: Any) -> dict[int, str]:
    """Return the names of the rows of one kind that the entries invalidated, by primary key."""
    pks = {pk for entry in entries for pk in kind.pks(entry.invalidated)}
    return {row.pk: str(row) for row in rows.filter(pk__in=pks)}


def _actor(entry: JournalEntry) -> str:
    person = entry.facilitator or entry.participant
    return person.name if person else _("Forum ouvert")


def _verb(entry: JournalEntry) -> str:
    undone_verb = entry.details.get("undone_verb")
    if not undone_verb:
        return entry.get_verb_display()
    return _("{verb} “{taken_back}”").format(verb=entry.get_verb_display(), taken_back=Verb(undone_verb).label)


def _about(entry: JournalEntry, topics: dict[int, str], people: dict[int, str]) -> str:
    """Name a phase, else topics, else people, else someone of the team and their role."""
    if (phase := entry.details.get("entered_phase")) in Phase.values:
        return str(Phase(phase).label)
    names = [topics[pk] for pk in sorted(RowKey.TOPIC.pks(entry.invalidated)) if pk in topics]
    names = names or [people[pk] for pk in sorted(RowKey.PERSON.pks(entry.invalidated)) if pk in people]
    names = names or _team_names(entry.details)
    return " · ".join(names[:MAX_NAMED]) + (" …" if len(names) > MAX_NAMED else "")


def _team_names(details: dict[str, Any]) -> list[str]:
    role = details.get("role")
    label = str(TeamRole(role).label) if role in TeamRole.values else ""
    return [name for name in (details.get("facilitator"), label) if name]
