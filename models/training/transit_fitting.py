"""Fitting how long orders take to arrive.

The centre weighs two opinions: trees around the matured mean of the order's lane, and trees that
read the order alone. The first follows the times; the second tells the orders of one time apart
without the noise of lanes that had few parcels lately, and weighs what it proved to be worth on the
newest matured weeks. The shape is the normalised residuals of those weeks, which the trees had not
seen. Quantiles cannot cross and need no further widening: they are split-conformal on those weeks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from features.lane import stretch
from models.errors import NotSupportedError
from models.training.boosting import average_models
from models.training.transit import Transit, base_of, base_places
from models.training.trees import Binned, TreeConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.training.encoding import Encoding
    from models.training.splits import Split

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
