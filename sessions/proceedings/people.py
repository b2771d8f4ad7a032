"""Write the participants of a forum as the book may name them, by territory and by group."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from forum.models import Forum, Group, Participant
from sessions.proceedings.book import Encounters, Meeting, Origin, Person, Territory
from sessions.proceedings.pseudonyms import Pseudonymiser


class PublicPeople:
    """The participants of one forum. Those who joined only to read, or were removed, are left out."""

    def __init__(self, forum: Forum) -> None:
        everyone = list(forum.participants.filter(is_expected=False))
        readers = set(Participant.readers(forum))
        self.participants = [person for person in everyone if person.removed_at is None and person not in readers]
        self.pseudonymise = Pseudonymiser(everyone).rewrite
        self._listed_territories = set(forum.territory_names)

    def named(self, participant: Participant | None) -> Person | None:
        """Return a participant under the name they agreed to; None when they did not, or were removed."""
        if participant is None or participant.removed_at or not participant.public_name:
            return None
        organisation = self.pseudonymise(participant.organisation)
        return Person(participant.public_name, organisation, self._territory_name(participant.territory))

    def all_named(self, participants: Iterable[Participant]) -> tuple[Person, ...]:
        """Return those who agreed to be named, by name."""
        named = filter(None, map(self.named, participants))
        return tuple(sorted(named, key=lambda person: person.name.casefold()))

    def _territory_name(self, territory: str) -> str:
        """Return a territory as it is when the organisers listed it; one that was typed may hold somebody's name."""
        return territory if territory in self._listed_territories else self.pseudonymise(territory)

    def territories(self) -> tuple[Territory, ...]:
        """Return the participants by territory: the largest first, the people who gave none last."""
        participants: defaultdict[str, list[Participant]] = defaultdict(list)
        for participant in self.participants:
            participants[participant.territory].append(participant)
        names = sorted(participants, key=lambda name: (not name, -len(participants[name]), name.casefold()))
        return tuple(
            Territory(self._territory_name(name), len(participants[name]), self.all_named(participants[name]))
            for name in names
        )

    def encounters(self, placed: Iterable[tuple[Group, Meeting]]) -> Encounters | None:
        """Count the people of each territory in each group; None when they are all of one territory."""
        counts = {
            meeting: Counter(
                presence.participant.territory
                for presence in group.presences.all()
                if presence.participant.removed_at is None
            )
            for group, meeting in sorted(placed, key=lambda pair: pair[1].number)
        }
        groups = tuple(meeting for meeting, by_territory in counts.items() if by_territory)
        names = {name for by_territory in counts.values() for name in by_territory}
        origins = [
            Origin(self._territory_name(name), tuple(counts[meeting][name] for meeting in groups)) for name in names
        ]
        origins.sort(key=lambda origin: (not origin.territory, -origin.total, origin.territory.casefold()))
        return Encounters(groups, tuple(origins)) if len(names - {""}) > 1 else None
