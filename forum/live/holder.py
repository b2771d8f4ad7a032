"""The holder of a browser that follows the board."""

from dataclasses import dataclass
from typing import Any

from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
from forum.models import Forum


@dataclass(eq=False, slots=True)
class Holder:
    """Whom a browser is held by, and the cookies that prove it. One for each open page."""

    cookies: dict[str, str]
    participant: int | None
    facilitator: int | None

    @classmethod
    def of(cls, cookies: dict[str, str], actor: Any, forum: Forum) -> "Holder":
        """Only the two cookies that matter: a thousand phones are held in memory."""
        names = (participant_cookie(forum), FACILITATOR_COOKIE)
        return cls(
            {name: cookies[name] for name in names if name in cookies},
            actor.participant.pk if actor.participant else None,
            actor.facilitator.pk if actor.facilitator else None,
        )
