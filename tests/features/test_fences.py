from __future__ import annotations

import json
from typing import Any

import pytest

from features.errors import FenceError
from features.fences import Fence

Corners = list[list[float]]

OUTER: Corners = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE: Corners = [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]
ISLAND: Corners = [[10, 10], [11, 10], [11, 11], [10, 10]]
METRES_A_DEGREE = 111_195.1


def polygon(*rings: Corners) -> Fence:
    return Fence.from_geojson(json.dumps({"type": "Polygon", "coordinates": list(rings)}))


@pytest.mark.parametrize(
    ("lat", "lon", "inside"),
    [
        (0.5, 0.5, True),
        (2.0, 2.0, False),
        (3.5, 2.0, True),
        (5.0, 2.0, False),
        (2.0, 4.0, True),
        (4.0, 4.0, True),
        (0.0, 2.0, True),
        (1.0, 2.0, True),
        (3.0, 3.0, True),
        (2.0, 4.0000000000000009, False),
        (4.0, 4.0000000000000009, False),
    ],
    ids=[
        "between",
        "in the hole",
        "beyond the hole",
        "outside",
        "on an edge",
        "on a corner",
        "on the southern edge",
        "on the border of the hole",
        "on a corner of the hole",
        "one step east of an edge",
        "one step east of a corner",
    ],
)
def test_holes_are_left_out_and_borders_belong_to_the_area(
    lat: float, lon: float, inside: bool
) -> None:
    assert polygon(OUTER, HOLE).holds(lat=lat, lon=lon) is inside


def test_any_polygon_of_several_counts() -> None:
    text = json.dumps({"type": "MultiPolygon", "coordinates": [[OUTER], [ISLAND]]})

    fence = Fence.from_geojson(text)

    assert fence.holds(lat=10.2, lon=10.9)
    assert not fence.holds(lat=10.9, lon=10.2)


def test_a_place_between_two_neighbours_lies_in_both() -> None:
    slanted: Corners = [[0.1, 0.1], [0.7, 0.7], [0.1, 0.7]]
    opposite: Corners = [[0.1, 0.1], [0.7, 0.1], [0.7, 0.7]]

    held = [polygon(ring).holds(lat=0.3, lon=0.3) for ring in (slanted, opposite)]

    assert held == [True, True]


@pytest.mark.parametrize(
    "ring",
    [
        [[179, -17], [-179, -17], [-179, -16], [179, -16]],
        [[-179, -17], [-179, -16], [179, -16], [179, -17]],
        [[179, -17], [181, -17], [181, -16], [179, -16]],
        [[-181, -17], [-179, -17], [-179, -16], [-181, -16]],
    ],
    ids=["jumps east", "jumps west", "goes on beyond 180", "begins before -180"],
)
@pytest.mark.parametrize(
    ("lon", "inside"),
    [(179.5, True), (-179.5, True), (180.0, True), (-180.0, True), (178.9, False), (0.0, False)],
)
def test_fences_cross_the_antimeridian(ring: Corners, lon: float, inside: bool) -> None:
    assert polygon(ring).holds(lat=-16.5, lon=lon) is inside


def test_a_fence_around_the_whole_globe_is_no_crossing() -> None:
    globe = polygon([[-180, -90], [180, -90], [180, 90], [-180, 90]])

    assert all(globe.holds(lat=10.0, lon=lon) for lon in (-180.0, -1.0, 0.0, 179.0, 180.0))


@pytest.mark.parametrize(
    ("lat", "lon", "metres", "touches"),
    [
        (2.0, 4.1, 0.1 * METRES_A_DEGREE, True),
        (2.0, 4.1, 0.0999 * METRES_A_DEGREE, False),
        (2.0, 2.0, 0.999 * METRES_A_DEGREE, False),
        (2.0, 2.0, METRES_A_DEGREE, True),
        (0.5, 0.5, 1.0, True),
        (-0.3, -0.4, 0.51 * METRES_A_DEGREE, True),
        (-0.3, -0.4, 0.49 * METRES_A_DEGREE, False),
    ],
    ids=[
        "reaches in",
        "falls short",
        "within the hole",
        "out of the hole",
        "inside",
        "around a corner",
        "short of the corner",
    ],
)
def test_the_error_circle_of_an_address_may_reach_in(
    lat: float, lon: float, metres: float, touches: bool
) -> None:
    assert polygon(OUTER, HOLE).touches(lat=lat, lon=lon, radius_m=metres) is touches


def test_circles_reach_over_the_antimeridian() -> None:
    fence = polygon([[179.0, 0], [180.0, 0], [180.0, 1], [179.0, 1]])

    touched = [fence.touches(lat=0.5, lon=-179.99, radius_m=metres) for metres in (1_200, 1_000)]

    assert touched == [True, False]


BOW_TIE: Corners = [[0, 0], [2, 2], [2, 0], [0, 2]]
SPIKE: Corners = [[0, 0], [4, 0], [4, 4], [4, 6], [4, 4], [0, 4]]
TOUCHING_ITSELF: Corners = [[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("no json", "GeoJSON geometry with a type"),
        ('{"type": "Point", "coordinates": [1, 2]}', "not 'Point'"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "at least three"),
        ('{"type": "Polygon", "coordinates": [["a"]]}', "list of [longitude, latitude]"),
        ('{"type": "Polygon"}', "list of [longitude, latitude]"),
        ('{"type": "MultiPolygon", "coordinates": []}', "list of [longitude, latitude]"),
    ],
)
def test_what_is_no_fence_is_refused_with_the_mend(text: str, mend: str) -> None:
    with pytest.raises(FenceError, match=mend.replace("[", r"\[")):
        Fence.from_geojson(text)


@pytest.mark.parametrize(
    ("rings", "fault"),
    [
        ([BOW_TIE], r"the outer ring of a fence meets itself near \[0, 0\]"),
        ([SPIKE], r"the outer ring of a fence meets itself near \[4, "),
        ([TOUCHING_ITSELF], "the outer ring of a fence meets itself"),
        ([OUTER, [[1, 1], [3, 3], [3, 1], [1, 3]]], "hole 1 of a fence meets itself"),
        ([OUTER, [[3, 3], [5, 3], [5, 3.5], [3, 3.5]]], "hole 1 of a fence leaves its polygon"),
        ([[[31, 121], [31, 122], [32, 122]]], "latitude 121: GeoJSON writes the longitude first"),
        ([[[400, 1], [401, 1], [401, 2]]], "longitude 400, beyond 360"),
        ([[[0, 0], [float("nan"), 1], [1, 1]]], "not a number"),
        ([[[0, 80], [120, 80], [-120, 80]]], "goes around a pole"),
    ],
    ids=[
        "bow tie",
        "spike",
        "touching itself",
        "hole crossing itself",
        "hole outside",
        "swapped",
        "off the globe",
        "not a number",
        "pole",
    ],
)
def test_invalid_fences_name_the_fault(rings: Any, fault: str) -> None:
    with pytest.raises(FenceError, match=fault):
        polygon(*rings)
