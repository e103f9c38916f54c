from __future__ import annotations

import pytest

from models.detectors.resellers import ResellerRing


def test_buyers_on_one_device_with_the_same_goods_are_a_ring() -> None:
    finding = ResellerRing().assess({"device_sku_set__buyer_distinct__7d": 5.0})

    assert finding.score == 0.9
    assert finding.reasons[0].code == "reseller_ring_device"


def test_neighbours_with_the_same_goods_are_at_most_worth_a_look() -> None:
    assert ResellerRing().assess({"address_unit_sku_set__buyer_distinct__7d": 90.0}).score == 0.6


@pytest.mark.parametrize(
    ("n_buyers", "n_orders", "score"), [(3.0, 6.0, 0.5), (3.0, 5.0, 0.0), (2.0, 60.0, 0.0)]
)
def test_a_group_counts_from_three_buyers_and_six_orders_of_the_others(
    n_buyers: float, n_orders: float, score: float
) -> None:
    group = {"links__n_buyers": n_buyers, "links__order_count__7d": n_orders}

    assert ResellerRing().assess(group).score == score


def test_both_signs_are_told() -> None:
    finding = ResellerRing().assess(
        {
            "payment_sku_set__buyer_distinct__7d": 3.0,
            "links__n_buyers": 4.0,
            "links__order_count__7d": 8.0,
        }
    )

    assert {r.code for r in finding.reasons} == {"reseller_ring_payment", "reseller_ring_group"}
