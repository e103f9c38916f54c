"""The most recent orders with the features they were decided on: what a shadow answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from serving.retraining.repository import RunStore

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from sqlalchemy import Engine

SPAN: Final = timedelta(days=7)
LEAST: Final = 200
"""Decisions below which the end of the history says more about recent traffic."""


def recent_traffic(engine: Engine, cut: datetime) -> pd.DataFrame | None:
    """Give the feature vectors of the last week's decisions, exactly as the service used them.

    A model in the shadow that scores these vectors answers what it would have answered live, to
    the bit, and costs the orders that come in nothing.

    Parameters
    ----------
    engine
        The store.
    cut
        The instant of the run.

    Returns
    -------
    pd.DataFrame or None
        Features with ``placed_at`` and ``value_minor``; None where the service decided little.
    """
    import pandas as pd

    since, until = ((at.timestamp() * 1e6) for at in (cut - SPAN, cut))
    found = RunStore(engine).traffic(int(since), int(until))
    if len(found) < LEAST:
        return None
    frame = pd.DataFrame([features for _, features in found])
    placed = pd.to_datetime([row["placed_at"] for row, _ in found], unit="us", utc=True)
    value = pd.array([row["value_minor"] for row, _ in found], dtype="Int64")
    return frame.assign(placed_at=placed, value_minor=value)
