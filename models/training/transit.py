"""How long an order takes to arrive, as a whole distribution: centre, spread and shape.

The time is modelled on the stretched scale (`features.lane.stretch`) around the matured mean of
the order's lane, by small trees; the shape is the normalised residuals of the newest matured
weeks, which the trees had not seen. Quantiles cannot cross and need no further widening: they are
split-conformal on those weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.lane import MICRO, stretch, unstretch
from models.errors import NotSupportedError
from models.training.forest import Forest
from models.training.trees import Binned, TreeConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.training.encoding import Encoding
    from models.training.splits import Split

BASE_FEATURES: Final = (
    "lane__transit_log__matured_30d",
    "region__transit_log__matured_30d",
    "country__transit_log__mean_30d",
    "everybody__transit_log__mean_30d",
    "everybody__transit_log__mean_90d",
)
"""Where the centre starts from: the first of these that is known. Trees learn the rest, which
drifts less than the times themselves."""

N_KNOTS: Final = 201
MIN_PARCELS: Final = 200
SMALLEST_RESIDUAL: Final = 0.02


@dataclass(frozen=True, slots=True)
class TransitConfig(TreeConfig):
    """How transit times are fitted: ``rounds`` are the trees of the centre.

    Parameters
    ----------
    spread_rounds
        Trees of the spread.
    """

    learning_rate: float = 0.04
    feature_share: float = 0.2
    rounds: int = 300
    spread_rounds: int = 60


@dataclass(frozen=True)
class Transit:
    """A fitted distribution of transit times.

    Parameters
    ----------
    encoding
        Features in order, with vocabularies.
    centre, spread
        LightGBM text models of the stretched time above its base, and of the log of its spread.
    fallback
        Base of an order none of whose lanes is known, stretched days.
    shape
        Quantiles of the normalised residual at equal steps from 0 to 1.
    lowest_days
        Shortest time ever seen; nothing below it is foretold.
    columns
        Where the features stand in the matrices that are given; in their order unless told.

    Notes
    -----
    Predictions take an encoded matrix, see `Encoding.many`.
    """

    encoding: Encoding
    centre: str
    spread: str
    fallback: float
    shape: np.ndarray
    lowest_days: float
    columns: tuple[int, ...] | None = None

    def locate(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give centre and spread of the stretched time, each of shape ``(n_orders,)``."""
        if not len(matrix):
            return np.empty(0), np.empty(0)
        centre, spread = self._forest.raw(matrix)
        return self.located(matrix, centre, spread)

    def located(
        self, matrix: np.ndarray, centre: np.ndarray, spread: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give the same from the raw scores of the trees."""
        return base_of(matrix, *self.start) + centre, np.exp(spread)

    @cached_property
    def start(self) -> tuple[tuple[int, ...], float]:
        """Columns of the means that the centre starts from, and what stands in for them."""
        places = base_places(self.encoding)
        if self.columns is not None:
            places = tuple(self.columns[place] for place in places)
        return places, self.fallback

    def among(self, columns: Sequence[int]) -> Transit:
        """Give the same for matrices that hold its features in these columns, beside others."""
        return replace(self, columns=tuple(columns))

    def days(self, matrix: np.ndarray, shares: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Give the expected days, and those within which shares of such orders arrive.

        Parameters
        ----------
        matrix
            Encoded features, shape ``(n_orders, n_features)``.
        shares
            Shares of orders.

        Returns
        -------
        tuple
            Means, shape ``(n_orders,)``, and quantiles, shape ``(n_orders, n_shares)``.
        """
        return self.days_of(*self.locate(matrix), shares)

    def days_of(
        self, centre: np.ndarray, spread: np.ndarray, shares: tuple[float, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give the same of orders that were located before."""
        n_knots = len(self.shape)
        every = self._days(centre, spread, self._asked(shares))
        # What `mean` does, without what it asks before.
        return np.add.reduce(every[:, :n_knots], axis=1) / n_knots, every[:, n_knots:]

    def quantiles_of(
        self, centre: np.ndarray, spread: np.ndarray, shares: tuple[float, ...]
    ) -> np.ndarray:
        """Give the days within which shares of located orders arrive, ``(n_orders, n_shares)``."""
        return self._days(centre, spread, self._asked(shares)[len(self.shape) :])

    def _days(self, centre: np.ndarray, spread: np.ndarray, residuals: np.ndarray) -> np.ndarray:
        """Give the days at some normalised residuals, ``(n_orders, n_residuals)``."""
        every = unstretch(centre[:, None] + spread[:, None] * residuals)
        floored: np.ndarray = np.maximum(every, self.lowest_days, out=every)
        return floored

    def _asked(self, shares: tuple[float, ...]) -> np.ndarray:
        """Give the whole shape, and behind it the normalised residuals at some shares."""
        found = self._residuals.get(shares)
        if found is None:
            at_shares = np.interp(shares, self._shares, self.shape)
            found = self._residuals[shares] = np.concatenate([self.shape, at_shares])
        return found

    @cached_property
    def _residuals(self) -> dict[tuple[float, ...], np.ndarray]:
        """What `_asked` found for the few shares that are asked for."""
        return {}

    @cached_property
    def _shares(self) -> np.ndarray:
        """The share that each quantile of the shape stands for."""
        return np.linspace(0, 1, len(self.shape))

    @cached_property
    def _forest(self) -> Forest:
        return Forest([self.centre, self.spread], [self.columns, self.columns])

    def to_json(self) -> dict[str, Any]:
        """Give everything but trees and vocabularies as plain values."""
        return {
            "fallback": self.fallback,
            "shape": self.shape.tolist(),
            "lowest_days": self.lowest_days,
        }

    @classmethod
    def from_json(
        cls, document: Mapping[str, Any], encoding: Encoding, centre: str, spread: str
    ) -> Transit:
        """Put a distribution together again."""
        shape = np.asarray(document["shape"], dtype=float)
        return cls(encoding, centre, spread, document["fallback"], shape, document["lowest_days"])


def lateness(located: tuple[np.ndarray, np.ndarray], promised_days: np.ndarray) -> np.ndarray:
    """How far the centre lies beyond the promise, in spreads; NaN without a promise.

    A later promise never raises it.

    Examples
    --------
    >>> lateness((np.array([0.0, 0.0]), np.array([0.5, 0.5])), np.array([np.e - 1, np.nan]))
    array([-2., nan])
    """
    centre, spread = located
    result: np.ndarray = (centre - stretch(promised_days)) / spread
    return result


def base_places(encoding: Encoding) -> tuple[int, ...]:
    """Give the columns of the `BASE_FEATURES` that an encoding has, in their order."""
    names = encoding.names
    return tuple(names.index(name) for name in BASE_FEATURES if name in names)


def base_of(matrix: np.ndarray, places: Sequence[int], fallback: float) -> np.ndarray:
    """Matured mean of the order's lane, or of the widest area around it that is known.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n_orders, n_features)``.
    places
        Columns of the means, millionths of a stretched day, the first choice first.
    fallback
        Stands in where none of them is known, stretched days.

    Examples
    --------
    >>> base_of(np.array([[2e6, 1e6], [np.nan, 1e6], [np.nan, np.nan]]), (0, 1), 3.0)
    array([2., 1., 3.])
    """
    base: np.ndarray | None = None
    for place in places:
        mean = matrix[:, place] / MICRO
        base = mean if base is None else np.where(np.isnan(base), mean, base)
        if not np.isnan(base).any():
            return base
    if base is None:
        return np.full(len(matrix), fallback)
    return np.where(np.isnan(base), fallback, base)


@dataclass(frozen=True)
class FittedTransit:
    """A distribution, and what its folds had said out of time.

    Parameters
    ----------
    transit
        Fitted on all rows.
    folds
        For each fold the distribution that had not seen it.
    """

    transit: Transit
    folds: tuple[Transit, ...] = field(default=())


def fit_transit(
    encoding: Encoding,
    matrix: np.ndarray,
    days: np.ndarray,
    splits: list[Split],
    config: TransitConfig,
) -> FittedTransit:
    """Fit the distribution on parcels that were delivered.

    Parameters
    ----------
    encoding
        How the matrix was made.
    matrix
        Encoded features, shape ``(n_parcels, n_features)``.
    days
        Days from placing to delivery, shape ``(n_parcels,)``.
    splits
        Folds in time order; their judged rows give the shape.
    config
        How to fit.

    Returns
    -------
    FittedTransit
        The distribution over all rows, with those of the folds.

    Raises
    ------
    NotSupportedError
        When there are too few parcels.
    """
    if len(days) < MIN_PARCELS:
        raise NotSupportedError(
            f"{len(days)} delivered parcels on matured days: at least {MIN_PARCELS} are needed"
        )
    target, binned = stretch(days), Binned(matrix)
    folds, residuals = [], []
    for split in splits:
        part = fit_part(encoding, binned, np.sort(split.learn), target, config)
        centre, spread = part.locate(matrix[split.judge])
        folds.append(part)
        residuals.append((target[split.judge] - centre) / spread)
    whole = fit_part(encoding, binned, np.arange(len(days)), target, config)
    shape = _shape(np.concatenate(residuals)) if residuals else whole.shape
    finished = [_with(part, shape, days) for part in (whole, *folds)]
    return FittedTransit(finished[0], tuple(finished[1:]))


def fit_part(
    encoding: Encoding, binned: Binned, rows: np.ndarray, target: np.ndarray, config: TransitConfig
) -> Transit:
    """Fit centre and spread on some rows; the shape comes from the very rows learned from.

    Parameters
    ----------
    encoding
        How the rows were made.
    binned
        All rows.
    rows
        Positions of those to learn from, ascending.
    target
        Stretched days of all rows.
    config
        How to fit.
    """
    matrix, target = binned.matrix[rows], target[rows]
    fallback = float(np.mean(target))
    residual = target - base_of(matrix, base_places(encoding), fallback)
    parameters = config.parameters("regression")
    centre = binned.grow(residual, parameters, config.rounds, rows=rows)
    half = Transit(encoding, centre, centre, fallback, np.zeros(2), 0.0)
    left = target - half.locate(matrix)[0]
    size = np.log(np.maximum(np.abs(left), SMALLEST_RESIDUAL))
    spread = binned.grow(size, parameters, config.spread_rounds, rows=rows)
    whole = Transit(encoding, centre, spread, fallback, np.zeros(2), 0.0)
    located, width = whole.locate(matrix)
    return Transit(encoding, centre, spread, fallback, _shape((target - located) / width), 0.0)


def _shape(residuals: np.ndarray) -> np.ndarray:
    """Quantiles of normalised residuals."""
    return np.asarray(np.quantile(residuals, np.linspace(0, 1, N_KNOTS)))


def _with(part: Transit, shape: np.ndarray, days: np.ndarray) -> Transit:
    """Give a distribution its final shape and floor."""
    lowest = float(min(days.min(), 0.0)) if days.min() < 0 else 0.0
    return Transit(part.encoding, part.centre, part.spread, part.fallback, shape, lowest)
