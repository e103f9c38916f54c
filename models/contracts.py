"""Protocols and records shared by every detector and estimator. No logic.

``score`` is in [0, 1] and higher is worse, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    import numpy as np
    import pandas as pd

    from features.history import HistoryProfile
    from models.artifacts import Artifact
    from models.training.material import Material

FeatureValues = Mapping[str, float | str | None]
"""Feature name to value at one ``as_of``; None (or NaN) is unknown."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of a score, in the order's own numbers.

    Parameters
    ----------
    code
        Stable identifier, ``snake_case``.
    zh, en
        The sentence an agent reads, in Chinese and English.
    value
        The order's own value, or None when it is not a number or short text.
    typical
        What is usual for this buyer or shop, or None when unknown.
    direction
        ``raises`` or ``lowers`` the score.
    share
        Share of the score explained, in [0, 1].
    """

    code: str
    zh: str
    en: str
    value: float | str | None = None
    typical: float | str | None = None
    direction: str = "raises"
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one detector says about one order.

    Parameters
    ----------
    score
        In [0, 1]; 0 is nothing found.
    reasons
        At least one when the score is above 0.
    duplicate_of
        ``order_key`` of the order this one repeats, if it does.
    linked
        ``order_key`` of other orders that belong to the finding.

    Examples
    --------
    >>> why = Reason("burst", "1 小时内 12 单", "12 orders within the hour", value=12, typical=1)
    >>> Assessment(0.9, (why,)).reasons[0].code
    'burst'
    """

    score: float
    reasons: tuple[Reason, ...] = ()
    duplicate_of: str | None = None
    linked: tuple[str, ...] = ()


NOTHING: Final = Assessment(0.0)
"""What a detector says that finds nothing, as most do of most orders."""


@runtime_checkable
class Detector(Protocol):
    """Finds one kind of abnormal order from its features, without labels or fitting."""

    name: str
    needs: frozenset[str]
    """Features without which the detector can say nothing (it then scores 0)."""

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one estimator says about one order.

    Parameters
    ----------
    probability
        Calibrated probability of the harm, in [0, 1].
    percentile
        Share of recent orders with a lower probability, in [0, 100].
    reasons
        Strongest contributions first.
    """

    probability: float
    percentile: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """One out-of-time question: train before an instant, predict after it.

    Parameters
    ----------
    test_from
        The instant at which the model is fixed; it learns only from what was known before.
    test_to
        First instant no longer predicted, or None for the end of the history.
    horizon
        Steps ahead of a forecast, or None for the series' own default.
    train_days
        Days of orders to learn from, counted back from the newest whose label had matured at
        ``test_from``; None for all.
    label_delay
        Delay after which labels become known, to learn from and to features alike, or None for
        what the history itself says; where that is longer it stays.
    seed
        Seed of everything random.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> asked = BacktestRequest(datetime(2026, 3, 1, tzinfo=UTC), label_delay=timedelta(days=7))
    >>> asked.test_to is None
    True
    """

    test_from: datetime
    test_to: datetime | None = None
    horizon: int | None = None
    train_days: int | None = None
    label_delay: timedelta | None = None
    seed: int = 7


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What one backtest found.

    Parameters
    ----------
    rows
        The predictions, one row for each order (or series and day) asked about.
    document
        Everything worth printing, ready for JSON: metrics with intervals, base rate, counts.
    """

    rows: pd.DataFrame
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted model and how it did on the newest matured period that it had not seen.

    Parameters
    ----------
    artifact
        What is saved, registered and loaded.
    summary
        Out-of-time results for people: ``rows``, ``base_rate``, ``metrics`` by name with
        ``value``, ``low`` and ``high``.
    """

    artifact: Artifact
    summary: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Backtestable(Protocol):
    """Anything that can be asked to predict the past out of time."""

    @property
    def name(self) -> str:
        """Name of the model, as commands use it."""
        ...

    @property
    def purposes(self) -> frozenset[str]:
        """Purposes of the features it reads; empty when it reads none."""
        ...

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support it, or None when it can."""
        ...

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Train before an instant and predict after it."""
        ...


class Predictor(Protocol):
    """A loaded risk model."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    def predict_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """Probabilities, shape ``(n_orders,)``; columns the frame lacks count as unknown."""
        ...

    def predict_one(self, values: FeatureValues, *, n_reasons: int = 0) -> Prediction:
        """Prediction of one order, with its strongest reasons when asked for."""
        ...

    def explain(self, values: FeatureValues, n_reasons: int) -> tuple[Reason, ...]:
        """Strongest causes of one order's prediction; empty when the model gives none."""
        ...


@runtime_checkable
class Estimator(Backtestable, Protocol):
    """A model that learns from a history and is saved as an artifact."""

    def train(
        self, material: Material, *, cutoff: datetime, train_days: int | None = None
    ) -> Trained:
        """Fit on everything whose label is known at the cutoff."""
        ...

    def predictor(self, artifact: Artifact) -> Any:
        """Turn a loaded artifact into something that predicts."""
        ...
