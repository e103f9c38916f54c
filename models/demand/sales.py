"""Demand series from totals that the merchant keeps ready made, as a chain of stores does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.demand.series import Changes, DemandSeries
from models.demand.steps import STEP_DAYS, Steps
from models.errors import NotSupportedError

if TYPE_CHECKING:
    from features.history import DemandProfile, History
    from models.demand.steps import Span


def from_sales(
    history: History,
    demand: DemandProfile,
    span: Span,
    special: dict[str, tuple[np.datetime64, ...]],
) -> DemandSeries:
    """Take totals as the source gives them.

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

    sales = history.frame("sales", columns=("series_id", "period_on", "quantity", "is_special"))
    days = pd.to_datetime(sales["period_on"]).to_numpy().astype("datetime64[D]")
    if span.since_on is not None:
        sales, days = sales[days >= span.since_on], days[days >= span.since_on]
    if not len(days):
        raise NotSupportedError("demand: no sales in the days asked for")
    steps = Steps(days.min(), STEP_DAYS[demand.rhythm])
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
        step_days=steps.step_days,
        units=np.maximum(units, 0.0),
        lines=(units > 0).astype(np.float32),
        changes=Changes.none(),
        closed_weekdays=demand.closed_weekdays if steps.step_days == 1 else (),
        price=np.full(len(ids), np.nan),
        group=part_groups(tuple(ids.astype(str)), units[:, :n_past]),
        recorded=recorded,
        special_on=special,
    )


def part_groups(ids: tuple[str, ...], units: np.ndarray) -> np.ndarray:
    """Group series whose ids are made of parts (``store|department``) by one of the parts.

    The part is taken whose groups differ most in what their series sell, since series that sell
    alike have a season alike.

    Parameters
    ----------
    ids
        Series, length ``n_series``.
    units
        Units sold, shape ``(n_series, n_steps)``.

    Returns
    -------
    np.ndarray
        Group of each series, shape ``(n_series,)``; -1 where ids have no parts.

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
