"""How good foretold delivery days were: errors, coverage and pinball loss, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.durations import DAY_US, SECONDS_PER_DAY
from models.evaluation.metrics import LEVEL

if TYPE_CHECKING:
    import pandas as pd

QUANTILES: Final = {"q10": 0.1, "q50": 0.5, "q90": 0.9}


def pinball(actual: np.ndarray, said: np.ndarray, share: float) -> np.ndarray:
    """Pinball loss of a quantile, shape ``(n,)``.

    Examples
    --------
    >>> pinball(np.array([3.0, 1.0]), np.array([2.0, 2.0]), 0.9).round(2).tolist()
    [0.9, 0.1]
    """
    gap = actual - said
    loss: np.ndarray = np.maximum(share * gap, (share - 1) * gap)
    return loss


def arrival_report(
    parcels: pd.DataFrame, actual: pd.Series, said: pd.DataFrame, *, n_resamples: int = 200
) -> dict[str, Any]:
    """Report how far foretold days were from the real ones.

    Parameters
    ----------
    parcels
        ``placed_at`` and ``promised_at`` of the orders asked about.
    actual
        Days until delivery of those that were delivered.
    said
        ``mean``, ``q10``, ``q50``, ``q90`` of the orders asked about.
    n_resamples
        Bootstrap resamples of whole days.

    Returns
    -------
    dict
        ``metrics`` (each ``{value, low, high}``): ``mae_days`` of the median, the same of the
        mean, of the promise and of one median for all; ``coverage_80``; ``pinball_days``;
        ``bias_days``. ``coverage_by_month``. Empty when nothing was delivered.

    Examples
    --------
    >>> import pandas as pd
    >>> placed = pd.to_datetime(["2026-03-01T12:00Z", "2026-03-02T12:00Z"])
    >>> parcels = pd.DataFrame({"placed_at": placed, "promised_at": placed + pd.Timedelta(days=4)})
    >>> said = pd.DataFrame({"mean": [2.0, 2.0], "q10": 1.0, "q50": 2.0, "q90": 3.0})
    >>> metrics = arrival_report(parcels, pd.Series([3.0, 2.0]), said)["metrics"]
    >>> metrics["mae_days"]["value"], metrics["coverage_80"]["value"]
    (0.5, 1.0)
    >>> arrival_report(parcels, pd.Series([], dtype=float), said)
    {'metrics': {}}
    """
    if actual.empty:
        return {"metrics": {}}
    rows, said = parcels.loc[actual.index], said.loc[actual.index]
    days = actual.to_numpy(dtype=float)
    promised = _days(rows["promised_at"] - rows["placed_at"])
    losses = {
        "mae_days": np.abs(days - said["q50"].to_numpy()),
        "mae_of_mean_days": np.abs(days - said["mean"].to_numpy()),
        "mae_of_promise_days": np.abs(days - promised),
        "mae_of_constant_days": np.abs(days - np.median(days)),
        "coverage_80": (days >= said["q10"].to_numpy()) & (days <= said["q90"].to_numpy()),
        "pinball_days": np.mean(
            [pinball(days, said[name].to_numpy(), share) for name, share in QUANTILES.items()],
            axis=0,
        ),
        "bias_days": said["mean"].to_numpy() - days,
    }
    block = (rows["placed_at"].astype("datetime64[us, UTC]").astype("int64") // DAY_US).to_numpy()
    metrics = {
        name: _with_interval(np.asarray(loss, dtype=float), block, n_resamples)
        for name, loss in losses.items()
        if np.isfinite(np.asarray(loss, dtype=float)).any()
    }
    month = rows["placed_at"].dt.strftime("%Y-%m").to_numpy()
    covered = losses["coverage_80"]
    by_month = {
        str(name): {
            "n": int((month == name).sum()),
            "coverage_80": round(float(covered[month == name].mean()), 4),
            "mae_days": round(float(losses["mae_days"][month == name].mean()), 3),
        }
        for name in np.unique(month)
    }
    return {"metrics": metrics, "by_month": by_month}


def _days(span: pd.Series) -> np.ndarray:
    """Days of a duration, NaN where unknown."""
    return np.asarray(
        span.dt.total_seconds().to_numpy(dtype=float, na_value=np.nan) / SECONDS_PER_DAY
    )


def _with_interval(loss: np.ndarray, block: np.ndarray, n_resamples: int) -> dict[str, float]:
    """Mean with a 95 % interval over whole days."""
    known = np.isfinite(loss)
    loss, block = loss[known], block[known]
    _, number = np.unique(block, return_inverse=True)
    totals, counts = np.bincount(number, weights=loss), np.bincount(number)
    random = np.random.default_rng(7)
    drawn = random.integers(0, len(totals), (n_resamples, len(totals)))
    means = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"value": float(loss.mean()), "low": float(low), "high": float(high)}
