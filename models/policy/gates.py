"""What the channel's own hold, the truth about the payment and the limits of value demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import Reason
from models.policy.facts import Gate

if TYPE_CHECKING:
    from models.policy.costs import Treatment
    from models.policy.facts import OrderFacts

_UNPAID: Final = {
    "pending": "待付款",
    "partially_paid": "仅部分付款",
    "voided": "已作废",
    "refunded": "已退款",
}
"""Status of a payment that does not let an order go, with its name in Chinese."""

_HOLDS: Final = {
    "locked": (
        "hold",
        "平台已锁定该订单，解除前不得发货",
        "the channel has locked the order; it may not ship before it is unlocked",
    ),
    "frozen": (
        "hold",
        "平台已冻结该订单，解除前不得发货",
        "the channel has frozen the order; it may not ship before it is unfrozen",
    ),
    "review": ("review", "平台提示该订单需要审核", "the channel marks the order for review"),
}

_PACKED: Final = Gate(
    "release",
    Reason(
        "already_packed",
        "包裹已发出，原决策不再改变",
        "the parcel has left: what was decided stands",
    ),
)


def gates_of(order: OrderFacts) -> list[Gate]:
    """List what may not be overruled by any expected cost.

    Examples
    --------
    >>> from models.policy.facts import OrderFacts
    >>> frozen = OrderFacts(platform_risk="frozen", payment_status="voided")
    >>> [gate.reason.code for gate in gates_of(frozen)]
    ['platform_hold', 'payment_not_confirmed']
    >>> gates_of(OrderFacts(payment_status="pending", is_cod=True))
    []
    >>> gates_of(OrderFacts(platform_risk="frozen", status="delivered"))[0].reason.code
    'already_packed'
    """
    if order.is_packed:
        return [_PACKED]
    found = []
    if order.platform_risk in _HOLDS:
        action, zh, en = _HOLDS[order.platform_risk]
        reason = Reason("platform_hold", zh, en, value=order.platform_risk, typical="none")
        found.append(Gate(action, reason))
    status = order.payment_status
    if status in _UNPAID and not order.is_cod:
        reason = Reason(
            "payment_not_confirmed",
            f"付款尚未确认（{_UNPAID[status]}）",
            f"the payment is not confirmed ({status})",
            value=status,
            typical="paid",
        )
        found.append(Gate("hold", reason))
    return found


def value_limits(order: OrderFacts, treatment: Treatment, money_scale: float) -> list[Gate]:
    """List what the order's value alone demands, by the way it is paid; nothing below the limits.

    Parameters
    ----------
    order
        The order's own facts.
    treatment
        What applies to orders that are paid so.
    money_scale
        Factor that turns the limits into the base currency.

    Examples
    --------
    >>> from models.policy.costs import TREATMENTS
    >>> from models.policy.facts import OrderFacts
    >>> [limit.action for limit in value_limits(OrderFacts(300_000), TREATMENTS["cod"], 1.0)]
    ['review']
    >>> value_limits(OrderFacts(299_999), TREATMENTS["cod"], 1.0)
    []
    """
    review, hold = (round(limit * money_scale) for limit in treatment.value_minor)
    value = order.value_minor
    if value is None or value < review:
        return []
    reason = Reason(
        "order_value",
        f"{treatment.zh}金额达到上限，须先核实",
        f"the value reaches the limit of {treatment.en}",
        value=float(value),
        typical=float(review),
    )
    return [Gate("hold" if value >= hold else "review", reason, "limit")]
