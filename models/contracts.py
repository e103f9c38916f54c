"""Protocols and records shared by every detector and estimator. No logic.

``score`` is in [0, 1] and higher is worse, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

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
    """

    score: float
    reasons: tuple[Reason, ...] = ()
    duplicate_of: str | None = None
    linked: tuple[str, ...] = ()


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


ModelConfig = Mapping[str, Any]
