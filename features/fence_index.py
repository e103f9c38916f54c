"""Many fences at once: which of them hold a place, and what is wrong with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from features import fence_kernel as kernel
from features.errors import FenceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Places = NDArray[np.int64]

Ring = tuple[tuple[float, float], ...]
Polygon = tuple[Ring, ...]
"""Its outer ring and then its holes; corners are (longitude, latitude)."""

MOST_CELLS: Final = 256
"""Cells of the grid in each direction: lists of large fences stay small in memory."""
CELLS_A_POLYGON: Final = 2.0


class Area(Protocol):
    """What may be laid out, such as a `features.fences.Fence`."""

    @property
    def polygons(self) -> tuple[Polygon, ...]:
        """Its parts."""


@dataclass(frozen=True)
class _Part:
    """One polygon: its fence, corners and where each of its rings begins."""

    fence: int
    corners: NDArray[np.float64]
    rings: Places


class FenceIndex:
    """Fences under a grid, so that a place is compared with those near it only.

    Parameters
    ----------
    fences
        In any order; None holds no place.

    Examples
    --------
    >>> from features.fences import Fence
    >>> west = Fence(((((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),),))
    >>> east = Fence(((((1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0)),),))
    >>> index = FenceIndex([west, None, east])
    >>> index.at(0.5, 0.2).tolist(), index.at(0.5, 1.0).tolist(), index.at(0.5, 0.99, 2e3).tolist()
    ([0], [0, 2], [0, 2])
    """

    def __init__(self, fences: Sequence[Area | None]) -> None:
        self._n_fences = len(fences)
        self._parts = [
            _laid(at, polygon)
            for at, fence in enumerate(fences)
            if fence is not None
            for polygon in fence.polygons
        ]

    def at(self, lat: float, lon: float, radius_m: float = 0.0) -> Places:
        """Give the fences that a place lies in, or that a circle around it meets.

        Parameters
        ----------
        lat, lon
            The place; one that is no number lies in none.
        radius_m
            Radius of the circle in metres, 0 for the place itself.

        Returns
        -------
        array
            Positions of the fences, ascending.
        """
        if not self._parts or not (math.isfinite(lat) and math.isfinite(lon)):
            return np.empty(0, np.int64)
        found = np.empty(self._n_fences, np.int64)
        n = kernel.find(self._layout, float(lat), _wrapped(lon), float(radius_m), found)
        found = found[:n]
        found.sort()
        return found

    def pairs(
        self,
        lats: NDArray[np.float64],
        lons: NDArray[np.float64],
        radius_m: NDArray[np.float64] | float = 0.0,
    ) -> tuple[Places, Places]:
        """Give the same for many places.

        Parameters
        ----------
        lats, lons
            Places, shape ``(n,)``; what is not finite lies in no fence.
        radius_m
            Radius of each circle, or of all.

        Returns
        -------
        tuple
            Positions of places, ascending, and beside each of them one of its fences.
        """
        if not self._parts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        lons = np.asarray(lons, np.float64)
        wide = np.isfinite(lons) & ((lons < -180.0) | (lons >= 180.0))
        if wide.any():
            lons = np.where(wide, (lons + 180.0) % 360.0 - 180.0, lons)
        metres = np.broadcast_to(np.asarray(radius_m, np.float64), lons.shape)
        found = kernel.find_many(
            self._layout, np.asarray(lats, np.float64), lons, metres, self._n_fences
        )
        return found[:, 0], found[:, 1]

    def check(self) -> None:
        """Refuse rings that meet themselves and holes that leave their polygon.

        Raises
        ------
        FenceError
            Naming the fault and a corner near it.
        """
        for part in self._parts:
            for ring, (begin, end) in enumerate(_rings(part)):
                edge = kernel.first_crossing(part.corners, begin, end)
                if edge >= 0:
                    lon, lat = part.corners[begin + edge].tolist()
                    what = "outer ring" if ring == 0 else f"hole {ring}"
                    raise FenceError(f"the {what} of a fence meets itself near [{lon:g}, {lat:g}]")
                if ring and not _is_inside(part, begin, end):
                    raise FenceError(f"hole {ring} of a fence leaves its polygon")

    def overlaps(self) -> Iterator[tuple[int, int]]:
        """Give the pairs of fences that have more than a border in common."""
        low = np.array([part.corners.min(axis=0) for part in self._parts]).reshape(-1, 2)
        high = np.array([part.corners.max(axis=0) for part in self._parts]).reshape(-1, 2)
        seen: set[tuple[int, int]] = set()
        for i, one in enumerate(self._parts):
            are_near = ((low < high[i]) & (high > low[i])).all(axis=1)
            for j in (i + 1 + np.flatnonzero(are_near[i + 1 :])).tolist():
                other = self._parts[j]
                pair = (one.fence, other.fence)
                if one.fence != other.fence and pair not in seen and _do_overlap(one, other):
                    seen.add(pair)
                    yield pair

    @cached_property
    def _layout(self) -> tuple[Any, ...]:
        """Arrays as `features.fence_kernel.find` takes them."""
        ends = np.cumsum([0, *(len(part.corners) for part in self._parts)])
        starts = [part.rings[:-1] + end for part, end in zip(self._parts, ends, strict=False)]
        rings = np.concatenate([*starts, ends[-1:]])
        polygons = np.cumsum([0, *(len(part.rings) - 1 for part in self._parts)])
        boxes = np.array(
            [[*part.corners.min(axis=0), *part.corners.max(axis=0)] for part in self._parts]
        )
        of_fence = np.array([part.fence for part in self._parts])
        corners = np.concatenate([part.corners for part in self._parts])
        return (corners, rings, polygons, boxes, of_fence, *_grid(boxes))


def _laid(fence: int, polygon: Polygon) -> _Part:
    """Lay out one polygon, its rings closed."""
    closed = [ring if ring[0] == ring[-1] else (*ring, ring[0]) for ring in polygon]
    corners = np.array([corner for ring in closed for corner in ring], np.float64)
    return _Part(fence, corners, np.cumsum([0, *map(len, closed)]))


def _rings(part: _Part) -> list[tuple[int, int]]:
    return list(pairwise(part.rings.tolist()))


def _wrapped(lon: float) -> float:
    """Give a longitude from -180 up to but not 180."""
    lon = float(lon)
    return lon if -180.0 <= lon < 180.0 else (lon + 180.0) % 360.0 - 180.0


def _grid(boxes: NDArray[np.float64]) -> tuple[Places, Places, NDArray[np.float64]]:
    """Sort boxes into cells: where each cell's list begins, the lists, and the grid itself."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    n = min(max(math.ceil(math.sqrt(CELLS_A_POLYGON * len(boxes))), 1), MOST_CELLS)
    scale = n / np.maximum(high - low, 1e-9)
    first = np.clip(((boxes[:, :2] - low) * scale).astype(np.int64), 0, n - 1)
    last = np.clip(((boxes[:, 2:] - low) * scale).astype(np.int64), 0, n - 1)
    lists: list[list[int]] = [[] for _ in range(n * n)]
    for polygon, ((west, south), (east, north)) in enumerate(
        zip(first.tolist(), last.tolist(), strict=True)
    ):
        for row in range(south, north + 1):
            for cell in range(row * n + west, row * n + east + 1):
                lists[cell].append(polygon)
    cells = np.cumsum([0, *map(len, lists)])
    members = np.array([polygon for found in lists for polygon in found], np.int64)
    return cells, members, np.array([*low, *high, n, n, *scale])


def _is_inside(part: _Part, begin: int, end: int) -> bool:
    """Tell whether a hole lies in the outer ring, whose border it may touch."""
    outer = int(part.rings[0]), int(part.rings[1])
    hole = part.corners[begin:end]
    if any(kernel.in_ring(part.corners, *outer, lon, lat) == kernel.OUTSIDE for lon, lat in hole):
        return False
    ring, around = np.array([begin, end]), np.array(outer)
    return not kernel.any_crossing(part.corners, ring, part.corners, around)


def _do_overlap(one: _Part, other: _Part) -> bool:
    """Tell whether two polygons have an area in common.

    Where no edges cross, what lies inside both does not change between two neighbouring corners,
    so that one line half-way between them tells.
    """
    if kernel.any_crossing(one.corners, one.rings, other.corners, other.rings):
        return True
    lats = np.unique(np.concatenate([one.corners[:, 1], other.corners[:, 1]]))
    for lat in ((lats[1:] + lats[:-1]) / 2).tolist():
        theirs = _inside_at(other, lat)
        for west, east in _inside_at(one, lat):
            if any(max(west, w) < min(east, e) for w, e in theirs):
                return True
    return False


def _inside_at(part: _Part, lat: float) -> list[tuple[float, float]]:
    """Give the stretches of a line of latitude, off all corners, that lie inside a polygon."""
    found: list[float] = []
    for begin, end in _rings(part):
        a, b = part.corners[begin : end - 1], part.corners[begin + 1 : end]
        cut = (a[:, 1] > lat) != (b[:, 1] > lat)
        a, b = a[cut], b[cut]
        at = a[:, 0] + (lat - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
        found += at.tolist()
    found.sort()
    return list(zip(found[::2], found[1::2], strict=True))
