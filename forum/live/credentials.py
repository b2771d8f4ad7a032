"""The cookies by which an open page proves, again and again, that it may follow the board."""

from dataclasses import dataclass

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import Actor, Forum, TeamRole


@dataclass(eq=False, slots=True)
class Credentials:
    """One for each open page. Compared by identity."""

    cookies: dict[str, str]
    participant: int | None
    """Primary key of the participant whom the cookies proved when the page came."""
    facilitator: int | None
    role: TeamRole
    """The role of that facilitator."""

    @classmethod
    def of(cls, cookies: dict[str, str], actor: Actor, forum: Forum) -> "Credentials":
        """Keep the two cookies that matter: a thousand pages are held in memory."""
        names = (participant_cookie(forum), FACILITATOR_COOKIE)
        return cls(
            {name: cookies[name] for name in names if name in cookies},
            actor.participant.pk if actor.participant else None,
            actor.facilitator.pk if actor.facilitator else None,
            actor.role,
        )

    def are_still_those_of(self, actor: Actor) -> bool:
        """Say whether this actor, whom the cookies prove now, is all that they proved, in the same role."""
        return not (self.participant and actor.participant is None) and not (
            self.facilitator and (actor.facilitator is None or actor.role != self.role)
        )
