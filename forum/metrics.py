"""What this process counts, for `/metrics`: docs/metrics.md explains each name. No label says who, or which forum.

At the bottom: everything may count, and this imports nothing of the app.
"""

from prometheus_client import Counter, Gauge, Histogram

PAGES = Counter("forum_pages", "Pages answered, by route and status.", ["route", "status"])
PAGE_SECONDS = Histogram(
    "forum_page_seconds",
    "Time in a page's thread, by route.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
WRITES = Counter("forum_writes", "Changes that were saved, by verb.", ["verb"])
SOCKETS = Gauge("forum_sockets", "Open sockets, by kind.", ["kind"])
HUB_READS = Counter("forum_hub_reads", "Snapshots that hubs read, by result: moved, same or failed.", ["result"])
DELIVERIES = Counter("forum_deliveries", "Messages that hubs handed to live pages.")
SERVICE_ERRORS = Counter("forum_service_errors", "Failures of the database or of Redis.", ["service"])
REFUSED = Counter("forum_refused", "What a limit refused, by limit.", ["limit"])
