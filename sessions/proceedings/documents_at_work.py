"""Whether documents are being made: the worker's sign of life, and editions that wait. For alerts and `/metrics`."""

import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, F, Min, Sum
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, SummaryMetricFamily

from sessions.models import Edition

SIGN_FILE = "worker"
"""In the directory that web processes and workers share: its time is the last sign of life of any worker."""
AWAY_SECONDS = 60.0
"""Without a sign for so long, no worker is there; one gives a sign every few seconds, also while it makes a book."""
LATE_AFTER = timedelta(minutes=5)
"""An edition that waits for longer is not begun soon: the worker hangs, or has too much to do."""

_started_at = time.time()


def give_sign_of_life() -> None:
    """Note that a worker is there. Raises OSError."""
    path = Path(settings.MEDIA_ROOT) / SIGN_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o644)


def seconds_without_worker() -> float | None:
    """Return the seconds since the last sign of life of any worker; None if there never was one."""
    try:
        return max(0.0, time.time() - (Path(settings.MEDIA_ROOT) / SIGN_FILE).stat().st_mtime)
    except OSError:
        return None


def is_worker_away() -> bool:
    """Say whether no worker has been there for a while. A process that has just started gives it time to start too."""
    age = seconds_without_worker()
    running = time.time() - _started_at
    return running > AWAY_SECONDS and (age is None or age > AWAY_SECONDS)


def are_editions_late() -> bool:
    """Say whether an edition waits for too long to be begun, or was left half-made."""
    waits = Edition.objects.filter(state=Edition.State.QUEUED, asked_at__lt=timezone.now() - LATE_AFTER)
    return waits.exists() or any(edition.is_stuck for edition in Edition.objects.rendering().select_related("forum"))


def document_measures() -> Iterable[Metric]:
    """Return the measures of the documents. Raises DatabaseError."""
    by_state = dict(Edition.objects.order_by().values_list("state").annotate(Count("pk")))
    editions = GaugeMetricFamily("forum_editions", "Editions by state.", labels=["state"])
    for state in Edition.State:
        editions.add_metric([state.value], by_state.get(state, 0))
    made = Edition.objects.ready().order_by()
    made_seconds = made.aggregate(count=Count("pk"), sum=Sum(F("ready_at") - F("asked_at")))
    took = SummaryMetricFamily("forum_edition_seconds", "Time from the request of an edition until it was ready.")
    took.add_metric([], made_seconds["count"], (made_seconds["sum"] or timedelta()).total_seconds())
    oldest = Edition.objects.filter(state=Edition.State.QUEUED).aggregate(oldest=Min("asked_at"))["oldest"]
    waits = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    age = seconds_without_worker()
    return (
        editions,
        took,
        GaugeMetricFamily("forum_edition_wait_seconds", "Age of the oldest edition that is not begun.", waits),
        GaugeMetricFamily(
            "forum_worker_age_seconds", "Time since a worker last gave a sign of life.",
            float("inf") if age is None else age,
        ),
    )  # fmt: skip
