"""What a buyer may be told of a reason: what is being checked, never how or about whom else.

A sentence hangs on the topic alone: no limit, no count, no score and nothing of another buyer
stands in it, and orders that are suspected of anything read like orders that are merely checked.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from features.feature import Both

"""The same in Chinese and in English."""

ROUTINE: Final[Both] = (
    "发货前我们会对部分订单做例行核对，您的订单正在核对中。",
    "We check some orders before dispatch as a matter of routine; yours is being checked.",
)
_REPEATED: Final[Both] = (
    "我们想跟您确认一下，这笔订单是否重复提交。",
    "We would like to confirm with you that this order was not placed twice by mistake.",
)
_PAYMENT: Final[Both] = (
    "我们正在确认这笔订单的付款，确认后会尽快发货。",
    "We are confirming the payment of this order and will dispatch it as soon as that is done.",
)
_GOODS: Final[Both] = (
    "我们想跟您确认一下订单里的商品和数量。",
    "We would like to confirm the items and quantities of this order with you.",
)
_DELIVERY: Final[Both] = (
    "我们想跟您确认一下收货信息，以便准时送达。",
    "We would like to confirm the delivery details with you, so that the parcel arrives.",
)
_PLATFORM: Final[Both] = (
    "下单平台正在核对这笔订单，核对完成后我们会尽快处理。",
    "The platform where you ordered is checking this order; we go on as soon as it is done.",
)
_SENT: Final[Both] = ("您的包裹已经发出。", "Your parcel is on its way.")

TOPICS: Final[dict[str, Both]] = {
    "duplicate_buyer": _REPEATED,
    "duplicate_phone": _REPEATED,
    "near_duplicate_buyer": _REPEATED,
    "near_duplicate_phone": _REPEATED,
    "outlier": _GOODS,
    "impossible_item": _GOODS,
    "order_value": _GOODS,
    "order": _GOODS,
    "sku": _GOODS,
    "sku_currency": _GOODS,
    "basket": _GOODS,
    "product": _GOODS,
    "category": _GOODS,
    "payment_mismatch": _PAYMENT,
    "payment_not_confirmed": _PAYMENT,
    "platform_hold": _PLATFORM,
    "already_packed": _SENT,
    "city": _DELIVERY,
    "region": _DELIVERY,
    "country": _DELIVERY,
    "place": _DELIVERY,
}
"""What may be named, by the start of a reason's code; everything else is routine."""

_BY_LENGTH: Final = sorted(TOPICS, key=len, reverse=True)


@lru_cache(maxsize=4096)
def buyer_text(code: str) -> Both:
    """Say to the buyer what a reason is about.

    Parameters
    ----------
    code
        Code of a reason.

    Examples
    --------
    >>> buyer_text("payment_not_confirmed")[1]
    'We are confirming the payment of this order and will dispatch it as soon as that is done.'
    >>> buyer_text("linked_buyers_fraud_count") == buyer_text("rule_7") == ROUTINE
    True
    """
    for topic in _BY_LENGTH:
        if code == topic or code.startswith((f"{topic}_", f"{topic}__")):
            return TOPICS[topic]
    return ROUTINE
