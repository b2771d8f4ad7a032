"""The memory of the app's processes, which holds its secrets."""

import contextlib
import ctypes

_PR_SET_DUMPABLE = 4


def close_memory() -> None:
    """Let no other process of the same user read this one's memory and environment; no-op where there is no such call.

    Root may, and what this process starts decides again.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
