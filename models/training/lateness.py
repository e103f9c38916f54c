"""The probability of missing a promise, from three heads and a stack learned out of time.

The transit head knows the distribution of the delivery time and compares it with the promise. Two
more learn late or in time directly: one from the order alone, one also from how parcels fared
lately. How much each is worth differs by shop, so the newest matured weeks decide, and calibrate
the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.durations import DAY_US
from features.lane import stretch
from models.errors import NotSupportedError
from models.training.calibration import IDENTITY, Knots, fit_knots
from models.training.forest import Forest
from models.training.late_odds import Stack, Weights, exponents
from models.training.transit import Transit, lateness
from models.training.transit_fitting import MIN_PARCELS, TransitConfig, TransitRows, fit_part
from models.training.trees import Binned, TreeConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from models.training.encoding import Encoding
    from models.training.splits import Split

PROMISE: Final = "timing__hours_to_promise"
FALLING: Final = frozenset({PROMISE, "promise__delivery_days"})
"""Features that may only lower the probability as they grow."""
MIN_BAD: Final = 30
HEADS: Final = ("transit", "lately", "plain")
EXPECTED: Final = (0.3, 0.3, 0.3)
"""What each head is worth before any evidence, in log-odds a standard deviation of the head."""
LATE_PER_KNOT: Final = 200
"""Late parcels that a knot of the calibration needs: the stack is nearly calibrated by itself."""
DOUBT: Final = 0.01
"""How much the stack believes what it expected, beside the mean loss of a row."""
SAMENESS: Final = 1e-4
"""How much it expects periods to be alike: next to nothing, so that none of them runs away."""
PERIOD_US: Final = 30 * DAY_US
"""Length of the periods whose levels the stack leaves out of account: a month."""


@dataclass(frozen=True, slots=True)
class LateConfig:
    """How the probability of lateness is fitted: the transit head and the two direct ones.

    Orders themselves change little, so the plain head may grow larger trees than the one that
    reads what happened lately. It is the opinion on the order alone; a second one within the
    transit head added nothing.
    """

    transit: TransitConfig = field(
        default_factory=lambda: TransitConfig(learning_rate=0.04, rounds=300, alone=None)
    )
    lately: TreeConfig = field(default_factory=TreeConfig)
    plain: TreeConfig = field(
        default_factory=lambda: TreeConfig(
            learning_rate=0.04, num_leaves=15, rounds=150, min_rows_in_leaf=20, l2=1.0
        )
    )


@dataclass(frozen=True, slots=True)
class LateRows:
    """Parcels that may be learned from.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n, n_features)``.
    label
        1 late, 0 in time.
    promised_days
        Days from placing to the promise.
    placed_at
        Instants, microseconds.

    Examples
    --------
    >>> one = np.array([1.0, 2.0])
    >>> rows = LateRows(one[:, None], np.array([0, 1]), 3 * one, np.array([10, 20]))
    >>> rows.take(np.array([1])).promised_days.tolist()
    [6.0]
    """

    matrix: np.ndarray
    label: np.ndarray
    promised_days: np.ndarray
    placed_at: np.ndarray

    def take(self, rows: np.ndarray) -> LateRows:
        """Keep some rows."""
        return LateRows(
            self.matrix[rows],
            self.label[rows],
            self.promised_days[rows],
            self.placed_at[rows],
        )


@dataclass(frozen=True, slots=True)
class ArrivedRows:
    """Delivered parcels on matured days: encoded features, days, instants of placing."""

    matrix: np.ndarray
    days: np.ndarray
    placed_at: np.ndarray


@dataclass(frozen=True)
class Lateness:
    """A fitted probability of lateness.

    Parameters
    ----------
    encoding
        Features in order, with vocabularies.
    places
        Columns that say something about the order alone.
    lately, plain
        LightGBM text models of the direct heads.
    transit
        The transit head, None where there were too few delivered parcels.
    weights
        Weights of the `HEADS`, none negative, and the constant.
    usual
        Lateness in spreads that stands in where nothing was promised.
    knots
        Calibration of the weighted sum.
    columns
        Where the features stand in the matrices that are given; in their order unless told.
    """

    encoding: Encoding
    places: tuple[int, ...]
    lately: str
    plain: str
    transit: Transit | None
    weights: tuple[float, ...] = (0.0, 0.5, 0.5, 0.0)
    usual: float = 0.0
    knots: Knots = IDENTITY
    columns: tuple[int, ...] | None = None

    def heads(self, matrix: np.ndarray, promised_days: np.ndarray) -> np.ndarray:
        """Give what the heads say: lateness in spreads, then log-odds, ``(n_orders, 3)``."""
        return np.column_stack(self._said(matrix, promised_days))

    def _said(self, matrix: np.ndarray, promised_days: np.ndarray) -> list[np.ndarray]:
        """Give what each head says, head by head."""
        if not len(matrix):
            return [np.empty(0)] * len(HEADS)
        lately, plain, *transit = self._forest.raw(matrix)
        if self.transit is None:
            return [np.zeros(len(matrix)), lately, plain]
        beyond = lateness(self.transit.located(matrix, *transit), promised_days)
        return [np.where(np.isnan(beyond), self.usual, beyond), lately, plain]

    def raw(self, matrix: np.ndarray, promised_days: np.ndarray) -> np.ndarray:
        """Weighted sum of the heads, before calibration."""
        return weigh(self._said(matrix, promised_days), self.weights)

    def probability(self, matrix: np.ndarray, promised_days: np.ndarray) -> np.ndarray:
        """Calibrated probability of missing the promise, shape ``(n_orders,)``.

        One promise may stand for all of the rows, as it does for the ways of an order.
        """
        if self.transit is None or not len(matrix):
            return self.knots.probability(self.raw(matrix, promised_days))
        scores = self._forest.raw(matrix)
        return self.knots.squeezed(exponents(matrix, scores, stretch(promised_days), self._stack))

    @cached_property
    def _stack(self) -> Stack:
        """What puts the scores of the heads together."""
        bases, fallback = ((), 0.0) if self.transit is None else self.transit.start
        share = 1.0 if self.transit is None else self.transit.start_share
        of_lateness, of_lately, of_plain, constant = self.weights
        weights = Weights(
            float(fallback),
            float(self.usual),
            float(of_lateness),
            float(of_lately),
            float(of_plain),
            float(constant),
            of_means=float(share),
        )
        return Stack(np.array(bases, np.intp), weights, *self.knots.arrays)

    def among(self, columns: Sequence[int]) -> Lateness:
        """Give the same for matrices that hold its features in these columns, beside others."""
        transit = None if self.transit is None else self.transit.among(columns)
        return replace(self, transit=transit, columns=tuple(columns))

    @cached_property
    def _forest(self) -> Forest:
        """The trees of all heads, which ask about the same rows."""
        transit = () if self.transit is None else (self.transit.centre, self.transit.spread)
        columns, places = self.columns, self.places
        if columns is not None:
            places = tuple(columns[place] for place in places)
        read = (columns, places, *(columns for _ in transit))
        return Forest((self.lately, self.plain, *transit), read)


def weigh(said: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Add up what the heads say, given head by head; the last weight is the constant.

    Examples
    --------
    >>> weigh([np.array([1.0]), np.array([2.0]), np.array([0.0])], (0.5, 0.25, 1.0, -1.0))
    array([0.])
    """
    *of_heads, constant = weights
    total: Any = constant
    for head, weight in zip(said, of_heads, strict=True):
        total = total + weight * head
    return np.asarray(total)


@dataclass(frozen=True)
class _Rows:
    """Everything that fits learn from, binned once."""

    encoding: Encoding
    places: tuple[int, ...]
    known: LateRows
    arrived: ArrivedRows
    lately: Binned
    plain: Binned
    transit: TransitRows

    def fit(self, known: np.ndarray, arrived: np.ndarray, config: LateConfig) -> Lateness:
        """Fit all heads on some of the rows, by position, ascending."""
        part, names = self.known.take(known), self.encoding.names
        lately, plain = (
            binned.grow(part.label, _parameters(head, read), head.rounds, rows=known)
            for binned, head, read in (
                (self.lately, config.lately, names),
                (self.plain, config.plain, [names[place] for place in self.places]),
            )
        )
        if len(arrived) < MIN_PARCELS:
            return Lateness(self.encoding, self.places, lately, plain, None)
        target = stretch(self.arrived.days)
        transit = fit_part(self.transit, arrived, target, config.transit)
        beyond = lateness(transit.locate(part.matrix), part.promised_days)
        usual = float(np.nanmedian(beyond)) if np.isfinite(beyond).any() else 0.0
        return Lateness(self.encoding, self.places, lately, plain, transit, usual=usual)


def _parameters(head: TreeConfig, names: Sequence[str]) -> dict[str, Any]:
    """Set up a direct head whose probability falls as the promise moves away."""
    falling = [-int(name in FALLING) for name in names]
    return head.parameters("binary") | {"monotone_constraints": falling}


def fit_lateness(
    features: tuple[Encoding, tuple[int, ...]],
    known: LateRows,
    arrived: ArrivedRows,
    splits: list[Split],
    config: LateConfig,
) -> Lateness:
    """Fit the heads, their weights and the calibration.

    Parameters
    ----------
    features
        How the matrices were made, and the columns that say something about the order alone.
    known
        Parcels whose label is known.
    arrived
        Delivered parcels on matured days.
    splits
        Folds of ``known`` in time order.
    config
        How to fit.

    Returns
    -------
    Lateness
        Fitted on all rows.

    Raises
    ------
    NotSupportedError
        When there are too few late or punctual parcels.
    """
    n_late = int(known.label.sum())
    if min(n_late, len(known.label) - n_late) < MIN_BAD:
        raise NotSupportedError(
            f"{n_late} late and {len(known.label) - n_late} punctual parcels whose label is "
            f"known: at least {MIN_BAD} of each are needed"
        )
    encoding, places = features
    alone = np.ascontiguousarray(known.matrix[:, places])
    categories = [at for at, place in enumerate(places) if place in encoding.categorical]
    rows = _Rows(
        encoding,
        places,
        known,
        arrived,
        Binned(known.matrix),
        Binned(alone, categories),
        TransitRows(encoding, places, arrived.matrix),
    )
    judged = [_judge(rows, split, config) for split in splits]
    whole = rows.fit(np.arange(len(known.label)), np.arange(len(arrived.days)), config)
    if not judged:
        return whole
    said = np.concatenate(judged)
    later = known.take(np.concatenate([split.judge for split in splits]))
    truth = later.label
    if min(truth.sum(), len(truth) - truth.sum()) < MIN_BAD:
        return whole
    _, period = np.unique(later.placed_at // PERIOD_US, return_inverse=True)
    weights = stack(said, truth, period)
    knots = fit_knots(weigh(list(said.T), weights), truth, min_bad=LATE_PER_KNOT)
    return replace(whole, weights=weights, knots=knots)


def _judge(rows: _Rows, split: Split, config: LateConfig) -> np.ndarray:
    """Fit on a fold's past; give what the heads say about its future."""
    until = rows.known.placed_at[split.learn].max()
    past = np.flatnonzero(rows.arrived.placed_at <= until)
    part = rows.fit(np.sort(split.learn), past, config)
    judge = rows.known.take(split.judge)
    return part.heads(judge.matrix, judge.promised_days)


def stack(
    said: np.ndarray,
    label: np.ndarray,
    period: np.ndarray,
    expected: Sequence[float] = EXPECTED,
) -> tuple[float, ...]:
    """Weigh the heads by logistic regression; a head that misleads gets no weight.

    Each period has a constant of its own, so that heads are weighed by how they tell orders of
    one time apart, not by how they followed a level that has since moved.

    Parameters
    ----------
    said
        What the heads say of rows that they had not seen, ``(n, n_heads)``.
    label
        1 late, 0 in time.
    period
        Number of the period of each row, from 0.
    expected
        Weights of the standardised heads before any evidence, towards which it is pulled a little.

    Returns
    -------
    tuple
        A weight for each head, none negative, and the mean of the periods' constants.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> odds, once = random.normal(size=4_000), np.zeros(4_000, int)
    >>> late = (random.random(4_000) < 1 / (1 + np.exp(-odds))).astype(float)
    >>> said = np.column_stack([-odds, odds * 2])
    >>> misleading, helpful, constant = stack(said, late, once, (0.0, 1.0))
    >>> misleading < 0.05, round(helpful, 1)
    (True, 0.5)
    """
    from scipy.optimize import minimize

    n_heads, n_periods = said.shape[1], int(period.max()) + 1
    counts = np.maximum(np.bincount(period, minlength=n_periods), 1)
    usual = np.column_stack([np.bincount(period, head, n_periods) / counts for head in said.T])
    scale = np.maximum((said - usual[period]).std(axis=0), 1e-9)
    mean = said.mean(axis=0)
    inputs, prior = (said - mean) / scale, np.asarray(expected)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        weights, levels = point[:n_heads], point[n_heads:]
        odds = inputs @ weights + levels[period]
        wrong = 1 / (1 + np.exp(-odds)) - label
        away, beside = weights - prior, levels - levels.mean()
        value = np.mean(np.logaddexp(0, odds) - label * odds) + DOUBT * float(away @ away)
        value += SAMENESS * float(beside @ beside)
        slope = np.r_[
            inputs.T @ wrong / len(label) + 2 * DOUBT * away,
            np.bincount(period, wrong, n_periods) / len(label) + 2 * SAMENESS * beside,
        ]
        return float(value), slope

    level = np.log((label.mean() + 1e-3) / (1 - label.mean() + 1e-3))
    start = np.r_[prior, np.full(n_periods, level)]
    bounds = [(0.0, None)] * n_heads + [(None, None)] * n_periods
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    slopes = found.x[:n_heads] / scale
    return (*map(float, slopes), float(found.x[n_heads:].mean() - slopes @ mean))


def promised_days(parcels: pd.DataFrame) -> np.ndarray:
    """Days from placing to the promise, NaN where nothing was promised.

    Examples
    --------
    >>> import pandas as pd
    >>> at = pd.to_datetime(["2026-03-01T12:00Z", None])
    >>> parcels = pd.DataFrame({"placed_at": at - pd.Timedelta(days=2), "promised_at": at})
    >>> promised_days(parcels).tolist()
    [2.0, nan]
    """
    from models.training.parcels import days_of

    return days_of(parcels["promised_at"] - parcels["placed_at"])
