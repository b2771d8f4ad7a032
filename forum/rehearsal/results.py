"""The measurements of a rehearsal."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from statistics import median


class StopReason(Enum):
    """Reasons for a stop before the end."""

    UNREACHABLE = "the app no longer answers"
    TIME = "it took too long"
    INTERRUPTED = "it was interrupted"
    UNMARKED = "the forum is no longer marked as a rehearsal"
    CLOSED = "nobody can join any more"


@dataclass(frozen=True)
class LoadLevel:
    """Measurements of a few seconds in which buttons were pressed at a steady rate."""

    rate: int
    """Buttons a second."""
    answer: float
    """Seconds within which 95 % of the presses were answered."""
    update: float
    """Seconds until a change made meanwhile was on the last screen; 0 when none was made."""
    errors: int

    EASY = 1.0

    @property
    def is_easy(self) -> bool:
        return not self.errors and max(self.answer, self.update) <= self.EASY


@dataclass
class RehearsalResult:
    phones: int
    is_this_computer: bool
    """Whether the app runs on this computer, so that no Wi-Fi was tried."""
    round_trip: float = 0.0
    """Seconds of one small request before the arrival, median of several."""
    arrivals: list[float] = field(default_factory=list)
    """Seconds from the QR code to a current board, for each phone that joined."""
    updates: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from a button to the last screen that shows it, and the step at that time."""
    levels: list[LoadLevel] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    """Count by kind: "timeout", "refused", "cut", "socket", "board", or the number of an HTTP status."""
    drops: int = 0
    """Sockets that were lost and opened again."""
    screens: int = 0
    """Screens that were compared with a fresh page at the end."""
    lost: int = 0
    """Screens that still differed from a fresh page five seconds after the last step, `Pace.calm`."""
    lost_texts: int = 0
    """Reports whose confirmed text the server no longer had."""
    kilobytes: float = 0.0
    """Kilobytes transferred to one phone from the QR code to the board, median."""
    stopped: StopReason | None = None
    stopped_at: str = ""
    """Name of the step at the stop."""
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
