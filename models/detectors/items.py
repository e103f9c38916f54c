"""Quantities and prices that one product has never been sold at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import grade, number, shared_out
from models.thresholds import (
    SKU_PAST,
    SKU_PRICE,
    SKU_PRICE_DEVIATION,
    SKU_QUANTITY,
    SKU_QUANTITY_DEVIATION,
)

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_TIMES: Final = "sku__quantity__ratio_30d"
_SPREADS: Final = "sku__quantity__zscore_30d"
_CHEAP: Final = "sku_currency__unit_price_minor__ratio_30d"
_DEAR: Final = "sku_currency__unit_price_minor__zscore_30d"
_PAST: Final = "sku__order_count__30d"
_SHOP_TIMES: Final = "shop__value_minor__ratio_30d"
_BUYER_TIMES: Final = "buyer__value_minor__ratio_90d"

_LARGE: Final = 4.0
"""Times the shop's mean value from which a large quantity counts in full: of many lines one is
always large, so the value must agree."""

_USUAL: Final = 2.0
"""Times the buyer's own mean value up to which an order is this buyer's habit: a wholesaler's."""

_MANY: Final = 8.0
"""Times the usual quantity from which a low price counts in full: alone it is a sale, with an
unusual quantity a mistake being used."""

_ADVISORY: Final = 0.3
"""Score of what is worth mentioning but flags nothing by itself."""

_CEILING: Final = 0.6


class ImpossibleItem:
    """Finds quantities and prices far outside a product's own last 30 days.

    A quantity counts only when it is many times the product's mean *and* many of its own standard
    deviations away, so that what sells in bulk may sell in bulk.

    Examples
    --------
    >>> mistyped = {
    ...     "sku__order_count__30d": 80.0,
    ...     "sku__quantity__ratio_30d": 90.0,
    ...     "sku__quantity__zscore_30d": 45.0,
    ...     "shop__value_minor__ratio_30d": 30.0,
    ... }
    >>> finding = ImpossibleItem().assess(mistyped)
    >>> finding.score, finding.reasons[0].en
    (0.6, 'the quantity of a product is 90 times its usual')
    >>> ImpossibleItem().assess(mistyped | {"sku__quantity__zscore_30d": 3.0}).score
    0.0
    """

    name = "impossible_item"
    needs = frozenset({_TIMES, _SPREADS, _CHEAP, _DEAR, _PAST, _SHOP_TIMES, _BUYER_TIMES})

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        past = number(features, _PAST)
        if past is None or past < SKU_PAST.warn:
            return NOTHING
        judged = (_quantity(features), _too_cheap(features), _too_dear(features))
        return shared_out([pair for pair in judged if pair is not None])


def _is_habit(features: FeatureValues) -> bool:
    """Tell whether the buyer's orders are usually as large as this one."""
    times = number(features, _BUYER_TIMES)
    return times is not None and times < _USUAL


def _quantity(features: FeatureValues) -> tuple[float, Reason] | None:
    times, spreads = number(features, _TIMES), number(features, _SPREADS)
    if times is None or spreads is None:
        return None
    score = min(grade(times, SKU_QUANTITY), grade(spreads, SKU_QUANTITY_DEVIATION), _CEILING)
    if not score:
        return None
    is_large = (number(features, _SHOP_TIMES) or 0.0) >= _LARGE
    return score if is_large and not _is_habit(features) else _ADVISORY, Reason(
        code="impossible_item_quantity",
        zh=f"单品数量是该商品平时的 {times:.3g} 倍",
        en=f"the quantity of a product is {times:.3g} times its usual",
        value=times,
        typical=1.0,
    )


def _too_cheap(features: FeatureValues) -> tuple[float, Reason] | None:
    ratio = number(features, _CHEAP)
    if ratio is None or ratio <= 0 or not (score := min(grade(ratio, SKU_PRICE), _CEILING)):
        return None
    is_used = (number(features, _TIMES) or 0.0) >= _MANY and not _is_habit(features)
    return score if is_used else _ADVISORY, Reason(
        code="impossible_item_low_price",
        zh=f"单价只有该商品平时的 {ratio:.0%}",
        en=f"a unit price is only {ratio:.0%} of the product's usual",
        value=ratio,
        typical=1.0,
    )


def _too_dear(features: FeatureValues) -> tuple[float, Reason] | None:
    spreads = number(features, _DEAR)
    if spreads is None or not grade(spreads, SKU_PRICE_DEVIATION):
        return None
    return _ADVISORY, Reason(
        code="impossible_item_high_price",
        zh=f"单价比该商品平时高出 {spreads:.3g} 个标准差",
        en=f"a unit price is {spreads:.3g} standard deviations above the product's usual",
        value=spreads,
        typical=0.0,
    )
