from __future__ import annotations

from models.detectors.card_testing import card_testing
from models.detectors.rings import promotion_ring, shared_identity


def test_many_buyers_with_one_promotion_on_one_device_are_a_ring() -> None:
    finding = promotion_ring().assess({"device_promo__buyer_distinct__7d": 6.0})

    assert finding.score > 0.9
    assert finding.reasons[0].code == "promotion_ring_device"


def test_neighbours_with_a_promotion_are_at_most_worth_a_look() -> None:
    finding = promotion_ring().assess({"address_building_promo__buyer_distinct__7d": 200.0})

    assert finding.score == 0.6


def test_a_large_office_is_not_flagged_for_its_address() -> None:
    assert shared_identity().assess({"address_unit__buyer_distinct__30d": 300.0}).score < 0.5


def test_one_origin_trying_many_cards_is_held() -> None:
    assert card_testing().assess({"device__payment_distinct__24h": 6.0}).score == 0.9
