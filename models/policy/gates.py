"""What the channel's own hold and the truth about the payment demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import Reason
from models.policy.facts import Gate

if TYPE_CHECKING:
    from models.policy.facts import OrderFacts

_UNPAID: Final = frozenset({"pending", "partially_paid", "voided", "refunded"})
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
    "review": ("review", "平台提示该订单需要复核", "the channel marks the order for review"),
}


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
    """
    found = []
    if order.platform_risk in _HOLDS:
        action, zh, en = _HOLDS[order.platform_risk]
        reason = Reason("platform_hold", zh, en, value=order.platform_risk, typical="none")
        found.append(Gate(action, reason))
    status = order.payment_status
    if status in _UNPAID and not order.is_cod:
        reason = Reason(
            "payment_not_confirmed",
            f"付款尚未确认（{status}）",
            f"the payment is not confirmed ({status})",
            value=status,
            typical="paid",
        )
        found.append(Gate("hold", reason))
    return found
