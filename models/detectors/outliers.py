"""Values and quantities far outside what this buyer or this shop has seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from models.contracts import Reason
from models.detectors.grading import grade, number, shared_out
from models.thresholds import DEVIATION_RATIO, UNITS_DEVIATION, VALUE_DEVIATION, Threshold

if TYPE_CHECKING:
    from models.contracts import Assessment, FeatureValues

_MIN_PAST: Final = 10
"""Orders in the window below which a mean and a deviation say little."""


@dataclass(frozen=True)
class _Deviation:
    """One quantity against the past of one subject."""

    subject: str
    measure: str
    window: str
    zh: str
    en: str
    limit: Threshold
    ceiling: float

    @cached_property
    def names(self) -> tuple[str, str, str, str, str]:
        """Features: past orders, deviation, ratio, mean, and the order's own amount."""
        stem, ends = f"{self.subject}__{self.measure}__", f"_{self.window}"
        count = f"{self.subject}__order_count__{self.window}"
        return (
            count, f"{stem}zscore{ends}", f"{stem}ratio{ends}", f"{stem}mean{ends}",
            f"order__{self.measure}",
        )  # fmt: skip


_DEVIATIONS: Final = (
    _Deviation("buyer", "value_minor", "90d", "买家", "buyer", VALUE_DEVIATION, 0.7),
    _Deviation("shop", "value_minor", "30d", "店铺", "shop", VALUE_DEVIATION, 0.8),
    _Deviation("buyer", "n_units", "90d", "买家", "buyer", UNITS_DEVIATION, 0.6),
    _Deviation("shop", "n_units", "30d", "店铺", "shop", UNITS_DEVIATION, 0.8),
)
_WHAT: Final = {
    "value_minor": ("订单金额", "order value"),
    "n_units": ("订单件数", "units ordered"),
}


class ValueOutlier:
    """Finds orders far above the buyer's or the shop's recent values and quantities.

    An order counts only when it lies many standard deviations *and* several times above the mean,
    so that neither a very regular buyer nor a very mixed shop is flagged for little.

    Examples
    --------
    >>> finding = ValueOutlier().assess({
    ...     "order__value_minor": 900_000.0,
    ...     "shop__order_count__30d": 2000.0,
    ...     "shop__value_minor__zscore_30d": 12.0,
    ...     "shop__value_minor__ratio_30d": 15.0,
    ...     "shop__value_minor__mean_30d": 60_000.0,
    ... })
    >>> finding.score, finding.reasons[0].en
    (0.8, 'order value is 15 times what is usual for this shop (9,000 against 600)')
    """

    name = "outlier"
    needs = frozenset(name for d in _DEVIATIONS for name in d.names)

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        return shared_out([pair for d in _DEVIATIONS if (pair := _deviation(d, features))])


def _deviation(check: _Deviation, features: FeatureValues) -> tuple[float, Reason] | None:
    n_past, zscore, times, usual, own = check.names
    z = number(features, zscore)
    if z is None or z < check.limit.warn:
        return None
    past, ratio = number(features, n_past), number(features, times)
    if past is None or past < _MIN_PAST or ratio is None:
        return None
    score = min(grade(z, check.limit), grade(ratio, DEVIATION_RATIO), check.ceiling)
    if score <= 0:
        return None
    money = 100.0 if check.measure == "value_minor" else 1.0
    value = number(features, own)
    mean = number(features, usual)
    zh, en = _WHAT[check.measure]
    detail_zh = detail_en = ""
    if value is not None and mean is not None:
        now, before = _shown(value / money), _shown(mean / money)
        detail_zh, detail_en = f"（{now}，平时 {before}）", f" ({now} against {before})"
    return score, Reason(
        code=f"outlier_{check.subject}_{check.measure.removesuffix('_minor')}",
        zh=f"{zh}是该{check.zh}平时的 {ratio:.3g} 倍{detail_zh}",
        en=f"{en} is {ratio:.3g} times what is usual for this {check.en}{detail_en}",
        value=value,
        typical=mean,
    )


def _shown(amount: float) -> str:
    """Write an amount as people do: whole from a hundred on, with separators."""
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"
