"""The actor of a verb: a participant, a facilitator, both, or a stranger."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forum.models.device import Device
    from forum.models.facilitator import Facilitator
    from forum.models.participant import Participant


@dataclass(frozen=True, slots=True)
class Actor:
    """The participant and the facilitator of one browser; with neither, a stranger or the app itself."""

    participant: "Participant | None" = None
    facilitator: "Facilitator | None" = None
    device: "Device | None" = None
    """The participant's device."""
    facilitator_device: "Device | None" = None

    @property
    def is_stranger(self) -> bool:
        return self.participant is None and self.facilitator is None

    @property
    def name(self) -> str:
        person = self.participant or self.facilitator
        return person.name if person else ""
