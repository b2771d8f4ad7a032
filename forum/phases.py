"""The phases of the day in order, and the steps of the wall within them."""

from dataclasses import dataclass
from typing import Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Phase(TextChoices):
    PREPARATION = "preparation", _("Preparation")
    OPENING = "opening", _("Opening plenary")
    MARKETPLACE = "marketplace", _("Marketplace")
    GROUPS = "groups", _("Working groups")
    CLOSING = "closing", _("Closing plenary")
    PUBLISHED = "published", _("Report published")

    @property
    def next(self) -> Self | None:
        return self._neighbour(1)

    @property
    def previous(self) -> Self | None:
        return self._neighbour(-1)

    def _neighbour(self, offset: int) -> Self | None:
        phases = list(type(self))
        index = phases.index(self) + offset
        return phases[index] if 0 <= index < len(phases) else None


ALWAYS = frozenset(Phase)
BEFORE_PUBLISHED = ALWAYS - {Phase.PUBLISHED}
DURING_DAY = frozenset({Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS, Phase.CLOSING})
MARKET = frozenset({Phase.MARKETPLACE})
MARKET_AND_GROUPS = frozenset({Phase.MARKETPLACE, Phase.GROUPS})
PITCHING = frozenset({Phase.OPENING, Phase.MARKETPLACE})
"""Topics are pitched in the plenary."""
OPENING_TO_GROUPS = frozenset({Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS})
WORK = frozenset({Phase.GROUPS, Phase.CLOSING})
"""Groups work, and finish their reports in the closing plenary."""
FROM_GROUPS = frozenset({Phase.GROUPS, Phase.CLOSING, Phase.PUBLISHED})
CLOSING = frozenset({Phase.CLOSING})
FROM_CLOSING = frozenset({Phase.CLOSING, Phase.PUBLISHED})


class Slide(TextChoices):
    """The slides of the opening plenary, in the order of the wall."""

    WELCOME = "welcome", _("Welcome")
    QUESTION = "question", _("The question")
    PRINCIPLES = "principles", _("The principles")
    LAW = "law", _("The law of two feet")
    JOIN = "join", _("How to join")


@dataclass(frozen=True)
class WallStep:
    """A view of the wall: a slide, or without one the view of the phase. As text: `opening.law`, `groups.`"""

    phase: Phase
    slide: Slide | None = None

    def __str__(self) -> str:
        return f"{self.phase.value}.{self.slide.value if self.slide else ''}"

    @classmethod
    def parse(cls, text: str) -> "WallStep | None":
        """Return the step that `str()` wrote as this text; None when there is no such step."""
        phase, _dot, slide = text.partition(".")
        if phase not in Phase.values or slide not in ("", *Slide.values):
            return None
        return cls(Phase(phase), Slide(slide) if slide else None)

    @property
    def label(self) -> str:
        return str(self.slide.label if self.slide else self.phase.label)

    @property
    def next(self) -> "WallStep | None":
        return self._neighbour(1)

    @property
    def previous(self) -> "WallStep | None":
        return self._neighbour(-1)

    def _neighbour(self, offset: int) -> "WallStep | None":
        """Return the step at this offset in WALL_STEPS. A slide shown outside the opening leads to its phase's view."""
        if self not in WALL_STEPS:
            return WallStep(self.phase)
        index = WALL_STEPS.index(self) + offset
        return WALL_STEPS[index] if 0 <= index < len(WALL_STEPS) else None


WALL_STEPS = [
    step
    for phase in Phase
    for step in (*(WallStep(phase, slide) for slide in Slide if phase == Phase.OPENING), WallStep(phase))
]
"""The steps of the whole day, in order: the slides come before the view of the opening plenary."""
