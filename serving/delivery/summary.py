"""What became of parcels, from the history and from the tracking news received since."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from serving.delivery.health import merge_live, weekly
from serving.delivery.repository import read_parcels
from serving.outcomes.repository import OutcomeStore

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from features.history import History


class HealthService:
    """Weekly figures of deliveries.

    Parameters
    ----------
    history
        The history.
    engine
        The store of what was received since.
    """

    def __init__(self, history: History, engine: Engine) -> None:
        self._history = history
        self._outcomes = OutcomeStore(engine)

    @cached_property
    def _parcels(self) -> pd.DataFrame:
        return read_parcels(self._history)

    def as_of(self, now: int) -> pd.Timestamp:
        """Give the present, or the end of a history that is older by more than a week."""
        present = pd.Timestamp(now, unit="us", tz="UTC")
        last = self._parcels["known_at"].max()
        if pd.isna(last) or present - last <= pd.Timedelta(weeks=1):
            return present
        return pd.Timestamp(last) + pd.Timedelta(microseconds=1)

    def rows(self, level: str, as_of: pd.Timestamp, weeks: int) -> list[dict[str, Any]]:
        """Give the weekly figures of a level, newest week first."""
        parcels = merge_live(self._parcels, self._outcomes.shipments())
        return weekly(parcels, level=level, as_of=as_of, weeks=weeks)
