"""Several deviations from the usual at once: an outlier score that needs no labels and no fitting.

References
----------
.. [1] Z. Li et al., "ECOD: unsupervised outlier detection using empirical cumulative distribution
   functions", IEEE TKDE 35 (2023): rarity in each dimension, added up. Here each dimension is a
   deviation from an entity's own past, so that its rarity is known before any order was seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from features.durations import HOURS_PER_MONTH
from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import grade, number, shared_out
from models.thresholds import SURPRISE

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.contracts import FeatureValues

_LEAST: Final = 0.5
"""Rarity below which a dimension says nothing: about one order in three."""
_MOST: Final = 3.0
"""Rarity above which one dimension says no more; several must agree to reach the limit."""
_CEILING: Final = 0.6
_EXPECTED: Final = 0.1
"""Least orders that a party is expected to place in a window: a second one is no wonder."""


@dataclass(frozen=True, slots=True)
class _Dimension:
    """One way to differ from the usual; of those that share a group the rarest counts."""

    group: str
    feature: str
    zh: str
    en: str
    rarity: Callable[[FeatureValues, str], float]


def _of_deviation(features: FeatureValues, name: str) -> float:
    """Rarity of a deviation above the mean: at most 1 in 1 + z² lies so far out (Cantelli)."""
    z = number(features, name)
    return math.log10(1.0 + z * z) if z is not None and z > 0.0 else 0.0


def _of_count(features: FeatureValues, name: str) -> float:
    """Rarity of a count by the party's own month: ``expected / n`` bounds it (Markov)."""
    n = number(features, name)
    if n is None or n < 1.0:
        return 0.0
    hours, of_month, of_day = _past_of(name)
    month = number(features, of_month) or 0.0
    day = number(features, of_day) or 0.0
    expected = max((month - day) * hours / HOURS_PER_MONTH, _EXPECTED)
    return math.log10((n + 1.0) / expected) if n + 1.0 > expected else 0.0


@cache
def _past_of(name: str) -> tuple[float, str, str]:
    """Give the hours of a count's window, and the party's counts in a month and in its last day."""
    subject, _, window = name.split("__")
    hours = 1.0 if window == "1h" else 24.0
    return hours, f"{subject}__order_count__30d", f"{subject}__order_count__24h"


def _deviations(subject: str, window: str, zh: str, en: str) -> tuple[_Dimension, ...]:
    return (
        _Dimension(
            "value", f"{subject}__value_minor__zscore_{window}",
            f"金额高于{zh}平时", f"a value above what is usual for {en}", _of_deviation,
        ),
        _Dimension(
            "units", f"{subject}__n_units__zscore_{window}",
            f"件数高于{zh}平时", f"more units than is usual for {en}", _of_deviation,
        ),
    )  # fmt: skip


def _counts(subject: str, zh: str, en: str) -> tuple[_Dimension, ...]:
    return tuple(
        _Dimension(
            subject, f"{subject}__order_count__{window}",
            f"同一{zh}下单多于其平时", f"more orders by one {en} than is usual for it", _of_count,
        )
        for window in ("1h", "24h")
    )  # fmt: skip


_DIMENSIONS: Final = (
    *_deviations("buyer", "90d", "该买家", "this buyer"),
    *_deviations("shop", "30d", "本店", "this shop"),
    *_counts("device", "设备", "device"),
    *_counts("ip", " IP ", "IP address"),
    *_counts("payment", "付款账户", "payment account"),
    *_counts("buyer", "买家", "buyer"),
)


class Surprise:
    """Finds orders that differ from the usual in several ways at once.

    Each way is a bound on how rare it is, as a power of ten; those of different groups are added
    up, of one group the rarest counts, and none counts for more than a thousandth. Only what lies
    on the bad side of the usual counts.

    Examples
    --------
    >>> calm = {"buyer__value_minor__zscore_90d": 1.0, "shop__n_units__zscore_30d": 2.0}
    >>> Surprise().assess(calm).score
    0.0
    >>> odd = {
    ...     "buyer__value_minor__zscore_90d": 30.0,
    ...     "shop__n_units__zscore_30d": 12.0,
    ...     "device__order_count__1h": 5.0,
    ...     "device__order_count__30d": 5.0,
    ...     "ip__order_count__1h": 5.0,
    ...     "ip__order_count__30d": 5.0,
    ... }
    >>> finding = Surprise().assess(odd)
    >>> round(finding.score, 2), finding.reasons[0].code
    (0.6, 'surprise_value')
    """

    name = "surprise"
    needs = frozenset(
        {d.feature for d in _DIMENSIONS}
        | {
            f"{d.feature.partition('__')[0]}__order_count__{window}"
            for d in _DIMENSIONS
            if d.rarity is _of_count
            for window in ("24h", "30d")
        }
    )

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        rarest: dict[str, tuple[float, _Dimension]] = {}
        for dimension in _DIMENSIONS:
            rarity = dimension.rarity(features, dimension.feature)
            if rarity >= _LEAST and rarity > rarest.get(dimension.group, (0.0,))[0]:
                rarest[dimension.group] = rarity, dimension
        total = sum(min(rarity, _MOST) for rarity, _ in rarest.values())
        score = min(grade(total, SURPRISE), _CEILING)
        if not score:
            return NOTHING
        found = sorted(rarest.values(), key=lambda pair: -pair[0])[:3]
        told = [(min(rarity, _MOST), _reason(d, features)) for rarity, d in found]
        return Assessment(score, shared_out(told).reasons)


def _reason(dimension: _Dimension, features: FeatureValues) -> Reason:
    value = number(features, dimension.feature)
    return Reason(
        code=f"surprise_{dimension.group}",
        zh=f"多项偏离平时：{dimension.zh}",
        en=f"unusual in several ways: {dimension.en}",
        value=value,
        typical=0.0,
    )
