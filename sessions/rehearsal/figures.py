"""What a rehearsal found, as numbers."""

from collections import Counter
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Level:
    """A few seconds in which people pressed so many taps a second."""

    rate: int
    answer: float
    """Seconds within which 95 % of the buttons were answered."""
    update: float
    """Seconds until the last screen had a change made meanwhile; 0 when none was made."""
    errors: int

    EASY = 1.0

    @property
    def is_easy(self) -> bool:
        return not self.errors and max(self.answer, self.update) <= self.EASY


@dataclass
class Figures:
    phones: int
    is_here: bool
    """Whether the app is on this very computer, so that no Wi-Fi was tried."""
    round_trip: float = 0.0
    """Seconds of one small request before anybody came, the median of several."""
    arrivals: list[float] = field(default_factory=list)
    """Seconds from the QR code to a current board, of each phone that came in."""
    updates: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from a button to the last screen that shows it, and what was going on then."""
    levels: list[Level] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    """By kind: "timeout", "refused", "cut", "socket", "board", or the number of an HTTP status."""
    drops: int = 0
    """Sockets that were lost and came back."""
    screens: int = 0
    """Screens that were compared with a fresh page at the end."""
    lost: int = 0
    """Those that showed something else, five seconds after calm."""
    lost_words: int = 0
    """Reports of which the server no longer had what it acknowledged."""
    kilobytes: float = 0.0
    """What the pages of one phone weighed, from the QR code to the board."""
    stopped: str = ""
    """Why the rehearsal did not come to its end: "gone", "time", "interrupted", "unmarked" or "closed"."""
    stopped_at: str = ""
    """What was going on then, in the words of the progress bar."""
    erased: bool | None = None
    """Whether everything was taken away again; None when that was not ours to do."""

    @property
    def slowest_arrival(self) -> float:
        return max(self.arrivals, default=0.0)

    @property
    def arrivals_a_second(self) -> float:
        return len(self.arrivals) / self.slowest_arrival if self.arrivals else 0.0

    @property
    def slowest_update(self) -> tuple[float, str]:
        return max(self.updates, default=(0.0, ""))

    @property
    def usual_update(self) -> float:
        return median(seconds for seconds, _doing in self.updates) if self.updates else 0.0
