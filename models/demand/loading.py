"""From a history to demand series: units a step, with the step in which each became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.demand.calendar import PROMOTION, promotion_days
from models.demand.order_lines import from_lines
from models.demand.sales import from_sales
from models.demand.series import DemandSeries
from models.demand.steps import DAY, WHOLE, Steps, grid, late_changes, local_days, main_country
from models.errors import NotSupportedError

if TYPE_CHECKING:
    from features.history import History
    from models.demand.steps import Span


def load_series(history: History, span: Span = WHOLE) -> DemandSeries:
    """Read the demand series of a history.

    Parameters
    ----------
    history
        The history; its profile says where series come from and their rhythm.
    span
        Days that count.

    Raises
    ------
    NotSupportedError
        When the history has no demand series.
    """
    demand = history.profile.demand
    if demand is None:
        raise NotSupportedError(
            "demand: the history names no demand series; give `series_id` in its mapping"
        )
    special = _special_days(history)
    if demand.from_sales:
        return from_sales(history, demand, span, special)
    return from_lines(history, demand, span, special)


def load_order_series(history: History, span: Span = WHOLE) -> DemandSeries:
    """Read one daily series of all orders of a history, each known when it was received.

    Raises
    ------
    NotSupportedError
        When the history has no orders.
    """
    import pandas as pd

    orders = history.frame("orders", columns=("placed_at", "received_at", "ship_country"))
    if orders.empty:
        raise NotSupportedError("overload: the history has no orders")
    zone = history.profile.timezone
    days = local_days(orders["placed_at"], zone)
    origin_on = span.origin_on if span.origin_on is not None else days.max() + DAY
    steps = Steps.of(days, 1, origin_on)
    known = steps.at(local_days(orders["received_at"].fillna(orders["placed_at"]), zone))
    events = pd.DataFrame(
        {"row": 0, "step": steps.at(days), "known_step": known, "units": 1.0, "lines": 1.0}
    )
    now = (events["known_step"] <= events["step"]).to_numpy()
    n_steps = int(events["step"].max()) + 1
    demand = history.profile.demand
    return DemandSeries(
        ids=("orders",),
        first_on=steps.first_on,
        step_days=1,
        units=grid(events[now], "units", 1, n_steps),
        lines=grid(events[now], "lines", 1, n_steps),
        changes=late_changes(events[~now]),
        closed_weekdays=demand.closed_weekdays if demand else (),
        price=np.full(1, np.nan),
        group=np.full(1, -1, np.int64),
        special_on=_special_days(history),
        country=main_country(orders[days < origin_on]),
    )


def warehouse_shares(history: History, since_on: np.datetime64) -> dict[str, float]:
    """Share of the parcels shipped since a day that left each warehouse.

    Returns
    -------
    dict
        Warehouse to share, summing to 1; empty when nothing is known of parcels.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pyarrow as pa
    >>> from features.history import History, HistoryProfile
    >>> from features.history_writing import write_history
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> parcels = pa.table({
    ...     "shipment_id": ["1", "2", "3", "4"], "order_key": ["a", "b", "c", "d"],
    ...     "warehouse": ["JX", "JX", "SZ", None], "shipped_at": [noon] * 4, "known_at": [noon] * 4,
    ... })
    >>> with TemporaryDirectory() as home:
    ...     _ = write_history(Path(home) / "history", {"shipments": parcels}, HistoryProfile())
    ...     history = History(Path(home) / "history")
    ...     shares = warehouse_shares(history, np.datetime64("2026-03-01"))
    >>> {name: round(share, 2) for name, share in shares.items()}
    {'JX': 0.67, 'SZ': 0.33}
    """
    parcels = history.frame("shipments", columns=("warehouse", "shipped_at"))
    parcels = parcels[parcels["warehouse"].notna() & parcels["shipped_at"].notna()]
    days = local_days(parcels["shipped_at"], history.profile.timezone)
    counts = parcels[days >= since_on]["warehouse"].value_counts(normalize=True)
    return {str(name): float(share) for name, share in counts.items()}


def _special_days(history: History) -> dict[str, tuple[np.datetime64, ...]]:
    """Days of the calendar by kind."""
    import pandas as pd

    if not history.has("calendar"):
        return {}
    frame = history.frame("calendar", columns=("day_on", "kind", "name")).drop_duplicates()
    days = pd.to_datetime(frame["day_on"]).to_numpy().astype("datetime64[D]")
    kinds = frame["kind"].to_numpy(dtype=str)
    special = {str(kind): tuple(np.sort(days[kinds == kind])) for kind in np.unique(kinds)}
    if PROMOTION in special:
        is_promotion = kinds == PROMOTION
        names = frame["name"].fillna("").to_numpy(dtype=str)
        del special[PROMOTION]
        special |= promotion_days(days[is_promotion], list(names[is_promotion]))
    return special
