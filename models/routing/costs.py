"""What an option is expected to cost, part by part."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost with its name.

    Parameters
    ----------
    zh, en
        What it is paid for.
    minor
        Minor units of the base currency.
    per
        What one unit of it is.
    """

    zh: str
    en: str
    minor: float
    per: str


@dataclass(frozen=True, slots=True)
class RoutingCosts:
    """What going wrong costs; freight comes from the outlets' tariffs.

    Parameters
    ----------
    late
        A parcel delivered after its promise.
    failed_attempt
        A first delivery attempt that fails.
    unknown_freight
        Freight of an outlet without a tariff.
    split
        Each further parcel of one order, beside its freight.
    unserved, short_order
        A unit that nobody sends, and an order that is not sent whole: what sending may cost at
        most.

    Examples
    --------
    >>> RoutingCosts().scaled(0.5).late.minor
    750.0
    """

    late: Cost = Cost("晚到", "late delivery", 1_500, "parcel")
    failed_attempt: Cost = Cost("首次派送失败", "failed first attempt", 800, "parcel")
    unknown_freight: Cost = Cost("未知运费", "freight without a tariff", 1_200, "parcel")
    split: Cost = Cost("拆单", "split order", 300, "further parcel")
    unserved: Cost = Cost("无法发货", "unit that nobody sends", 6_000, "unit")
    short_order: Cost = Cost("订单不能全部发货", "order not sent whole", 0, "order")

    def scaled(self, money_scale: float) -> RoutingCosts:
        """Give the same costs in another base currency."""
        parts = (getattr(self, part.name) for part in fields(self))
        return RoutingCosts(
            *(Cost(part.zh, part.en, part.minor * money_scale, part.per) for part in parts)
        )


PARTS: Final[dict[str, tuple[str, str]]] = {
    "freight": ("运费", "freight"),
    "handling": ("仓库操作费", "handling in the warehouse"),
    "split": ("拆单", "splitting the order"),
    "late": ("晚到的预期损失", "expected cost of lateness"),
    "failed_attempt": ("首次派送失败的预期损失", "expected cost of a failed first attempt"),
    "stock": ("占用库存和产能的价值", "value of the stock and capacity used"),
}
"""Part of a cost to what it says."""
