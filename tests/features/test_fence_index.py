from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.fence_index import FenceIndex
from features.fences import Fence
from features.lane import distance_km
from tests.benchmarks.fences import drawn_fences, drawn_places, shapely_pairs


def square(west: float, south: float, size: float = 1.0) -> Fence:
    east, north = west + size, south + size
    return Fence(((((west, south), (east, south), (east, north), (west, north)),),))


def test_places_are_found_in_every_fence_that_holds_them() -> None:
    index = FenceIndex([square(0, 0), None, square(1, 0), square(0, 0, 9), square(50, 50)])

    points, fences = index.pairs(np.array([0.5, 0.5, 70.0, 50.5]), np.array([1.0, 0.5, 1.0, 50.5]))

    assert list(zip(points.tolist(), fences.tolist(), strict=True)) == [
        (0, 0),
        (0, 2),
        (0, 3),
        (1, 0),
        (1, 3),
        (3, 4),
    ]


@pytest.mark.parametrize("missing", [float("nan"), float("inf")])
def test_a_place_without_coordinates_lies_in_no_fence(missing: float) -> None:
    index = FenceIndex([square(0, 0)])

    assert index.at(missing, 0.5).tolist() == []
    assert len(index.pairs(np.array([0.5]), np.array([missing]))[0]) == 0


def test_no_fences_hold_nothing() -> None:
    assert FenceIndex([None, None]).at(1.0, 1.0).tolist() == []
    assert len(FenceIndex([]).pairs(np.zeros(2), np.zeros(2))[0]) == 0


def test_fences_and_places_agree_with_shapely() -> None:
    fences, drawn = drawn_fences(n=60, corners=40, seed=5)
    lats, lons = drawn_places(drawn, n=20_000, seed=6)

    points, found = FenceIndex(fences).pairs(lats, lons)

    ours = set(zip(points.tolist(), found.tolist(), strict=True))
    assert ours == shapely_pairs(drawn, lats, lons)
    assert len(ours) > 1_000


@given(
    lat=st.floats(-80, 80),
    lon=st.floats(-180, 180),
    bearing=st.floats(0, 2 * np.pi),
    metres=st.floats(1, 20_000),
)
def test_circles_measure_as_the_globe_does(
    lat: float, lon: float, bearing: float, metres: float
) -> None:
    degrees = metres / 111_195.0
    speck = square(
        lon + degrees * np.sin(bearing) / np.cos(np.radians(lat)),
        lat + degrees * np.cos(bearing),
        1e-9,
    )
    corner = speck.polygons[0][0][0]
    away = distance_km(*(np.array([v]) for v in (lat, lon, corner[1], corner[0])))[0] * 1000

    assert speck.touches(lat=lat, lon=lon, radius_m=away * 1.02 + 60)
    assert not speck.touches(lat=lat, lon=lon, radius_m=max(away * 0.98 - 60, 0))


def test_overlaps_are_more_than_a_common_border() -> None:
    ring = Fence(
        (
            (
                ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)),
                ((3.0, 3.0), (6.0, 3.0), (6.0, 6.0), (3.0, 6.0)),
            ),
        )
    )
    fences = [square(0, 0, 2), square(2, 0, 2), square(1, 1, 2), square(3, 3, 3), ring, ring]

    assert list(FenceIndex(fences).overlaps()) == [
        (0, 2),
        (0, 4),
        (0, 5),
        (1, 2),
        (1, 4),
        (1, 5),
        (2, 4),
        (2, 5),
        (4, 5),
    ]
