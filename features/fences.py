"""Areas that outlets serve: GeoJSON polygons with holes, and whether a place lies inside."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from features.errors import FenceError

if TYPE_CHECKING:
    from features.fence_index import FenceIndex, Polygon, Ring

LEAST_CORNERS: Final = 3
HALF_TURN: Final = 180.0
TURN: Final = 360.0
POLE: Final = 90.0


@dataclass(frozen=True)
class Fence:
    """An area on the map.

    Parameters
    ----------
    polygons
        Each a tuple of rings, the outer one first and then its holes; corners are (longitude,
        latitude), WGS-84. East of the antimeridian longitudes go on beyond 180.

    Notes
    -----
    A border belongs to the area on its inner side, that of a hole too: a place on the border of
    two neighbours lies in both. Edges are straight in degrees, as GeoJSON has them. Answers are
    exact: no place near an edge falls on its wrong side by rounding.

    Examples
    --------
    >>> square = '{"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}'
    >>> fence = Fence.from_geojson(square)
    >>> fence.holds(lat=1.0, lon=1.0), fence.holds(lat=2.0, lon=1.0), fence.holds(lat=1.0, lon=2.1)
    (True, True, False)
    """

    polygons: tuple[Polygon, ...]

    @classmethod
    def from_geojson(cls, text: str) -> Fence:
        """Read a GeoJSON ``Polygon`` or ``MultiPolygon``.

        A ring need not repeat its first corner. Corners that lie more than half the globe apart
        cross the antimeridian.

        Raises
        ------
        FenceError
            When it is no such geometry; when a ring has fewer than three corners, leaves the
            globe, or meets itself; when a hole leaves its polygon.

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
        fence = cls(tuple(_polygon(part) for part in parts or [None]))
        fence.index.check()
        return fence

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Smallest and largest longitude, then latitude."""
        corners = [corner for rings in self.polygons for corner in rings[0]]
        lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
        return min(lons), max(lons), min(lats), max(lats)

    def holds(self, *, lat: float, lon: float) -> bool:
        """Tell whether a place lies inside or on the border, holes left out."""
        return self.touches(lat=lat, lon=lon, radius_m=0.0)

    def touches(self, *, lat: float, lon: float, radius_m: float) -> bool:
        """Tell whether a circle meets the area: a place that is known to within some metres.

        Parameters
        ----------
        lat, lon
            Its centre.
        radius_m
            Metres, measured on a plane that touches the globe there.

        Examples
        --------
        >>> fence = Fence(((((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),),))
        >>> [fence.touches(lat=0.5, lon=1.01, radius_m=metres) for metres in (1_000.0, 1_200.0)]
        [False, True]
        """
        return len(self.index.at(lat, lon, radius_m)) > 0

    @cached_property
    def index(self) -> FenceIndex:
        """The area, laid out for compiled code."""
        from features.fence_index import FenceIndex

        return FenceIndex([self])


def _polygon(part: Any) -> Polygon:
    """Read the rings of one polygon."""
    try:
        rings = [[(float(lon), float(lat)) for lon, lat, *_ in ring] for ring in part]
    except (TypeError, ValueError):
        raise FenceError("a ring of a fence is a list of [longitude, latitude]") from None
    if not rings or any(len(set(ring)) < LEAST_CORNERS for ring in rings):
        raise FenceError("a ring of a fence needs at least three different corners")
    outer, *holes = [_unwound(_checked(ring)) for ring in rings]
    return tuple(_beside(ring, outer) for ring in (outer, *holes))


def _checked(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Refuse corners that are on no globe."""
    for lon, lat in ring:
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise FenceError("a corner of a fence is not a number")
        if abs(lat) > POLE:
            raise FenceError(
                f"a corner of a fence has the latitude {lat:g}: GeoJSON writes the longitude first"
            )
        if abs(lon) > TURN:
            raise FenceError(f"a corner of a fence has the longitude {lon:g}, beyond 360")
    return ring


def _unwound(ring: list[tuple[float, float]]) -> Ring:
    """Close a ring without repeated corners, and let it go on beyond the antimeridian."""
    found = [ring[0]]
    turns = 0.0
    for (before, _), (lon, lat) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if HALF_TURN < abs(lon - before) < TURN:
            turns += TURN if lon < before else -TURN
        corner = (lon + turns, lat)
        if corner != found[-1]:
            found.append(corner)
    if found[-1] != found[0]:
        raise FenceError("a ring of a fence goes around a pole: cut it at the antimeridian")
    return tuple(found)


def _beside(ring: Ring, outer: Ring) -> Ring:
    """Turn a ring around the globe until it lies where its polygon does, west end in -180..180."""
    west = min(lon for lon, _ in outer)
    turns = -TURN * math.floor((west + HALF_TURN) / TURN)
    own = min(lon for lon, _ in ring) + turns
    if ring is not outer and own < west + turns:
        turns += TURN
    return tuple((lon + turns, lat) for lon, lat in ring) if turns else ring
