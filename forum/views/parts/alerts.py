"""The context of `forum/alerts.html`."""

from typing import Any

from forum.checks.alerts import ALERTS


def alerts_context() -> dict[str, Any]:
    """Return the present alerts, and a text by which the page tells those that it shows."""
    alerts = ALERTS.present()
    return {"alerts": alerts, "shown": ".".join(f"{alert.name}-{alert.finding.state}" for alert in alerts)}
