"""How good a demand forecast was, with intervals by resampling series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.demand.spread import QUANTILES

if TYPE_CHECKING:
    from models.demand.series import Bools, DemandSeries, Floats, Ints

N_RESAMPLES: Final = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """The truth of some series after an origin, and what their errors are measured in.

    Parameters
    ----------
    truth
        Units, shape ``(n_series, n_steps)``.
    counted
        Which values count: traded steps that the source recorded, shape as ``truth``.
    step_scale
        Root mean square, and mean absolute, step to step change before the origin, both shape
        ``(n_series,)``; NaN where a series never changed.
    revenue
        Money (units, where money is unknown) of the last four weeks, shape ``(n_series,)``.
    price
        Price of a unit, 0 where money is unknown, shape ``(n_series,)``.
    """

    truth: Floats
    counted: Bools
    square_scale: Floats
    change_scale: Floats
    revenue: Floats
    price: Floats


def judge(series: DemandSeries, rows: Ints, origin: int, horizon: int) -> Judged:
    """Gather the truth of a forecast, as known in the end.

    Parameters
    ----------
    series, rows
        The series that were forecast.
    origin, horizon
        First step forecast, and how many; steps beyond the series' end do not count.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [1.0, 3.0] * 14 + [2.0, 2.0]}, "2024-01-01")
    >>> judged = judge(cups, np.array([0]), origin=28, horizon=14)
    >>> judged.truth.tolist(), judged.change_scale.tolist(), judged.revenue.tolist()
    ([[2.0, 2.0]], [2.0], [56.0])
    """
    truth = series.truth()
    stop = min(origin + horizon, series.n_steps)
    is_open = truth.sum(axis=0) > 0
    truth = truth[rows]
    counted = np.broadcast_to(is_open[origin:stop], (len(rows), stop - origin))
    if series.recorded is not None:
        counted = counted & series.recorded[rows, origin:stop]
    past = truth[:, :origin][:, is_open[:origin]]
    square, change = _change_scales(past)
    price = np.nan_to_num(series.price[rows])
    worth = price if price.any() else np.ones(len(rows))
    recent = truth[:, max(origin - 28 // series.step_days, 0) : origin].sum(axis=1)
    return Judged(truth[:, origin:stop], counted, square, change, recent * worth, price)


def _change_scales(past: Floats) -> tuple[Floats, Floats]:
    """Root mean square and mean absolute step to step change since each series' first sale."""
    change = np.diff(past, axis=1)
    started = np.cumsum(past > 0, axis=1)[:, :-1] > 0
    n_steps = started.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        square = np.sqrt((change**2 * started).sum(axis=1) / n_steps)
        absolute = (np.abs(change) * started).sum(axis=1) / n_steps
    return np.where(square > 0, square, np.nan), np.where(absolute > 0, absolute, np.nan)


def measure_demand(
    judged: Judged, mean: Floats, quantiles: Floats | None, *, seed: int = 7
) -> dict[str, Any]:
    """Say how good a forecast was.

    Parameters
    ----------
    judged
        The truth.
    mean
        Expected units, shape ``(n_series, at least n_steps)``.
    quantiles
        Shape ``(n_series, at least n_steps, 3)``, or None for a forecast that gives none; the
        mean then stands for all of them.
    seed
        Seed of the resampling.

    Returns
    -------
    dict
        Metric to value and 95 % interval: ``wape_step`` and ``wape_total`` (absolute error over
        demand, per step and of each series' total), ``wape_money`` (of the totals' money),
        ``bias`` (signed, share of demand), ``wrmsse`` and ``scaled_pinball`` (weighted by
        revenue), ``coverage_80``.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [1.0, 3.0] * 14 + [2.0, 2.0]}, "2024-01-01")
    >>> judged = judge(cups, np.array([0]), origin=28, horizon=2)
    >>> found = measure_demand(judged, np.array([[3.0, 2.0]]), None)
    >>> {name: found[name]["value"] for name in ("wape_step", "wape_total", "bias")}
    {'wape_step': 0.25, 'wape_total': 0.25, 'bias': 0.25}
    """
    sums = _sums(judged, mean, quantiles)
    draws = np.random.default_rng(seed).multinomial(
        len(mean), np.full(len(mean), 1 / max(len(mean), 1)), size=N_RESAMPLES
    )
    columns = np.column_stack(list(sums.values()))
    names = {name: column for column, name in enumerate(sums)}
    values = _ratios(columns.sum(axis=0)[None, :], names)
    spread = _ratios(draws @ columns, names)
    return {
        name: _interval(float(value[0]), spread[name])
        for name, value in values.items()
        if np.isfinite(value[0]) and not (quantiles is None and name == "coverage_80")
    }


def _sums(judged: Judged, mean: Floats, quantiles: Floats | None) -> dict[str, Floats]:
    """Sum what every series adds to numerators and denominators, each of shape ``(n_series,)``."""
    n_steps = judged.truth.shape[1]
    counted, truth = judged.counted, judged.truth.astype(np.float64)
    mean = mean[:, :n_steps].astype(np.float64)
    if quantiles is None:
        quantiles = np.repeat(mean[:, :, None], len(QUANTILES), axis=2)
    quantiles = quantiles[:, :n_steps].astype(np.float64)
    error = np.where(counted, mean - truth, 0.0)
    n_counted = counted.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rmsse = np.sqrt((error**2).sum(axis=1) / n_counted) / judged.square_scale
        pinball = _pinball(truth, quantiles, counted) / n_counted / judged.change_scale
    weight = np.where(np.isfinite(rmsse) & np.isfinite(pinball), judged.revenue, 0.0)
    inside = (truth >= quantiles[..., 0]) & (truth <= quantiles[..., -1]) & counted
    return {
        "demand": np.where(counted, truth, 0.0).sum(axis=1),
        "signed": error.sum(axis=1),
        "step": np.abs(error).sum(axis=1),
        "total": np.abs(error.sum(axis=1)),
        "money": np.where(counted, truth, 0.0).sum(axis=1) * judged.price,
        "money_error": np.abs(error.sum(axis=1)) * judged.price,
        "weight": weight,
        "rmsse": weight * np.nan_to_num(rmsse, posinf=0.0),
        "pinball": weight * np.nan_to_num(pinball, posinf=0.0),
        "inside": inside.sum(axis=1).astype(float),
        "counted": n_counted.astype(float),
    }


def _pinball(truth: Floats, quantiles: Floats, counted: Bools) -> Floats:
    """Pinball loss summed over counted steps, mean over the quantiles, shape ``(n_series,)``."""
    levels = np.array(QUANTILES)
    error = truth[..., None] - quantiles
    loss = np.maximum(levels * error, (levels - 1) * error).mean(axis=2)
    result: Floats = np.where(counted, loss, 0.0).sum(axis=1)
    return result


def _ratios(sums: Floats, names: dict[str, int]) -> dict[str, Floats]:
    """Metrics from summed numerators and denominators, one value a resample."""

    def ratio(numerator: str, denominator: str) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            result: Floats = sums[:, names[numerator]] / sums[:, names[denominator]]
        return result

    return {
        "wape_step": ratio("step", "demand"),
        "wape_total": ratio("total", "demand"),
        "wape_money": ratio("money_error", "money"),
        "bias": ratio("signed", "demand"),
        "wrmsse": ratio("rmsse", "weight"),
        "scaled_pinball": ratio("pinball", "weight"),
        "coverage_80": ratio("inside", "counted"),
    }


def _interval(value: float, resampled: Floats) -> dict[str, float]:
    """Put beside a value the interval that 95 % of the resamples fall into."""
    finite = resampled[np.isfinite(resampled)]
    low, high = np.quantile(finite, [0.025, 0.975]) if len(finite) else (value, value)
    return {
        "value": round(value, 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }
