from __future__ import annotations

from typing import Any

import pytest

from models.detectors.near_duplicates import NearDuplicate

EARLIER = "m/c/s/1"


def order(*parties: str, before: float = 10_000.0, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"order__value_minor": 10_000.0}
    for party in parties:
        values |= {
            f"{party}__order_key__last_1h": EARLIER,
            f"{party}__order_count__24h": 1.0,
            f"{party}__value_minor__sum_24h": before,
        }
    return values | changes


def test_the_same_amount_within_the_hour_is_a_near_duplicate() -> None:
    finding = NearDuplicate().assess(order("buyer"))

    assert (finding.score, finding.duplicate_of, finding.linked) == (0.6, EARLIER, (EARLIER,))


def test_the_more_is_shared_the_surer() -> None:
    two, four = (
        NearDuplicate().assess(order(*parties))
        for parties in (("phone", "address_unit"), ("phone", "buyer", "address_unit", "payment"))
    )

    assert (two.score, four.score) == (0.75, 0.75)
    assert two.reasons[0].zh == "同一手机号、收货地址在 1 小时内下过金额相同的订单"


@pytest.mark.parametrize(("before", "score"), [(9_800.0, 0.6), (9_799.0, 0.0), (20_000.0, 0.0)])
def test_amounts_may_differ_by_a_fiftieth(before: float, score: float) -> None:
    assert NearDuplicate().assess(order("buyer", before=before)).score == score


@pytest.mark.parametrize(
    "changes",
    [
        {"buyer__order_count__24h": 2.0},
        {"buyer_sku_set__order_key__last_30m": EARLIER},
        {"order__value_minor": 0.0},
        {"order__value_minor": None},
    ],
    ids=["another order that day", "the very same goods", "free", "unknown value"],
)
def test_nothing_is_said(changes: dict[str, Any]) -> None:
    assert NearDuplicate().assess(order("buyer") | changes).score == 0.0


def test_a_parcel_locker_links_nobody() -> None:
    locker = order("address_unit", address_unit__buyer_distinct__30d=10.0)

    assert NearDuplicate().assess(locker).score == 0.0
