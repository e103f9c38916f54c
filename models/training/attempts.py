"""First-attempt success by decayed, shrunk counts: shop → carrier → region → outlet.

Each level's recent counts are added to the level above it as if that were so many earlier parcels
(a beta prior); older weeks count less. How fast counts fade and how strongly each level is pulled
towards the one above is learned by maximum likelihood from what became of later parcels.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.engines.compiling import kept

if TYPE_CHECKING:
    import pandas as pd

LEVELS: Final = ("everybody", "carrier", "carrier_region", "outlet")
WINDOWS: Final = ("7d", "30d", "90d")
FLOOR: Final = 1e-4


def feature_names() -> tuple[str, ...]:
    """Name the features that are read.

    Examples
    --------
    >>> feature_names()[:2]
    ('everybody__parcel_count__7d', 'everybody__attempt_failed__share_7d')
    """
    return tuple(
        name
        for level in LEVELS
        for window in WINDOWS
        for name in (f"{level}__parcel_count__{window}", f"{level}__attempt_failed__share_{window}")
    )


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """How counts fade and pull.

    Parameters
    ----------
    weight_30d, weight_90d
        What a parcel of 8 to 30, and of 31 to 90 days ago counts beside one of this week.
    carrier, carrier_region, outlet
        Parcels that the level above is worth as evidence about this one.
    """

    weight_30d: float = 0.5
    weight_90d: float = 0.1
    carrier: float = 50.0
    carrier_region: float = 50.0
    outlet: float = 30.0

    def to_json(self) -> dict[str, float]:
        """Write the numbers by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rate:
    """Share of failed first attempts, and the evidence behind it, each of shape ``(n,)``."""

    failed: np.ndarray
    evidence: np.ndarray

    def interval(self, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Bounds between which the true share lies with this probability.

        Examples
        --------
        >>> few, many = Rate(np.array([0.1, 0.1]), np.array([20.0, 2_000.0])).interval()
        >>> few.round(2).tolist(), many.round(2).tolist()
        ([0.02, 0.09], [0.23, 0.11])
        """
        from scipy.stats import beta

        bad, good = self.failed * self.evidence, (1 - self.failed) * self.evidence
        tail = (1 - level) / 2
        return beta.ppf(tail, bad, good), beta.ppf(1 - tail, bad, good)


def failed_rate(frame: pd.DataFrame, shrinkage: Shrinkage) -> Rate:
    """Compute the shrunk share of failed first attempts of each row's outlet.

    Parameters
    ----------
    frame
        Columns of `feature_names`; what is absent or unknown counts as no parcels.
    shrinkage
        How counts fade and pull.

    Returns
    -------
    Rate
        With evidence in parcels.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "everybody__parcel_count__7d": [1000.0, 1000.0],
    ...     "everybody__attempt_failed__share_7d": [0.1, 0.1],
    ...     "outlet__parcel_count__7d": [0.0, 60.0],
    ...     "outlet__attempt_failed__share_7d": [float("nan"), 0.5],
    ... })
    >>> failed_rate(frame, Shrinkage(outlet=30.0)).failed.round(2)
    array([0.1 , 0.37])
    """
    return _shrunk(_matrix(frame), shrinkage)


def failed_rate_of(matrix: np.ndarray, shrinkage: Shrinkage) -> Rate:
    """Compute the same from the columns of `feature_names` in their order, NaN where unknown.

    Examples
    --------
    >>> nothing = np.full((1, len(feature_names())), np.nan)
    >>> failed_rate_of(nothing, Shrinkage()).failed
    array([0.5])
    """
    return _shrunk(matrix, shrinkage)


def _matrix(frame: pd.DataFrame) -> np.ndarray:
    """Lay the columns of a frame out in order; those it lacks count as no parcels."""
    nothing = np.zeros(len(frame))
    columns = [
        frame[name].to_numpy(dtype=float, na_value=np.nan) if name in frame else nothing
        for name in feature_names()
    ]
    return np.column_stack(columns)


def _shrunk(matrix: np.ndarray, how: Shrinkage) -> Rate:
    """Shrink level by level."""
    rate, evidence = np.empty(len(matrix)), np.empty(len(matrix))
    numbers = np.ascontiguousarray(matrix, dtype=np.float64)
    _shrink(numbers, *_weights(how), rate, evidence)
    return Rate(np.minimum(np.maximum(rate, FLOOR), 1 - FLOOR), evidence)


@lru_cache(maxsize=64)
def _weights(how: Shrinkage) -> tuple[np.ndarray, np.ndarray]:
    """Lay out what a parcel of each window counts, and the pull of each level."""
    weights = np.array([1.0, how.weight_30d, how.weight_90d])
    return weights, np.array([0.0, how.carrier, how.carrier_region, how.outlet])


@kept(nogil=True)
def _shrink(
    matrix: np.ndarray,
    weights: np.ndarray,
    strengths: np.ndarray,
    rates: np.ndarray,
    evidence: np.ndarray,
) -> None:
    """Shrink each row; its counts of nested windows become counts by age first."""
    n_windows = weights.size
    for row in range(matrix.shape[0]):
        rate = known = 0.0
        for level in range(strengths.size):
            tried = failed = wide_tried = wide_failed = 0.0
            for window in range(n_windows):
                at = 2 * (level * n_windows + window)
                parcels, share = matrix[row, at], matrix[row, at + 1]
                parcels = 0.0 if np.isnan(parcels) else parcels
                bad = 0.0 if np.isnan(share) else parcels * share
                tried += weights[window] * max(parcels - wide_tried, 0.0)
                failed += weights[window] * max(bad - wide_failed, 0.0)
                wide_tried, wide_failed = parcels, bad
            if level == 0:
                known = tried + 2.0
                rate = (failed + 1.0) / known
            else:
                known = tried + strengths[level]
                rate = (failed + strengths[level] * rate) / known
        rates[row], evidence[row] = rate, known


def fit_shrinkage(frame: pd.DataFrame, failed: np.ndarray) -> Shrinkage:
    """Learn how counts fade and pull from what became of parcels.

    Parameters
    ----------
    frame
        Columns of `feature_names`, as of each order.
    failed
        1 where the first attempt failed, shape ``(n_parcels,)``.

    Returns
    -------
    Shrinkage
        The most likely one; pulls stay between 1 and 10,000 parcels.
    """
    from scipy.optimize import minimize

    matrix = _matrix(frame)

    def unpack(point: np.ndarray) -> Shrinkage:
        fading = 1 / (1 + np.exp(-point[:2]))
        pulls = np.exp(np.clip(point[2:], 0.0, np.log(1e4)))
        return Shrinkage(float(fading[0]), float(fading[0] * fading[1]), *map(float, pulls))

    def loss(point: np.ndarray) -> float:
        rate = _shrunk(matrix, unpack(point)).failed
        surprise = -np.mean(failed * np.log(rate) + (1 - failed) * np.log(1 - rate))
        return float(surprise + 1e-5 * point @ point)

    start = np.array([0.0, 0.0, np.log(50.0), np.log(50.0), np.log(30.0)])
    best: Any = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 300, "fatol": 1e-7})
    return unpack(best.x)
