"""From a history to demand series: units a step, with the step in which each became known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.demand.calendar import PROMOTION, promotion_days
from models.demand.series import Changes, DemandSeries
from models.errors import NotSupportedError

if TYPE_CHECKING:
    import pandas as pd

    from features.history import History

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
DAY = np.timedelta64(1, "D")
MAX_SERIES = 120_000
"""Series held at once; of more, those with fewest past lines are left out."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which days count, and where a step begins.

    Parameters
    ----------
    origin_on
        First day that is forecast; weeks of order lines begin on its weekday. None for the day
        after the last one known.
    since_on
        First day that may be learned from, or None for all.
    """

    origin_on: np.datetime64 | None = None
    since_on: np.datetime64 | None = None


WHOLE = Span()
"""All days, up to the last one known."""


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
        return _from_sales(history, demand.rhythm, demand.closed_weekdays, span, special)
    return _from_lines(history, demand.rhythm, demand.closed_weekdays, span, special)


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
    steps = _Steps.of(days, 1, origin_on)
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
        units=_grid(events[now], "units", 1, n_steps),
        lines=_grid(events[now], "lines", 1, n_steps),
        changes=_changes(events[~now]),
        closed_weekdays=demand.closed_weekdays if demand else (),
        price=np.full(1, np.nan),
        group=np.full(1, -1, np.int64),
        special_on=_special_days(history),
        country=_main_country(orders[days < origin_on]),
    )


def warehouse_shares(history: History, since_on: np.datetime64) -> dict[str, float]:
    """Share of the parcels shipped since a day that left each warehouse.

    Returns
    -------
    dict
        Warehouse to share, summing to 1; empty when nothing is known of parcels.
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


def local_days(instants: pd.Series, timezone: str) -> np.ndarray:
    """Calendar day of each instant in the merchant's zone.

    Examples
    --------
    >>> import pandas as pd
    >>> late = pd.Series(pd.to_datetime(["2024-05-01T23:30:00Z"]))
    >>> str(local_days(late, "Asia/Shanghai")[0])
    '2024-05-02'
    """
    local = instants.dt.tz_convert(timezone).dt.tz_localize(None)
    days: np.ndarray = local.to_numpy().astype("datetime64[D]")
    return days


def _from_lines(
    history: History,
    rhythm: str,
    closed: tuple[int, ...],
    span: Span,
    special: dict[str, tuple[np.datetime64, ...]],
) -> DemandSeries:
    """Add up order lines."""
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
    steps = _Steps.of(days, 1 if rhythm == "daily" else 7, origin_on)
    codes, ids = pd.factorize(lines["series_id"], sort=True)
    lines["row"], lines["step"] = codes, steps.at(days)
    lines["known_step"] = steps.at(
        local_days(lines["received_at"].fillna(lines["placed_at"]), zone)
    )
    events = _events(lines, _cancellations(history, lines, steps, zone))
    n_steps = int(lines["step"].max()) + 1
    now = (events["known_step"] <= events["step"]).to_numpy()
    units, count = (_grid(events[now], name, len(ids), n_steps) for name in ("units", "lines"))
    return DemandSeries(
        ids=tuple(ids.astype(str)),
        first_on=steps.first_on,
        step_days=steps.step_days,
        units=units,
        lines=count,
        changes=_changes(events[~now]),
        closed_weekdays=closed if steps.step_days == 1 else (),
        price=_prices(lines, len(ids)),
        group=_groups(lines[days < origin_on], len(ids)),
        special_on=special,
        country=_main_country(lines[days < origin_on].drop_duplicates("order_key")),
    )


def _keep_known(lines: pd.DataFrame, is_past: np.ndarray) -> pd.DataFrame:
    """Keep the series with most past lines where there are more than can be held at once."""
    counts = lines.loc[is_past, "series_id"].value_counts()
    if len(counts) <= MAX_SERIES:
        return lines
    kept = counts.index[:MAX_SERIES]
    return lines[lines["series_id"].isin(kept)].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The grid of steps."""

    first_on: np.datetime64
    step_days: int

    @classmethod
    def of(cls, days: np.ndarray, step_days: int, origin_on: np.datetime64) -> _Steps:
        """Lay a grid over the days so that the origin begins a step."""
        back = -(-int((origin_on - days.min()) / DAY) // step_days)
        first_on = (origin_on - back * step_days * DAY).astype("datetime64[D]")
        return cls(first_on, step_days)

    def at(self, days: np.ndarray) -> np.ndarray:
        """Step of each day."""
        offsets = (days.astype("datetime64[D]") - self.first_on) / DAY
        result: np.ndarray = np.floor(offsets / self.step_days).astype(np.int64)
        return result


def _events(lines: pd.DataFrame, cancelled: pd.DataFrame) -> pd.DataFrame:
    """Stack what was ordered and what was taken back."""
    import pandas as pd

    names = ["row", "step", "known_step", "units", "lines"]
    ordered = lines.assign(units=lines["quantity"].astype(float), lines=1.0)
    return pd.concat([ordered[names], cancelled[names]], ignore_index=True)


def _cancellations(history: History, lines: pd.DataFrame, steps: _Steps, zone: str) -> pd.DataFrame:
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


def _grid(events: pd.DataFrame, name: str, n_series: int, n_steps: int) -> np.ndarray:
    """Sum events into a grid."""
    grid = np.zeros((n_series, n_steps), np.float32)
    place = (events["row"].to_numpy(np.int64), events["step"].to_numpy(np.int64))
    np.add.at(grid, place, events[name].to_numpy(np.float32))
    return grid


def _changes(events: pd.DataFrame) -> Changes:
    """Keep events that became known after their own step."""
    whole = [events[name].to_numpy(np.int64) for name in ("row", "step", "known_step")]
    real = [events[name].to_numpy(np.float32) for name in ("units", "lines")]
    return Changes(*whole, *real)


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


def part_groups(ids: tuple[str, ...], units: np.ndarray) -> np.ndarray:
    """Group series whose ids are made of parts (``store|department``) by one of the parts.

    The part is taken whose groups differ most in what their series sell, since series that sell
    alike have a season alike.

    Examples
    --------
    >>> units = np.array([[1.0], [9.0], [1.0], [9.0]])
    >>> part_groups(("a|x", "a|y", "b|x", "b|y"), units).tolist()
    [0, 1, 0, 1]
    """
    import pandas as pd

    parts = [name.split("|") for name in ids]
    n_parts = len(parts[0]) if parts else 1
    if n_parts == 1 or any(len(part) != n_parts for part in parts):
        return np.full(len(ids), -1, np.int64)
    sold = units.any(axis=1)
    size = np.log1p(np.maximum(units[sold].mean(axis=1), 0.0))
    candidates = [pd.factorize(np.array(column))[0] for column in zip(*parts, strict=True)]
    between = [_between(size, pd.factorize(groups[sold])[0]) for groups in candidates]
    return candidates[int(np.argmax(between))].astype(np.int64)


def _between(values: np.ndarray, groups: np.ndarray) -> float:
    """Variance between groups of at least two, beyond what chance gives."""
    counts = np.bincount(groups)
    if (counts > 1).sum() < 2:
        return -1.0
    means = np.bincount(groups, values) / counts
    within = ((values - means[groups]) ** 2).sum() / max(len(values) - len(counts), 1)
    return -float(within)


def _main_country(orders: pd.DataFrame) -> str | None:
    """Country that most orders go to."""
    counts = orders["ship_country"].value_counts()
    return str(counts.index[0]) if len(counts) else None


def _from_sales(
    history: History,
    rhythm: str,
    closed: tuple[int, ...],
    span: Span,
    special: dict[str, tuple[np.datetime64, ...]],
) -> DemandSeries:
    """Take totals as the source gives them."""
    import pandas as pd

    sales = history.frame("sales", columns=("series_id", "period_on", "quantity", "is_special"))
    days = pd.to_datetime(sales["period_on"]).to_numpy().astype("datetime64[D]")
    if span.since_on is not None:
        sales, days = sales[days >= span.since_on], days[days >= span.since_on]
    if not len(days):
        raise NotSupportedError("demand: no sales in the days asked for")
    step_days = 1 if rhythm == "daily" else 7
    steps = _Steps(days.min(), step_days)
    codes, ids = pd.factorize(sales["series_id"], sort=True)
    place = (codes.astype(np.int64), steps.at(days))
    shape = (len(ids), int(place[1].max()) + 1)
    units, recorded = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    np.add.at(units, place, sales["quantity"].to_numpy(np.float32))
    recorded[place] = True
    is_past = days < span.origin_on if span.origin_on is not None else days >= days.min()
    n_past = int(place[1][is_past].max(initial=-1)) + 1
    marked = sales["is_special"].fillna(False).to_numpy(dtype=bool)
    if marked.any():
        special = special | {"special": tuple(np.unique(days[marked]))}
    return DemandSeries(
        ids=tuple(ids.astype(str)),
        first_on=steps.first_on,
        step_days=step_days,
        units=np.maximum(units, 0.0),
        lines=(units > 0).astype(np.float32),
        changes=Changes.none(),
        closed_weekdays=closed if step_days == 1 else (),
        price=np.full(len(ids), np.nan),
        group=part_groups(tuple(ids.astype(str)), units[:, :n_past]),
        recorded=recorded,
        special_on=special,
    )
