"""The phases of the day, in order, and what each one is called."""

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
