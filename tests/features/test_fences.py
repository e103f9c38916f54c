from __future__ import annotations

import json

import pytest

from features.errors import FenceError
from features.fences import Fence

OUTER: list[list[float]] = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE: list[list[float]] = [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]
ISLAND: list[list[float]] = [[10, 10], [11, 10], [11, 11], [10, 10]]


def polygon(*rings: list[list[float]]) -> Fence:
    return Fence.from_geojson(json.dumps({"type": "Polygon", "coordinates": list(rings)}))


@pytest.mark.parametrize(
    ("lat", "lon", "inside"),
    [(0.5, 0.5, True), (2.0, 2.0, False), (3.5, 2.0, True), (5.0, 2.0, False)],
    ids=["between", "in the hole", "beyond the hole", "outside"],
)
def test_holes_are_left_out(lat: float, lon: float, inside: bool) -> None:
    assert polygon(OUTER, HOLE).holds(lat=lat, lon=lon) is inside


def test_any_polygon_of_several_counts() -> None:
    text = json.dumps({"type": "MultiPolygon", "coordinates": [[OUTER], [ISLAND]]})

    fence = Fence.from_geojson(text)

    assert fence.holds(lat=10.2, lon=10.9)
    assert not fence.holds(lat=10.9, lon=10.2)


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
