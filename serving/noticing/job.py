"""The hourly look at deliveries, as a job beside the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.jobs.job import HistoryJob

if TYPE_CHECKING:
    from datetime import datetime

    from features.history import History


class DeliveryLook(HistoryJob):
    """Looks at deliveries once an hour."""

    name = "delivery"

    def due_for(self, history: History, now: datetime) -> tuple[str, str] | None:
        """Give the hour, or None where the history has no parcels."""
        return (self.name, f"{now:%Y-%m-%dT%H}") if history.has("shipments") else None
