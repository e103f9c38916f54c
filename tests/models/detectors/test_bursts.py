from __future__ import annotations

import pytest

from models.detectors.bursts import OrderBurst
from models.thresholds import BURSTS


def ip(
    n_10m: float = 0.0, n_1h: float = 0.0, n_24h: float = 0.0, n_30d: float = 0.0, **more: float
) -> dict[str, float]:
    return {
        "ip__order_count__10m": n_10m,
        "ip__order_count__1h": n_1h,
        "ip__order_count__24h": n_24h,
        "ip__order_count__30d": n_30d,
    } | more


def test_one_order_is_no_burst() -> None:
    assert OrderBurst().assess(ip()).score == 0.0


def test_the_order_itself_counts_towards_the_limit() -> None:
    warn = BURSTS["ip__order_count__10m"].warn

    assert OrderBurst().assess(ip(n_10m=warn - 2)).score == 0.0
    assert OrderBurst().assess(ip(n_10m=warn - 1)).score == 0.5


def test_more_orders_never_lower_the_score() -> None:
    scores = [OrderBurst().assess(ip(n_10m=n, n_1h=n)).score for n in range(40)]

    assert scores == sorted(scores)


def test_an_origin_that_is_always_busy_is_measured_against_itself() -> None:
    stranger = OrderBurst().assess(ip(n_1h=11, n_24h=11, n_30d=11))
    regular = OrderBurst().assess(ip(n_1h=11, n_24h=100, n_30d=3000))

    assert stranger.score > 0.8
    assert regular.score == 0.0


def test_a_rush_in_the_whole_shop_lifts_only_what_is_usual() -> None:
    rush = {"shop__order_count__1h": 500.0, "shop__order_count__24h": 2000.0,
            "shop__order_count__30d": 30000.0}  # fmt: skip

    stranger = OrderBurst().assess(ip(n_1h=11, n_24h=11, n_30d=11) | rush)

    assert stranger.score > 0.8


def test_a_run_on_a_product_alone_is_never_flagged() -> None:
    finding = OrderBurst().assess({"sku__order_count__1h": 5000.0})

    assert 0.0 < finding.score < 0.5


@pytest.mark.parametrize("subject", ["device", "phone", "buyer", "payment", "address_unit"])
def test_every_origin_has_its_own_reason(subject: str) -> None:
    finding = OrderBurst().assess({f"{subject}__order_count__1h": 30.0})

    assert finding.score > 0.9
    assert [reason.code for reason in finding.reasons] == [f"burst_{subject}"]
    assert finding.reasons[0].value == 31.0


def test_the_order_before_is_linked_when_the_burst_is_found() -> None:
    last: dict[str, float | str | None] = {"ip__order_key__last_1h": "m/c/s/2"}

    assert OrderBurst().assess(last | ip(n_10m=3.0)).linked == ("m/c/s/2",)
    assert OrderBurst().assess(last | ip(n_10m=1.0)).linked == ()
