"""What `/metrics` reads at the moment it is asked, beside what is counted all the time (forum/metrics.py)."""

import contextlib
import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from forum.checks.alerts import ALERTS, alert_checks
from forum.extension import extension
from forum.live.audience import Audience
from forum.live.hub import open_hubs
from forum.models import Forum
from forum.server.disk import free_bytes
from forum.server.web_server import HttpConnection

log = logging.getLogger(__name__)


class PresentState(Collector):
    """Collects the gauges of this process; without those of the database while it is away."""

    def collect(self) -> Iterable[Metric]:
        yield from _live_gauges()
        yield from _machine_gauges()
        try:
            yield _hub_lag()
            yield from extension().measures()
            yield _alerts()
        except (DatabaseError, InterfaceError) as error:
            log.warning("metrics: the database does not answer: %s", str(error).strip())


def _live_gauges() -> Iterable[Metric]:
    hubs = open_hubs()
    watching = Counter(subscriber.audience for hub in hubs for subscriber in list(hub.subscribers))
    subscribers = GaugeMetricFamily("forum_subscribers", "Live pages, by what they show.", labels=["audience"])
    for audience in Audience:
        subscribers.add_metric([audience.value], watching[audience])
    yield subscribers
    yield GaugeMetricFamily("forum_hubs", "Forums that live pages of this process follow.", len(hubs))
    age = max((hub.read_age for hub in hubs), default=0.0)
    yield GaugeMetricFamily("forum_hub_read_age_seconds", "Time since the hub that is worst off last read.", age)


def _machine_gauges() -> Iterable[Metric]:
    free = GaugeMetricFamily("forum_free_bytes", "Free bytes on the disk of a directory.", labels=["directory"])
    for name, directory in (("data", settings.DATA_DIR), ("media", settings.MEDIA_ROOT)):
        with contextlib.suppress(OSError):  # a network drive that is away
            free.add_metric([name], free_bytes(Path(directory)))
    yield free
    limits = HttpConnection.limits
    yield GaugeMetricFamily("forum_sockets_limit", "Sockets that this process accepts.", limits.sockets)


def _hub_lag() -> Metric:
    hubs = {hub.pk: hub.revision for hub in open_hubs()}
    saved = dict(Forum.objects.filter(pk__in=hubs).values_list("pk", "revision"))
    lag = max((saved[pk] - revision for pk, revision in hubs.items() if pk in saved), default=0)
    return GaugeMetricFamily("forum_hub_lag_revisions", "Changes that the slowest hub has not read.", max(0, lag))


def _alerts() -> Metric:
    present = {alert.name for alert in ALERTS.present()}
    alerts = GaugeMetricFamily(
        "forum_alert", "1 while this alert is shown to facilitators and operators.", labels=["name"]
    )
    for check in alert_checks():
        alerts.add_metric([check.name], check.name in present)
    return alerts


PRESENT = CollectorRegistry(auto_describe=False)
PRESENT.register(PresentState())
