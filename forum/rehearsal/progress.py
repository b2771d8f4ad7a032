"""The progress of a rehearsal: the present step, and the part of the whole that is over."""

from collections.abc import Callable

ShowProgress = Callable[[float, str], None]
"""Takes the part of the rehearsal that is over (0 to 1), and the name of the present step."""


class Progress:
    def __init__(self, show: ShowProgress) -> None:
        self._show = show
        self.over = 0.0
        """Part of the whole that was over when the step began."""
        self.step = ""

    def begin(self, step: str) -> None:
        self.step = step
        self._show(self.over, step)

    def advance(self, part: float) -> None:
        """Show the progress within the step, as a part of the whole."""
        self._show(self.over + part, self.step)
