"""What became of parcels, from the history and from the tracking news received since."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.delivery.health import merge_live, weekly
from serving.delivery.repository import read_parcels
from serving.outcomes.repository import OutcomeStore

if TYPE_CHECKING:
    import pandas as pd
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

    def report(self, level: str, now: int, weeks: int) -> tuple[pd.Timestamp, list[dict[str, Any]]]:
        """Give the weekly figures of a level, newest week first.

        Parameters
        ----------
        level
            What a row is about, see `serving.delivery.health.LEVELS`.
        now
            The present, microseconds UTC.
        weeks
            Weeks looked at.

        Returns
        -------
        tuple
            The instant whose knowledge was used, and the rows. It is the present, or the last
            news of any parcel where that is older: where tracking stands still, every parcel on
            its way would seem to become late.
        """
        import pandas as pd

        parcels = merge_live(self._parcels, self._outcomes.shipments())
        present, last = pd.Timestamp(now, unit="us", tz="UTC"), parcels["known_at"].max()
        as_of = present if pd.isna(last) else min(present, last + pd.Timedelta(microseconds=1))
        return as_of, weekly(parcels, level=level, as_of=as_of, weeks=weeks)
