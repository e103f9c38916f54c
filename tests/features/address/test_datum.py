from __future__ import annotations

from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.address.datum import (
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)

METRES_PER_DEGREE = 111_320.0


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    north = (a[0] - b[0]) * METRES_PER_DEGREE
    return hypot(north, (a[1] - b[1]) * METRES_PER_DEGREE * cos(radians(a[0])))


@given(st.floats(18.0, 53.0), st.floats(74.0, 135.0))
def test_there_and_back_is_within_a_centimetre(lat: float, lon: float) -> None:
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon))

    assert metres((lat, lon), back) < 0.01


@given(st.floats(18.0, 53.0), st.floats(74.0, 135.0))
def test_there_and_back_by_baidu_is_within_a_centimetre(lat: float, lon: float) -> None:
    back = bd09_to_wgs84(*gcj02_to_bd09(*wgs84_to_gcj02(lat, lon)))

    assert metres((lat, lon), back) < 0.01


def test_baidu_shifts_by_a_kilometre() -> None:
    wgs84 = (39.9087, 116.3975)

    assert metres(wgs84, gcj02_to_bd09(*wgs84_to_gcj02(*wgs84))) == pytest.approx(1_200, abs=300)


def test_tiananmen_is_shifted_by_half_a_kilometre() -> None:
    wgs84 = (39.9087, 116.3975)

    assert metres(wgs84, wgs84_to_gcj02(*wgs84)) == pytest.approx(550, abs=80)


def test_nothing_is_shifted_abroad() -> None:
    assert wgs84_to_gcj02(48.85, 2.35) == (48.85, 2.35)
    assert gcj02_to_wgs84(40.71, -74.0) == (40.71, -74.0)
    assert gcj02_to_bd09(48.85, 2.35) == (48.85, 2.35)
