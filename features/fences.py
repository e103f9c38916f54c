"""Areas that outlets serve: GeoJSON polygons with holes, and whether a place lies inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from features.errors import FenceError

if TYPE_CHECKING:
    from collections.abc import Sequence

Ring = tuple[tuple[float, float], ...]
LEAST_CORNERS: Final = 3


@dataclass(frozen=True)
class Fence:
    """An area on the map.

    Parameters
    ----------
    polygons
        Each a tuple of rings, the outer one first and then its holes; corners are (longitude,
        latitude), WGS-84.

    Examples
    --------
    >>> square = '{"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}'
    >>> Fence.from_geojson(square).holds(lat=1.0, lon=1.0)
    True
    """

    polygons: tuple[tuple[Ring, ...], ...]

    @classmethod
    def from_geojson(cls, text: str) -> Fence:
        """Read a GeoJSON ``Polygon`` or ``MultiPolygon``.

        Raises
        ------
        FenceError
            When it is no such geometry, or a ring has fewer than three corners.

        Examples
        --------
        >>> Fence.from_geojson('{"type": "Point", "coordinates": [1, 2]}')
        Traceback (most recent call last):
        ...
        features.errors.FenceError: a fence is a GeoJSON Polygon or MultiPolygon, not 'Point'
        """
        try:
            geometry = json.loads(text)
            kind = geometry["type"]
        except (ValueError, TypeError, KeyError):
            raise FenceError("a fence is a GeoJSON geometry with a type") from None
        if kind == "Polygon":
            parts = [geometry.get("coordinates")]
        elif kind == "MultiPolygon":
            parts = geometry.get("coordinates")
        else:
            raise FenceError(f"a fence is a GeoJSON Polygon or MultiPolygon, not {kind!r}")
        return cls(tuple(_polygon(part) for part in parts or [None]))

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Smallest and largest longitude, then latitude."""
        corners = [corner for rings in self.polygons for corner in rings[0]]
        lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
        return min(lons), max(lons), min(lats), max(lats)

    def holds(self, *, lat: float, lon: float) -> bool:
        """Tell whether a place lies inside, holes left out."""
        west, east, south, north = self.box
        if not (west <= lon <= east and south <= lat <= north):
            return False
        return any(_within(rings, lat, lon) for rings in self.polygons)


def _polygon(part: Any) -> tuple[Ring, ...]:
    """Read the rings of one polygon."""
    try:
        rings = tuple(tuple((float(lon), float(lat)) for lon, lat, *_ in ring) for ring in part)
    except (TypeError, ValueError):
        raise FenceError("a ring of a fence is a list of [longitude, latitude]") from None
    if not rings or any(len(set(ring)) < LEAST_CORNERS for ring in rings):
        raise FenceError("a ring of a fence needs at least three different corners")
    return rings


def _within(rings: Sequence[Ring], lat: float, lon: float) -> bool:
    """Tell whether a place lies in the outer ring and in none of the holes."""
    return _in_ring(rings[0], lat, lon) and not any(_in_ring(hole, lat, lon) for hole in rings[1:])


def _in_ring(ring: Ring, lat: float, lon: float) -> bool:
    """Count the borders that a ray to the east crosses: inside when the number is odd."""
    inside = False
    before_lon, before_lat = ring[-1]
    for at_lon, at_lat in ring:
        if (at_lat > lat) != (before_lat > lat):
            crossing = at_lon + (lat - at_lat) / (before_lat - at_lat) * (before_lon - at_lon)
            inside ^= lon < crossing
        before_lon, before_lat = at_lon, at_lat
    return inside
