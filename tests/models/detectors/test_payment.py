from __future__ import annotations

import pytest

from models.detectors.payment import PaymentMismatch
from models.detectors.platform import PlatformHold


def paid_but(status: str, **more: float | str) -> dict[str, float | str]:
    return {"order__status": "paid", "order__payment_status": status} | more


@pytest.mark.parametrize("status", ["pending", "voided", "refunded"])
def test_an_order_called_paid_without_payment_is_found(status: str) -> None:
    assert PaymentMismatch().assess(paid_but(status)).score == 0.95


@pytest.mark.parametrize(
    "excuse",
    [{"order__payment_method": "cod"}, {"order__is_cod": 1.0}, {"order__value_minor": 0.0}],
)
def test_what_is_paid_later_or_free_has_nothing_to_confirm(
    excuse: dict[str, float | str],
) -> None:
    assert PaymentMismatch().assess(paid_but("pending") | excuse).score == 0.0


def test_a_paid_order_and_an_unknown_payment_are_left_alone() -> None:
    assert PaymentMismatch().assess(paid_but("paid")).score == 0.0
    assert PaymentMismatch().assess({"order__status": "paid"}).score == 0.0


@pytest.mark.parametrize(
    ("risk", "score"), [("none", 0.0), ("review", 0.6), ("locked", 1.0), ("frozen", 1.0)]
)
def test_the_channels_own_hold_is_repeated(risk: str, score: float) -> None:
    assert PlatformHold().assess({"order__platform_risk": risk}).score == score
