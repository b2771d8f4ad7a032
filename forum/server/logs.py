"""The log: its configuration, its lines as JSON, and floods of one line, of which only the first are written."""

import atexit
import json
import logging
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from forum.server.log_redaction import redact

PERIOD_SECONDS = 60.0
FIRST = 10
"""Lines of one kind that are written in a period; of the others only their number is."""
FORMATS = ("plain", "json")


def configuration(level: str, format_name: str) -> dict[str, Any]:
    """Return Django's LOGGING. `level` is that of the app; of other libraries, warnings and errors are enough.

    Below, they log whole messages and addresses of people.
    """
    formatters = {
        "plain": {
            "()": "forum.server.log_redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "forum.server.logs.JsonFormatter"},
    }
    if format_name not in FORMATS:
        raise SystemExit(f"LOG_FORMAT is one of {', '.join(FORMATS)}")
    is_detailed = level in ("DEBUG", "INFO")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": formatters,
        "filters": {"floods": {"()": "forum.server.logs.FloodFilter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": format_name, "filters": ["floods"]}},
        "root": {"handlers": ["console"], "level": "WARNING" if is_detailed else level},
        "loggers": {
            "forum": {"level": level},
            "sessions": {"level": level},
            # Refused requests are not errors of the app: a wrong Host header, a form of too many fields, a forged name.
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "CRITICAL"},
            "django.security.csrf": {"level": "WARNING"},
        },
    }


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON, redacted. docs/hosting.md explains the fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            "process": record.process,
            "thread": record.threadName,
        }
        if record.exc_info and record.exc_info[0]:
            fields |= {
                "error": record.exc_info[0].__name__, "traceback": redact(self.formatException(record.exc_info)),
            }  # fmt: skip
        return json.dumps(fields, ensure_ascii=False)


class FloodFilter(logging.Filter):
    """Let the FIRST lines of a kind through in each period, then say how many more there were.

    Lines are of one kind when the same place in the code wrote them, whatever they name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, int, str]] = Counter()
        self._began_at = 0.0
        self._timer: threading.Timer | None = None
        atexit.register(self.end_period)

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "is_summary", False):
            return True
        kind = record.name, record.levelno, str(record.msg)
        with self._lock:
            if self._timer is None and time.monotonic() - self._began_at > PERIOD_SECONDS:
                self._counts, self._began_at = Counter(), time.monotonic()
            self._counts[kind] += 1
            if self._counts[kind] > FIRST and self._timer is None:
                self._timer = threading.Timer(PERIOD_SECONDS, self.end_period)
                self._timer.daemon = True
                self._timer.start()
            return self._counts[kind] <= FIRST

    def end_period(self) -> None:
        """Write how many lines of each kind were left out, and count anew."""
        with self._lock:
            counts, self._timer = self._counts, None
            self._counts = Counter()
        for (name, level, message), count in counts.items():
            if count > FIRST:
                text = f"{message} … and {count - FIRST:,} more in a minute"
                logging.getLogger(name).log(level, "%s", text, extra={"is_summary": True})
