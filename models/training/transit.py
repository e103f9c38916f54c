"""How long an order takes to arrive, as a whole distribution: centre, spread and shape.

The time is modelled on the stretched scale (`features.lane.stretch`). The centre weighs two
opinions: trees around the matured mean of the order's lane, and trees that read the order alone.
The first follows the times; the second tells the orders of one time apart without the noise of
lanes that had few parcels lately, and weighs what it proved to be worth on the newest matured
weeks. The shape is the normalised residuals of the newest matured
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
from models.training.boosting import average_models
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
MOST_ALONE: Final = 0.5
"""Most that the opinion on the order alone may weigh."""


@dataclass(frozen=True, slots=True)
class TransitConfig(TreeConfig):
    """How transit times are fitted: ``rounds`` are the trees around the mean of the lane.

    Parameters
    ----------
    spread_rounds
        Trees of the spread.
    alone
        Trees that read the order alone, None for no second opinion. They start from the mean of
        all, and may be larger, since orders themselves change little.
    """

    learning_rate: float = 0.08
    feature_share: float = 0.2
    rounds: int = 150
    spread_rounds: int = 60
    alone: TreeConfig | None = field(
        default_factory=lambda: TreeConfig(
            learning_rate=0.1, num_leaves=8, rounds=75, min_rows_in_leaf=20
        )
    )


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


@dataclass(frozen=True)
class TransitRows:
    """Delivered parcels, binned once for all fits.

    Parameters
    ----------
    encoding
        How the matrix was made.
    places
        Columns that say something about the order alone.
    matrix
        Encoded features, shape ``(n_parcels, n_features)``.
    """

    encoding: Encoding
    places: tuple[int, ...]
    matrix: np.ndarray

    @cached_property
    def every(self) -> Binned:
        """All columns."""
        return Binned(self.matrix)

    @cached_property
    def alone(self) -> Binned:
        """What is said of the order alone; the other columns stand empty, for one model of both."""
        matrix = np.full_like(self.matrix, np.nan)
        matrix[:, list(self.places)] = self.matrix[:, list(self.places)]
        return Binned(matrix)


def fit_transit(
    rows: TransitRows, days: np.ndarray, splits: list[Split], config: TransitConfig
) -> FittedTransit:
    """Fit the distribution on parcels that were delivered.

    Parameters
    ----------
    rows
        The parcels.
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
    target = stretch(days)
    past = [_Opinions.grow(rows, np.sort(split.learn), target, config) for split in splits]
    judged = [split.judge for split in splits]
    weight = _weight(
        [each.said(rows, judge) for each, judge in zip(past, judged, strict=True)],
        [target[judge] for judge in judged],
    )
    folds, residuals = [], []
    for opinions, judge in zip(past, judged, strict=True):
        part = opinions.join(rows, target, weight, config)
        centre, spread = part.locate(rows.matrix[judge])
        folds.append(part)
        residuals.append((target[judge] - centre) / spread)
    everything = np.arange(len(days))
    whole = _Opinions.grow(rows, everything, target, config).join(rows, target, weight, config)
    shape = _shape(np.concatenate(residuals)) if residuals else whole.shape
    finished = [_with(part, shape, days) for part in (whole, *folds)]
    return FittedTransit(finished[0], tuple(finished[1:]))


def fit_part(
    rows: TransitRows, chosen: np.ndarray, target: np.ndarray, config: TransitConfig
) -> Transit:
    """Fit centre and spread on some rows, around the means of lanes alone.

    The shape comes from the very rows learned from.

    Parameters
    ----------
    rows
        All rows.
    chosen
        Positions of those to learn from, ascending.
    target
        Stretched days of all rows.
    config
        How to fit; a second opinion is not asked.
    """
    opinions = _Opinions.grow(rows, chosen, target, replace(config, alone=None))
    return opinions.join(rows, target, 0.0, config)


@dataclass(frozen=True)
class _Opinions:
    """Trees around the mean of the lane, and those that read the order alone, if any."""

    encoding: Encoding
    chosen: np.ndarray
    fallback: float
    lane: str
    alone: str | None

    @classmethod
    def grow(
        cls, rows: TransitRows, chosen: np.ndarray, target: np.ndarray, config: TransitConfig
    ) -> _Opinions:
        """Let both learn from the chosen rows."""
        matrix, target = rows.matrix[chosen], target[chosen]
        fallback = float(np.mean(target))
        above = target - base_of(matrix, base_places(rows.encoding), fallback)
        parameters = config.parameters("regression")
        lane, alone = rows.every.grow(above, parameters, config.rounds, rows=chosen), None
        if config.alone is not None and rows.places:
            own = config.alone.parameters("regression")
            alone = rows.alone.grow(target - fallback, own, config.alone.rounds, rows=chosen)
        return cls(rows.encoding, chosen, fallback, lane, alone)

    def said(self, rows: TransitRows, judge: np.ndarray) -> np.ndarray:
        """Give the centres that each foretells for some rows, shape ``(2, n)``."""
        first = self._centre(self.lane, 1.0).locate(rows.matrix[judge])[0]
        if self.alone is None:
            return np.stack([first, first])
        return np.stack([first, self._centre(self.alone, 0.0).locate(rows.matrix[judge])[0]])

    def join(
        self, rows: TransitRows, target: np.ndarray, weight: float, config: TransitConfig
    ) -> Transit:
        """Make one centre of both, and fit the spread around it."""
        matrix, target = rows.matrix[self.chosen], target[self.chosen]
        if self.alone is None or not weight:
            half = self._centre(self.lane, 1.0)
        else:
            centre = average_models([self.lane, self.alone], (1 - weight, weight))
            half = self._centre(centre, 1 - weight)
        size = np.log(np.maximum(np.abs(target - half.locate(matrix)[0]), SMALLEST_RESIDUAL))
        parameters = config.parameters("regression")
        spread = rows.every.grow(size, parameters, config.spread_rounds, rows=self.chosen)
        whole = replace(half, spread=spread)
        located, width = whole.locate(matrix)
        return replace(whole, shape=_shape((target - located) / width))

    def _centre(self, text: str, share: float) -> Transit:
        """Make a distribution of which only the centre stands."""
        return Transit(
            self.encoding, text, text, self.fallback, np.zeros(2), 0.0, start_share=share
        )


def _weight(said: Sequence[np.ndarray], target: Sequence[np.ndarray]) -> float:
    """Weigh the second opinion by how it told orders of one fold apart that the first did not.

    Only the first follows the times, so that the second never gets more than `MOST_ALONE`, and
    nothing where no fold can tell.

    Examples
    --------
    >>> told = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 0.0, 2.0]])
    >>> _weight([told], [np.array([0.75, 1.25, 0.75, 1.25])])
    0.25
    >>> _weight([told], [np.array([1.25, 0.75, 1.25, 0.75])])
    0.0
    """
    gained = apart = 0.0
    for (first, second), truth in zip(said, target, strict=True):
        more, missed = second - first, truth - first
        more, missed = more - more.mean(), missed - missed.mean()
        gained += float(more @ missed)
        apart += float(more @ more)
    return min(max(gained / apart, 0.0), MOST_ALONE) if apart > 0 else 0.0


def _shape(residuals: np.ndarray) -> np.ndarray:
    """Quantiles of normalised residuals."""
    return np.asarray(np.quantile(residuals, np.linspace(0, 1, N_KNOTS)))


def _with(part: Transit, shape: np.ndarray, days: np.ndarray) -> Transit:
    """Give a distribution its final shape and floor."""
    return replace(part, shape=shape, lowest_days=min(float(days.min()), 0.0))
