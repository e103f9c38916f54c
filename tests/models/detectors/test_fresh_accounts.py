from __future__ import annotations

from models.detectors.fresh_accounts import FreshAccount


def on_a_device(own: float, others: float, n_1h: float) -> dict[str, float | str | None]:
    return {
        "buyer__order_count__90d": own,
        "device__buyer_distinct__24h": others,
        "device__order_count__1h": n_1h,
        "device__order_key__last_1h": "m/c/s/1",
    }


def test_a_new_buyer_on_a_device_just_used_by_another_is_flagged() -> None:
    finding = FreshAccount().assess(on_a_device(own=0, others=1, n_1h=1))

    assert finding.score == 0.5
    assert finding.linked == ("m/c/s/1",)


def test_a_buyer_who_comes_back_is_left_alone() -> None:
    assert FreshAccount().assess(on_a_device(own=1, others=1, n_1h=1)).score == 0.0


def test_a_device_of_ones_own_is_left_alone() -> None:
    assert FreshAccount().assess(on_a_device(own=0, others=0, n_1h=0)).score == 0.0


def test_a_device_that_rested_for_an_hour_is_left_alone() -> None:
    assert FreshAccount().assess(on_a_device(own=0, others=1, n_1h=0)).score == 0.0
