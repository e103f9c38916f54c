from __future__ import annotations

import math

import numpy as np
import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from features.lane import (
    LONGEST_HOURS,
    MICROS_PER_HOUR,
    distance_km,
    stretch,
    stretched_micro,
    unstretch,
)

latitudes = st.floats(-89, 89)
longitudes = st.floats(-180, 180)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_geopys_great_circle(a: float, b: float, c: float, d: float) -> None:
    found = distance_km(np.array([a]), np.array([b]), np.array([c]), np.array([d]))[0]

    assert found == pytest.approx(great_circle((a, b), (c, d)).km, abs=0.11)


def test_an_unknown_place_has_no_distance() -> None:
    here = np.array([31.0, np.nan])

    assert np.isnan(distance_km(here, here, here, here)).tolist() == [False, True]


@given(st.floats(-400, 400))
def test_stretching_can_be_undone(days: float) -> None:
    assert unstretch(stretch(np.array([days])))[0] == pytest.approx(days, abs=1e-9)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0, 0),
        (24, round(math.log(2) * 1e6)),
        (-24, -round(math.log(2) * 1e6)),
        (LONGEST_HOURS, round(math.log(401) * 1e6)),
        (LONGEST_HOURS + 999, round(math.log(401) * 1e6)),
    ],
    ids=["at once", "a day", "a day early", "the longest", "longer counts as the longest"],
)
def test_stretched_durations_are_whole_numbers(hours: int, expected: int) -> None:
    assert stretched_micro(np.array([hours * MICROS_PER_HOUR]))[0] == expected


@given(st.integers(-10_000 * 3_600_000_000, 10_000 * 3_600_000_000))
def test_one_and_many_agree_to_the_bit(micros: int) -> None:
    alone = stretched_micro(np.array([micros]))[0]

    assert stretched_micro(np.array([0, micros, 5]))[1] == alone
