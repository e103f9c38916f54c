"""An order that is treated as paid while its payment says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import number, text

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_STATUS: Final = "order__status"
_PAYMENT: Final = "order__payment_status"
_METHOD: Final = "order__payment_method"
_COD: Final = "order__is_cod"
_VALUE: Final = "order__value_minor"

_PAID_STATUSES: Final = frozenset(
    {"paid", "partially_shipped", "shipped", "delivered", "completed"}
)
_UNPAID: Final = frozenset({"pending", "voided", "refunded"})


class PaymentMismatch:
    """Finds orders whose status says paid while the payment is pending, voided or refunded.

    Cash on delivery and free orders have nothing to confirm beforehand.

    Examples
    --------
    >>> PaymentMismatch().assess({
    ...     "order__status": "paid", "order__payment_status": "voided", "order__value_minor": 100.0,
    ... }).reasons[0].en
    "the order counts as paid, but its payment is 'voided'"
    """

    name = "payment_mismatch"
    needs = frozenset({_STATUS, _PAYMENT, _METHOD, _COD, _VALUE})

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        status, payment = text(features, _STATUS), text(features, _PAYMENT)
        if status not in _PAID_STATUSES or payment not in _UNPAID or _pays_later(features):
            return NOTHING
        reason = Reason(
            code="payment_mismatch",
            zh=f"订单显示已付款，但支付状态为 {payment}",
            en=f"the order counts as paid, but its payment is '{payment}'",
            value=payment,
            typical="paid",
            share=1.0,
        )
        return Assessment(0.95, (reason,))


def _pays_later(features: FeatureValues) -> bool:
    value = number(features, _VALUE)
    return (
        text(features, _METHOD) == "cod"
        or bool(number(features, _COD))
        or (value is not None and value <= 0)
    )
