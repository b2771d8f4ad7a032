"""The measurements of a rehearsal."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from statistics import median


class StopReason(Enum):
    """Why a rehearsal did not come to its end."""

    UNREACHABLE = "the app no longer answers"
    TIME = "it took too long"
    INTERRUPTED = "it was interrupted"
    UNMARKED = "the forum is no longer marked as a rehearsal"
    CLOSED = "nobody can join any more"


@dataclass(frozen=True)
class LoadLevel:
    """A few seconds in which buttons were pressed at a steady rate."""

    rate: int
    """Buttons a second."""
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
class RehearsalResult:
    phones: int
    is_this_computer: bool
    """Whether the app runs on this very computer, so that no Wi-Fi was tried."""
    round_trip: float = 0.0
    """Seconds of one small request before anybody came, the median of several."""
    arrivals: list[float] = field(default_factory=list)
    """Seconds from the QR code to a current board, for each phone that came in."""
    updates: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from a button to the last screen that shows it, and the step that was going on."""
    levels: list[LoadLevel] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    """Count by kind: "timeout", "refused", "cut", "socket", "board", or the number of an HTTP status."""
    drops: int = 0
    """Sockets that were lost and came back."""
    screens: int = 0
    """Screens that were compared with a fresh page at the end."""
    lost: int = 0
    """Those that showed something else, five seconds after calm."""
    lost_texts: int = 0
    """Reports of which the server no longer had the text that it had acknowledged."""
    kilobytes: float = 0.0
    """Transferred to one phone from the QR code to the board, the median."""
    stopped: StopReason | None = None
    stopped_at: str = ""
    """The step that was going on then, as the progress bar calls it."""
    erased: bool | None = None
    """Whether everything was erased at the end; None without a facilitator's link."""

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
        return median(seconds for seconds, _step in self.updates) if self.updates else 0.0
