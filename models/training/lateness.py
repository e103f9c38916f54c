"""The probability of missing a promise, from two heads and a stack learned out of time.

The transit head knows the distribution of the delivery time and compares it with the promise; the
direct head learns late or in time from everything else. How much each is worth differs by shop, so
the newest matured weeks decide, and calibrate the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.lane import stretch
from models.errors import NotSupportedError
from models.training.calibration import IDENTITY, Knots, fit_knots
from models.training.transit import MIN_PARCELS, Transit, TransitConfig, fit_part
from models.training.trees import Binned

if TYPE_CHECKING:
    import pandas as pd

    from models.training.encoding import Encoding
    from models.training.splits import Split

PROMISE: Final = "timing__hours_to_promise"
"""The feature that may only lower the probability as it grows."""
MIN_BAD: Final = 30
WHOLE_WEIGHT: Final = 0.5
"""Rows that count less than this have no say in the stack and its calibration."""


@dataclass(frozen=True, slots=True)
class LateConfig:
    """How the probability of lateness is fitted.

    Parameters
    ----------
    transit
        Configuration of the transit head.
    learning_rate, num_leaves, min_rows_in_leaf, l2, feature_share, row_share, rounds
        Trees of the direct head.
    seed
        Seed of everything random.
    """

    transit: TransitConfig = field(default_factory=TransitConfig)
    learning_rate: float = 0.06
    num_leaves: int = 4
    min_rows_in_leaf: int = 40
    l2: float = 10.0
    feature_share: float = 0.4
    row_share: float = 0.8
    rounds: int = 200
    seed: int = 7

    def parameters(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Give the direct head's settings in LightGBM's words."""
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_rows_in_leaf,
            "lambda_l2": self.l2,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "monotone_constraints": [-int(name == PROMISE) for name in names],
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "seed": self.seed,
            "verbosity": -1,
        }


@dataclass(frozen=True, slots=True)
class LateRows:
    """Parcels that may be learned from.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n, n_features)``.
    label
        1 late, 0 in time.
    weight
        How much each counts.
    promised_days
        Days from placing to the promise.
    placed_at
        Instants, microseconds.
    """

    matrix: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    promised_days: np.ndarray
    placed_at: np.ndarray

    def take(self, rows: np.ndarray) -> LateRows:
        """Keep some rows."""
        return LateRows(
            self.matrix[rows],
            self.label[rows],
            self.weight[rows],
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
    direct
        LightGBM text model of the direct head.
    transit
        The transit head, None where there were too few delivered parcels.
    weights
        Weights of the two heads, neither negative, and the constant.
    usual
        Lateness in spreads that stands in where nothing was promised.
    knots
        Calibration of the weighted sum.
    """

    encoding: Encoding
    direct: str
    transit: Transit | None
    weights: tuple[float, float, float] = (0.0, 1.0, 0.0)
    usual: float = 0.0
    knots: Knots = IDENTITY

    def heads(self, matrix: np.ndarray, promised_days: np.ndarray) -> np.ndarray:
        """Give what both heads say: lateness in spreads and log-odds, ``(n_orders, 2)``."""
        if not len(matrix):
            return np.empty((0, 2))
        odds = self._direct.predict(matrix, raw_score=True, num_threads=1)
        if self.transit is None:
            return np.column_stack([np.zeros(len(matrix)), odds])
        beyond = self.transit.lateness(matrix, promised_days)
        return np.column_stack([np.where(np.isnan(beyond), self.usual, beyond), odds])

    def raw(self, matrix: np.ndarray, promised_days: np.ndarray) -> np.ndarray:
        """Weighted sum of the heads, before calibration."""
        said = self.heads(matrix, promised_days)
        result: np.ndarray = said @ np.array(self.weights[:2]) + self.weights[2]
        return result

    def probability(self, matrix: np.ndarray, promised_days: np.ndarray) -> np.ndarray:
        """Calibrated probability of missing the promise, shape ``(n_orders,)``."""
        return self.knots.probability(self.raw(matrix, promised_days))

    @cached_property
    def _direct(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.direct)


def fit_lateness(
    encoding: Encoding,
    rows: LateRows,
    arrived: ArrivedRows,
    splits: list[Split],
    config: LateConfig,
) -> Lateness:
    """Fit both heads, their weights and the calibration.

    Parameters
    ----------
    encoding
        How the matrices were made.
    rows
        Parcels whose label is known.
    arrived
        Delivered parcels on matured days.
    splits
        Folds of ``rows`` in time order.
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
    n_late = int(rows.label.sum())
    if min(n_late, len(rows.label) - n_late) < MIN_BAD:
        raise NotSupportedError(
            f"{n_late} late and {len(rows.label) - n_late} punctual parcels whose label is known: "
            f"at least {MIN_BAD} of each are needed"
        )
    binned = Binned(rows.matrix), Binned(arrived.matrix)
    judged = [_judge(encoding, binned, rows, arrived, split, config) for split in splits]
    said = np.concatenate([part for part, _ in judged]) if judged else np.empty((0, 2))
    truth = np.concatenate([label for _, label in judged]) if judged else np.empty(0)
    every = np.arange(len(rows.label)), np.arange(len(arrived.days))
    whole = _fit(encoding, binned, rows, arrived, every, config)
    if min(truth.sum(), len(truth) - truth.sum()) < MIN_BAD:
        return whole
    weights = stack(said, truth)
    raw = said @ np.array(weights[:2]) + weights[2]
    return Lateness(
        encoding, whole.direct, whole.transit, weights, whole.usual, fit_knots(raw, truth)
    )


def _judge(
    encoding: Encoding,
    binned: tuple[Binned, Binned],
    rows: LateRows,
    arrived: ArrivedRows,
    split: Split,
    config: LateConfig,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit on a fold's past; give what the heads say about its future, and the truth."""
    until = rows.placed_at[split.learn].max()
    past = np.sort(split.learn), np.flatnonzero(arrived.placed_at <= until)
    part = _fit(encoding, binned, rows, arrived, past, config)
    judge = rows.take(split.judge[rows.weight[split.judge] >= WHOLE_WEIGHT])
    return part.heads(judge.matrix, judge.promised_days), judge.label


def _fit(
    encoding: Encoding,
    binned: tuple[Binned, Binned],
    rows: LateRows,
    arrived: ArrivedRows,
    chosen: tuple[np.ndarray, np.ndarray],
    config: LateConfig,
) -> Lateness:
    """Fit both heads on the chosen rows."""
    part = rows.take(chosen[0])
    parameters = config.parameters(encoding.names)
    direct = binned[0].grow(
        part.label, parameters, config.rounds, rows=chosen[0], weight=part.weight
    )
    if len(chosen[1]) < MIN_PARCELS:
        return Lateness(encoding, direct, None)
    transit = fit_part(encoding, binned[1], chosen[1], stretch(arrived.days), config.transit)
    beyond = transit.lateness(part.matrix, part.promised_days)
    usual = float(np.nanmedian(beyond)) if np.isfinite(beyond).any() else 0.0
    return Lateness(encoding, direct, transit, usual=usual)


def stack(said: np.ndarray, label: np.ndarray) -> tuple[float, float, float]:
    """Weigh the heads by logistic regression; a head that misleads gets no weight.

    Parameters
    ----------
    said
        Lateness in spreads and log-odds of rows that the heads had not seen, ``(n, 2)``.
    label
        1 late, 0 in time.

    Returns
    -------
    tuple
        Two weights, neither negative, and the constant.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> odds = random.normal(size=4_000)
    >>> late = (random.random(4_000) < 1 / (1 + np.exp(-odds))).astype(float)
    >>> misleading, helpful, constant = stack(np.column_stack([-odds, odds * 2]), late)
    >>> misleading == 0.0, round(helpful, 1)
    (True, 0.5)
    """
    from scipy.optimize import minimize

    mean, scale = said.mean(axis=0), np.maximum(said.std(axis=0), 1e-9)
    inputs = (said - mean) / scale

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        odds = inputs @ weights[:2] + weights[2]
        wrong = 1 / (1 + np.exp(-odds)) - label
        value = np.mean(np.logaddexp(0, odds) - label * odds) + 1e-4 * float(
            weights[:2] @ weights[:2]
        )
        slope = np.r_[inputs.T @ wrong / len(label) + 2e-4 * weights[:2], wrong.mean()]
        return float(value), slope

    bounds = [(0.0, None), (0.0, None), (None, None)]
    found = minimize(loss, np.array([0.5, 0.5, 0.0]), jac=True, bounds=bounds, method="L-BFGS-B")
    slopes = found.x[:2] / scale
    return float(slopes[0]), float(slopes[1]), float(found.x[2] - slopes @ mean)


def promised_days(parcels: pd.DataFrame) -> np.ndarray:
    """Days from placing to the promise, NaN where nothing was promised."""
    from models.training.parcels import days_of

    return days_of(parcels["promised_at"] - parcels["placed_at"])
