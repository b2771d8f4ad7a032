"""The actor of a verb: a participant, someone of the team, both, or a stranger."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from forum.models.team_role import TeamRole

if TYPE_CHECKING:
    from forum.models.device import Device
    from forum.models.facilitator import Facilitator
    from forum.models.forum import Forum
    from forum.models.participant import Participant


class Guard(Protocol):
    """Makes sure that what a request was allowed to do is still allowed when its changes are made."""

    def check(self, forum: "Forum") -> None:
        """Raise RightsLost if it is not any more. Called within each change, which holds the lock of the forum."""

    def note_own(self, revision: int) -> None:
        """Note a change that the request itself made."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The participant and the facilitator of one browser; with neither, a stranger or the app itself."""

    participant: "Participant | None" = None
    facilitator: "Facilitator | None" = None
    device: "Device | None" = None
    """The participant's device."""
    facilitator_device: "Device | None" = None
    role: TeamRole = TeamRole.SPONSOR
    """In which the facilitator runs the forum; says nothing without one. Unless it is named, the one that may least."""
    guard: Guard | None = field(default=None, compare=False, repr=False)
    """Of the request; None: rights are not checked again."""

    @property
    def is_stranger(self) -> bool:
        return self.participant is None and self.facilitator is None

    @property
    def runs_as_facilitator(self) -> bool:
        return self.facilitator is not None and self.role == TeamRole.FACILITATOR

    @property
    def approves(self) -> bool:
        """Whether what this actor sends needs nobody's approval, since they give it."""
        return self.facilitator is not None and self.role != TeamRole.SPONSOR

    @property
    def name(self) -> str:
        person = self.participant or self.facilitator
        return person.name if person else ""
