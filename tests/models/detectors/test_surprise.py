from __future__ import annotations

import pytest

from models.detectors.surprise import Surprise

ODD = {
    "buyer__value_minor__zscore_90d": 40.0,
    "buyer__n_units__zscore_90d": 40.0,
    "device__order_count__1h": 4.0,
    "device__order_count__30d": 4.0,
    "device__order_count__24h": 4.0,
}


def test_one_deviation_alone_never_flags_however_large() -> None:
    assert Surprise().assess({"buyer__value_minor__zscore_90d": 1e9}).score == 0.0


def test_several_together_do() -> None:
    finding = Surprise().assess(ODD)

    assert finding.score == pytest.approx(0.593, abs=0.001)
    assert {r.code for r in finding.reasons} == {
        "surprise_value",
        "surprise_units",
        "surprise_device",
    }


@pytest.mark.parametrize("side", [-1.0, -40.0])
def test_less_than_usual_is_no_surprise(side: float) -> None:
    below = {name: side for name in ODD if "zscore" in name}

    assert Surprise().assess(below).score == 0.0


def test_a_busy_origin_is_measured_by_its_own_month() -> None:
    values = {"shop__value_minor__zscore_30d": 30.0, "shop__n_units__zscore_30d": 30.0}
    burst = {"ip__order_count__1h": 20.0, "ip__order_count__24h": 20.0}

    new = Surprise().assess(values | burst | {"ip__order_count__30d": 20.0})
    busy = Surprise().assess(values | burst | {"ip__order_count__30d": 14_400.0})

    assert "surprise_ip" in {r.code for r in new.reasons}
    assert "surprise_ip" not in {r.code for r in busy.reasons}
    assert busy.score <= new.score
