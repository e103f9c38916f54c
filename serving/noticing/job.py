"""The hourly look at deliveries, as a job beside the service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from features.errors import HistoryError
from features.history import History

if TYPE_CHECKING:
    from serving.clock import Clock
    from serving.settings import Settings


class DeliveryLook:
    """Looks at deliveries once an hour.

    Parameters
    ----------
    settings
        The home.
    clock
        Gives the present in microseconds UTC.
    """

    name = "delivery"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    def due(self) -> tuple[str, str] | None:
        """Give the hour, or None where the history has no parcels."""
        try:
            has_parcels = History(self._settings.history_folder).has("shipments")
        except HistoryError:
            return None
        hour = datetime.fromtimestamp(self._clock() / 1e6, UTC)
        return (self.name, f"{hour:%Y-%m-%dT%H}") if has_parcels else None
