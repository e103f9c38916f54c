"""Values and quantities far outside what this buyer, this shop or this product has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.contracts import Assessment, Reason
from models.detectors.grading import grade, number
from models.thresholds import (
    DEVIATION_RATIO,
    SKU_PRICE,
    SKU_QUANTITY,
    UNITS_DEVIATION,
    VALUE_DEVIATION,
    Threshold,
)

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_MIN_PAST: Final = 10
"""Orders in the window below which a mean and a deviation say little."""


@dataclass(frozen=True, slots=True)
class _Deviation:
    """One quantity against the past of one subject."""

    subject: str
    measure: str
    window: str
    zh: str
    en: str
    limit: Threshold
    ceiling: float

    def feature(self, statistic: str, measure: str | None = None) -> str:
        return f"{self.subject}__{measure or self.measure}__{statistic}_{self.window}"

    @property
    def count(self) -> str:
        return f"{self.subject}__order_count__{self.window}"


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
_SHOP_RATIO: Final = "shop__value_minor__ratio_30d"
_DEAR: Final = 4.0
"""Times the shop's mean value from which a large quantity counts in full."""

_MUCH: Final = 8.0
"""Times the usual quantity from which a low price counts in full."""

_ADVISORY: Final = 0.3
"""Score of what is worth mentioning but flags nothing by itself."""

_SKU_QUANTITY: Final = "sku__quantity__ratio_30d"
_SKU_PRICE: Final = "sku_currency__unit_price_minor__ratio_30d"


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
    needs = frozenset(
        {d.feature(s) for d in _DEVIATIONS for s in ("zscore", "ratio", "mean")}
        | {d.count for d in _DEVIATIONS}
        | {"order__value_minor", "order__n_units", _SKU_QUANTITY, _SKU_PRICE}
    )

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        found = [pair for d in _DEVIATIONS if (pair := _deviation(d, features))]
        found += [pair for pair in (_quantity(features), _price(features)) if pair]
        if not found:
            return Assessment(0.0)
        found.sort(key=lambda pair: -pair[0])
        total = sum(score for score, _ in found)
        reasons = tuple(
            Reason(r.code, r.zh, r.en, r.value, r.typical, r.direction, score / total)
            for score, r in found
        )
        return Assessment(found[0][0], reasons)


def _deviation(check: _Deviation, features: FeatureValues) -> tuple[float, Reason] | None:
    past = number(features, check.count)
    z = number(features, check.feature("zscore"))
    ratio = number(features, check.feature("ratio"))
    if past is None or past < _MIN_PAST or z is None or ratio is None:
        return None
    score = min(grade(z, check.limit), grade(ratio, DEVIATION_RATIO), check.ceiling)
    if score <= 0:
        return None
    money = 100.0 if check.measure == "value_minor" else 1.0
    value = number(features, f"order__{check.measure}")
    mean = number(features, check.feature("mean"))
    zh, en = _WHAT[check.measure]
    detail_zh = detail_en = ""
    if value is not None and mean is not None:
        now, usual = _shown(value / money), _shown(mean / money)
        detail_zh, detail_en = f"（{now}，平时 {usual}）", f" ({now} against {usual})"
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


def _quantity(features: FeatureValues) -> tuple[float, Reason] | None:
    """Judge the largest quantity; of many lines one is always large, so the value must agree."""
    ratio = number(features, _SKU_QUANTITY)
    if ratio is None or not (score := min(grade(ratio, SKU_QUANTITY), 0.6)):
        return None
    dear = (number(features, _SHOP_RATIO) or 0.0) >= _DEAR
    return score if dear else _ADVISORY, Reason(
        code="outlier_sku_quantity",
        zh=f"单品数量是该商品平时的 {ratio:.3g} 倍",
        en=f"the quantity of a product is {ratio:.3g} times its usual",
        value=ratio,
        typical=1.0,
    )


def _price(features: FeatureValues) -> tuple[float, Reason] | None:
    """Judge the lowest price; alone it is a sale, with an unusual quantity a mistake being used."""
    ratio = number(features, _SKU_PRICE)
    if ratio is None or ratio <= 0 or not (score := min(grade(ratio, SKU_PRICE), 0.6)):
        return None
    much = (number(features, _SKU_QUANTITY) or 0.0) >= _MUCH
    return score if much else _ADVISORY, Reason(
        code="outlier_sku_price",
        zh=f"单价只有该商品平时的 {ratio:.0%}",
        en=f"a unit price is only {ratio:.0%} of the product's usual",
        value=ratio,
        typical=1.0,
    )
