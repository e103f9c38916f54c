"""How long an order takes to arrive, as a whole distribution: centre, spread and shape.

The time is modelled on the stretched scale (`features.lane.stretch`). How it is fitted is told in
`models.training.transit_fitting`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.lane import MICRO, stretch, unstretch
from models.training.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.training.encoding import Encoding

BASE_FEATURES: Final = (
    "lane__transit_log__matured_30d",
    "region__transit_log__matured_30d",
    "country__transit_log__mean_30d",
    "everybody__transit_log__mean_30d",
    "everybody__transit_log__mean_90d",
)
"""Where the centre starts from: the first of these that is known. Trees learn the rest, which
drifts less than the times themselves."""


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
    start_share
        Weight of the lane's mean in the start of the centre; the rest is the fallback's.

    Notes
    -----
    Predictions take an encoded matrix, see `Encoding.many`.

    Examples
    --------
    >>> import lightgbm
    >>> from models.training.encoding import Encoding
    >>> carrier = np.repeat([0.0, 1.0], 100)
    >>> settings = {"objective": "l2", "num_leaves": 2, "num_threads": 1, "verbosity": -1}
    >>> def trees(label):
    ...     data = lightgbm.Dataset(carrier[:, None], label=label)
    ...     return lightgbm.train(settings | {"learning_rate": 1.0}, data, 1).model_to_string()
    >>> encoding = Encoding(("order__carrier",), {"order__carrier": ("fast", "slow")})
    >>> centre, spread = trees(carrier - 0.5), trees(np.log(0.2) + 0 * carrier)
    >>> transit = Transit(encoding, centre, spread, 1.0, np.array([-1.0, 0.0, 1.0]), 0.5)
    >>> rows = np.array([encoding.one({"order__carrier": name}) for name in ("fast", "slow")])
    >>> mean, quantiles = transit.days(rows, (0.1, 0.5, 0.9))
    >>> quantiles.round(2).tolist()
    [[0.5, 0.65, 0.93], [2.82, 3.48, 4.26]]
    """

    encoding: Encoding
    centre: str
    spread: str
    fallback: float
    shape: np.ndarray
    lowest_days: float
    columns: tuple[int, ...] | None = None
    start_share: float = 1.0

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
        start = drawn(base_of(matrix, *self.start), self.fallback, self.start_share)
        return start + centre, np.exp(spread)

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
            "start_share": self.start_share,
        }

    @classmethod
    def from_json(
        cls, document: Mapping[str, Any], encoding: Encoding, centre: str, spread: str
    ) -> Transit:
        """Put a distribution together again."""
        shape = np.asarray(document["shape"], dtype=float)
        return cls(
            encoding,
            centre,
            spread,
            document["fallback"],
            shape,
            document["lowest_days"],
            # Before a second opinion was asked, the lane's mean was the whole start.
            start_share=document.get("start_share", 1.0),
        )


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
    """Give the columns of the `BASE_FEATURES` that an encoding has, in their order.

    Examples
    --------
    >>> from models.training.encoding import Encoding
    >>> base_places(Encoding((BASE_FEATURES[1], "order__channel", BASE_FEATURES[0]), {}))
    (2, 0)
    """
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


def drawn(base: np.ndarray, fallback: float, share: float) -> np.ndarray:
    """Draw means towards the fallback: what two opinions with these starts start from together.

    Examples
    --------
    >>> drawn(np.array([2.0, 4.0]), 3.0, 0.5)
    array([2.5, 3.5])
    """
    return share * base + (1 - share) * fallback
