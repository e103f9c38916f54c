"""Demand series added up from order lines, less what was cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.demand.series import DemandSeries
from models.demand.steps import DAY, STEP_DAYS, Steps, grid, late_changes, local_days, main_country
from models.errors import NotSupportedError

if TYPE_CHECKING:
    import pandas as pd

    from features.history import DemandProfile, History
    from models.demand.steps import Span

LINE_COLUMNS = (
    "order_key",
    "line_id",
    "placed_at",
    "quantity",
    "unit_price_minor",
    "total_minor",
    "category",
    "series_id",
)
ORDER_COLUMNS = ("order_key", "received_at", "status", "total_minor", "value_minor", "ship_country")
MAX_SERIES = 120_000
"""Series held at once; of more, those with fewest past lines are left out."""


def from_lines(
    history: History,
    demand: DemandProfile,
    span: Span,
    special: dict[str, tuple[np.datetime64, ...]],
) -> DemandSeries:
    """Add up order lines, and take off what was cancelled when that became known.

    Parameters
    ----------
    history
        The history.
    demand
        The rhythm, and the weekdays without trade.
    span
        Days that count.
    special
        Kind of day to the days of the calendar.

    Raises
    ------
    NotSupportedError
        When nothing was sold on these days.
    """
    import pandas as pd

    zone = history.profile.timezone
    lines = history.frame("order_lines", columns=LINE_COLUMNS, where="series_id IS NOT NULL")
    orders = history.frame("orders", columns=ORDER_COLUMNS)
    orders = orders.rename(columns={"total_minor": "order_minor"})
    lines = lines.merge(orders, on="order_key", how="left", sort=False)
    lines["day"] = local_days(lines["placed_at"], zone)
    if span.since_on is not None:
        lines = lines[lines["day"] >= span.since_on].reset_index(drop=True)
    if lines.empty:
        raise NotSupportedError("demand: no order line has a series_id in the days asked for")
    days = lines["day"].to_numpy()
    origin_on = span.origin_on if span.origin_on is not None else days.max() + DAY
    lines = _keep_known(lines, days < origin_on)
    days = lines["day"].to_numpy()
    steps = Steps.of(days, STEP_DAYS[demand.rhythm], origin_on)
    codes, ids = pd.factorize(lines["series_id"], sort=True)
    lines["row"], lines["step"] = codes, steps.at(days)
    lines["known_step"] = steps.at(
        local_days(lines["received_at"].fillna(lines["placed_at"]), zone)
    )
    events = _events(lines, _cancellations(history, lines, steps, zone))
    n_steps = int(lines["step"].max()) + 1
    now = (events["known_step"] <= events["step"]).to_numpy()
    units, count = (grid(events[now], name, len(ids), n_steps) for name in ("units", "lines"))
    return DemandSeries(
        ids=tuple(ids.astype(str)),
        first_on=steps.first_on,
        step_days=steps.step_days,
        units=units,
        lines=count,
        changes=late_changes(events[~now]),
        closed_weekdays=demand.closed_weekdays if steps.step_days == 1 else (),
        price=_prices(lines, len(ids)),
        group=_groups(lines[days < origin_on], len(ids)),
        special_on=special,
        country=main_country(lines[days < origin_on].drop_duplicates("order_key")),
    )


def _keep_known(lines: pd.DataFrame, is_past: np.ndarray) -> pd.DataFrame:
    """Keep the series with most past lines where there are more than can be held at once."""
    counts = lines.loc[is_past, "series_id"].value_counts()
    if len(counts) <= MAX_SERIES:
        return lines
    kept = counts.index[:MAX_SERIES]
    return lines[lines["series_id"].isin(kept)].reset_index(drop=True)


def _events(lines: pd.DataFrame, cancelled: pd.DataFrame) -> pd.DataFrame:
    """Stack what was ordered and what was taken back."""
    import pandas as pd

    names = ["row", "step", "known_step", "units", "lines"]
    ordered = lines.assign(units=lines["quantity"].astype(float), lines=1.0)
    return pd.concat([ordered[names], cancelled[names]], ignore_index=True)


def _cancellations(history: History, lines: pd.DataFrame, steps: Steps, zone: str) -> pd.DataFrame:
    """Gather what was cancelled: the line named, or all lines of an order that ended as cancelled.

    An outcome that names no line may only say that something of the order was taken back; without
    the order's own status it takes nothing off.
    """
    import pandas as pd

    names = ("order_key", "line_id", "quantity", "known_at", "is_bad")
    found = history.frame("outcomes", columns=names, where="kind = 'cancel'")
    found = found[found["is_bad"].fillna(True).astype(bool)].rename(
        columns={"quantity": "cancelled", "known_at": "cancel_known_at"}
    )
    kept = lines[["order_key", "line_id", "row", "step", "quantity", "status"]]
    by_line = kept.merge(
        found[found["line_id"].notna()].drop(columns="is_bad"), on=["order_key", "line_id"]
    )
    whole = found[found["line_id"].isna()].drop(columns=["line_id", "is_bad"])
    ended = kept[(kept["status"] == "cancelled").fillna(False).astype(bool)]
    by_order = ended.merge(
        whole.assign(cancelled=pd.Series(pd.NA, whole.index, "Int64")), on="order_key"
    )
    both = pd.concat([by_order, by_line], ignore_index=True)
    both["known_step"] = steps.at(local_days(both["cancel_known_at"], zone))
    both = both.sort_values(["cancel_known_at"], kind="stable")
    quantity = both["quantity"].astype(float)
    asked = both["cancelled"].astype("Float64").fillna(quantity).astype(float)
    line = both.groupby(["order_key", "line_id"], sort=False)
    total = asked.groupby(line.ngroup()).cumsum().clip(upper=quantity)
    taken = total - total.groupby(line.ngroup()).shift(fill_value=0.0)
    gone = (total >= quantity) & (taken > 0)
    result: pd.DataFrame = both.assign(units=-taken, lines=-gone.astype(float))[taken > 0]
    return result


def _prices(lines: pd.DataFrame, n_series: int) -> np.ndarray:
    """Mean price of a unit in the base currency's minor unit; NaN when unknown."""
    rate = lines["value_minor"].astype(float) / lines["order_minor"].astype(float)
    rate = rate.where(np.isfinite(rate) & (rate > 0), 1.0)
    quantity = lines["quantity"].astype(float)
    listed = lines["unit_price_minor"].astype(float) * quantity
    money = lines["total_minor"].astype(float).fillna(listed) * rate
    known = money.notna().to_numpy()
    rows = lines["row"].to_numpy()[known]
    total = np.bincount(rows, money.to_numpy()[known], n_series)
    units = np.bincount(rows, quantity.to_numpy()[known], n_series)
    return np.where(units > 0, total / np.maximum(units, 1), np.nan)


def _groups(lines: pd.DataFrame, n_series: int) -> np.ndarray:
    """Category of each series' last past line, as a number; -1 when unknown."""
    import pandas as pd

    groups = np.full(n_series, -1, np.int64)
    known = lines[lines["category"].notna()]
    codes, _ = pd.factorize(known["category"], sort=True)
    groups[known["row"].to_numpy(np.int64)] = codes
    return groups
