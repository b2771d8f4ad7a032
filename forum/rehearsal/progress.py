"""The progress of a rehearsal: which step is going on, and how much of the whole is over."""

from collections.abc import Callable

ShowProgress = Callable[[float, str], None]
"""Takes how much of the rehearsal is over (0 to 1), and the name of the step that is going on."""


class Progress:
    def __init__(self, show: ShowProgress) -> None:
        self._show = show
        self.over = 0.0
        """How much of the whole was over when the step began."""
        self.step = ""

    def begin(self, step: str) -> None:
        self.step = step
        self._show(self.over, step)

    def advance(self, part: float) -> None:
        """Show that this part of the whole, counted from the beginning of the step, is over."""
        self._show(self.over + part, self.step)
