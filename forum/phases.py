"""The phases of the day, in order, and what each one is called."""

from dataclasses import dataclass
from typing import Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Phase(TextChoices):
    """One button moves everyone from one phase to the next, and back where practice needs it."""

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

    def _neighbour(self, step: int) -> Self | None:
        phases = list(type(self))
        place = phases.index(self) + step
        return phases[place] if 0 <= place < len(phases) else None

    def is_at_least(self, other: "Phase") -> bool:
        phases = list(type(self))
        return phases.index(self) >= phases.index(other)


ALWAYS = frozenset(Phase)
BEFORE_PUBLISHED = ALWAYS - {Phase.PUBLISHED}
OPEN = frozenset({Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS, Phase.CLOSING})
MARKET = frozenset({Phase.MARKETPLACE})
MARKET_AND_GROUPS = frozenset({Phase.MARKETPLACE, Phase.GROUPS})
PLENARY = frozenset({Phase.OPENING, Phase.MARKETPLACE})
OPEN_TO_GROUPS = frozenset({Phase.OPENING, Phase.MARKETPLACE, Phase.GROUPS})
WORK = frozenset({Phase.GROUPS, Phase.CLOSING})
FROM_GROUPS = frozenset({Phase.GROUPS, Phase.CLOSING, Phase.PUBLISHED})
END = frozenset({Phase.CLOSING, Phase.PUBLISHED})


class Slide(TextChoices):
    """What the wall can show in the opening plenary, in the order in which it is told."""

    WELCOME = "welcome", _("Welcome")
    QUESTION = "question", _("The question")
    PRINCIPLES = "principles", _("The principles")
    LAW = "law", _("The law of two feet")
    JOIN = "join", _("How to join")


@dataclass(frozen=True)
class Step:
    """What the wall shows: a slide, or else what belongs to the phase. Written as `opening.law`, `groups.`"""

    phase: Phase
    slide: Slide | None = None

    def __str__(self) -> str:
        return f"{self.phase.value}.{self.slide.value if self.slide else ''}"

    @classmethod
    def read(cls, text: str) -> "Step | None":
        phase, _dot, slide = text.partition(".")
        if phase not in Phase.values or slide not in ("", *Slide.values):
            return None
        return cls(Phase(phase), Slide(slide) if slide else None)

    @property
    def label(self) -> str:
        return str(self.slide.label if self.slide else self.phase.label)

    @property
    def next(self) -> "Step | None":
        return self._neighbour(1)

    @property
    def previous(self) -> "Step | None":
        return self._neighbour(-1)

    def _neighbour(self, step: int) -> "Step | None":
        """The one before or after in the day as it is told; from a slide shown out of turn, back to its phase."""
        if self not in STORY:
            return Step(self.phase)
        place = STORY.index(self) + step
        return STORY[place] if 0 <= place < len(STORY) else None


STORY = [
    told
    for phase in Phase
    for told in (*(Step(phase, slide) for slide in Slide if phase == Phase.OPENING), Step(phase))
]
"""The whole day on the wall, in order: the opening plenary is told slide by slide, then shows what is its own."""
