"""Points against rings of corners, compiled: which side, inside or outside, how near.

References
----------
.. [1] J. R. Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric
   predicates", Discrete & Computational Geometry 18 (1997): the bound below which the sign of a
   turn is not sure, and the exact sums that decide it then.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from features.engines.compiling import kept

OUTSIDE: Final = 0
INSIDE: Final = 1
BORDER: Final = 2
METRES_PER_DEGREE: Final = math.radians(1.0) * 6_371_009.0
"""On the mean radius, as `features.lane.distance_km` has it."""

_UNSURE: Final = 3.3306690738754716e-16
"""A turn smaller than this share of its two products may have the wrong sign (reference 1)."""
_SPLITTER: Final = 134_217_729.0
"""2 ** 27 + 1 cuts a double in two halves whose products are exact."""
_TURNS: Final = np.array([0.0, 360.0, -360.0])
"""A place is looked for once around the globe in both directions."""
_TERMS: Final = 16


@kept(nogil=True)
def _two_sum(a: float, b: float) -> tuple[float, float]:
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@kept(nogil=True)
def _two_product(a: float, b: float) -> tuple[float, float]:
    product = a * b
    big = _SPLITTER * a
    a_high = big - (big - a)
    big = _SPLITTER * b
    b_high = big - (big - b)
    a_low, b_low = a - a_high, b - b_high
    return product, a_low * b_low - (
        ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
    )


@kept(nogil=True)
def _exact_side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Give the sign of the turn without any rounding."""
    one, two = _two_sum(ax, -x), _two_sum(by, -y)
    three, four = _two_sum(ay, -y), _two_sum(bx, -x)
    total = np.zeros(_TERMS + 1)
    n = 0
    for i in range(2):
        for j in range(2):
            for sign in range(2):
                if sign == 0:
                    product, rest = _two_product(one[i], two[j])
                else:
                    product, rest = _two_product(-three[i], four[j])
                for term in (rest, product):
                    carried = term
                    for k in range(n):
                        carried, total[k] = _two_sum(carried, total[k])
                    total[n] = carried
                    n += 1
    for k in range(n - 1, -1, -1):
        if total[k] != 0.0:
            return 1 if total[k] > 0.0 else -1
    return 0


@kept(nogil=True)
def side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> Any:
    """Tell where a point lies of the way from a to b: 1 on the left, -1 on the right, 0 on it.

    Examples
    --------
    >>> side(0.0, 0.0, 2.0, 0.0, 1.0, 1.0), side(0.0, 0.0, 3.0, 3.0, 0.1, 0.1)
    (1, 0)
    """
    left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
    turn = left - right
    if abs(turn) > _UNSURE * (abs(left) + abs(right)):
        return 1 if turn > 0.0 else -1
    return _exact_side(ax, ay, bx, by, x, y)


@kept(nogil=True)
def in_ring(corners: Any, begin: int, end: int, x: float, y: float) -> int:
    """Count the edges east of a point: `INSIDE` where the number is odd, `BORDER` on an edge.

    Parameters
    ----------
    corners
        Longitude and latitude, shape ``(n, 2)``; the ring is ``corners[begin:end]``, closed.
    """
    is_inside = False
    for i in range(begin, end - 1):
        ay, by = corners[i, 1], corners[i + 1, 1]
        if (ay > y and by > y) or (ay < y and by < y):
            continue
        ax, bx = corners[i, 0], corners[i + 1, 0]
        if ax < x and bx < x:
            continue
        if ay == y and by == y:
            if min(ax, bx) <= x:
                return BORDER
            continue
        if (ax == x and ay == y) or (bx == x and by == y):
            return BORDER
        if (ay > y) == (by > y):
            continue
        turn = side(ax, ay, bx, by, x, y)
        if turn == 0:
            return BORDER
        if (turn > 0) == (by > ay):
            is_inside = not is_inside
    return INSIDE if is_inside else OUTSIDE


@kept(nogil=True)
def in_polygon(corners: Any, rings: Any, begin: int, end: int, x: float, y: float) -> Any:
    """Look at the outer ring ``rings[begin]`` and the holes after it."""
    found = in_ring(corners, rings[begin], rings[begin + 1], x, y)
    if found != INSIDE:
        return found
    for hole in range(begin + 1, end):
        there = in_ring(corners, rings[hole], rings[hole + 1], x, y)
        if there != OUTSIDE:
            return BORDER if there == BORDER else OUTSIDE
    return INSIDE


@kept(nogil=True)
def is_near(corners: Any, begin: int, end: int, x: float, y: float, metres: float) -> bool:
    """Tell whether an edge of ``corners[begin:end]`` lies within some metres of a point."""
    up = METRES_PER_DEGREE
    along = up * math.cos(math.radians(y))
    for i in range(begin, end - 1):
        ax, ay = (corners[i, 0] - x) * along, (corners[i, 1] - y) * up
        dx = (corners[i + 1, 0] - corners[i, 0]) * along
        dy = (corners[i + 1, 1] - corners[i, 1]) * up
        length = dx * dx + dy * dy
        share = 0.0
        if length > 0.0:
            share = min(max(-(ax * dx + ay * dy) / length, 0.0), 1.0)
        near_x, near_y = ax + share * dx, ay + share * dy
        if near_x * near_x + near_y * near_y <= metres * metres:
            return True
    return False


@kept(nogil=True)
def find(layout: Any, lat: float, lon: float, metres: float, found: Any) -> int:
    """Write the fences that a circle meets into ``found``, in no order; gives their number."""
    corners, rings, polygons, boxes, of_fence, cells, members, grid = layout
    n = 0
    up = metres / METRES_PER_DEGREE
    wide = 0.0
    if metres > 0.0:
        flat = math.cos(math.radians(min(abs(lat) + up, 90.0)))
        wide = 360.0 if flat < 1e-9 else min(up / flat, 360.0)
    n_columns, n_rows = int(grid[4]), int(grid[5])
    for turn in range(3):
        x = lon + _TURNS[turn]
        if x + wide < grid[0] or x - wide > grid[2] or lat + up < grid[1] or lat - up > grid[3]:
            continue
        west = min(max(int((x - wide - grid[0]) * grid[6]), 0), n_columns - 1)
        east = min(max(int((x + wide - grid[0]) * grid[6]), 0), n_columns - 1)
        south = min(max(int((lat - up - grid[1]) * grid[7]), 0), n_rows - 1)
        north = min(max(int((lat + up - grid[1]) * grid[7]), 0), n_rows - 1)
        for row in range(south, north + 1):
            for column in range(west, east + 1):
                cell = row * n_columns + column
                for i in range(cells[cell], cells[cell + 1]):
                    part = members[i]
                    if x + wide < boxes[part, 0] or x - wide > boxes[part, 2]:
                        continue
                    if lat + up < boxes[part, 1] or lat - up > boxes[part, 3]:
                        continue
                    fence = of_fence[part]
                    is_known = False
                    for j in range(n):
                        is_known |= found[j] == fence
                    if is_known:
                        continue
                    first, last = polygons[part], polygons[part + 1]
                    if in_polygon(corners, rings, first, last, x, lat) != OUTSIDE or (
                        metres > 0.0 and _is_near_any(corners, rings, first, last, x, lat, metres)
                    ):
                        found[n] = fence
                        n += 1
    return n


@kept(nogil=True)
def _is_near_any(
    corners: Any, rings: Any, first: int, last: int, x: float, y: float, metres: float
) -> bool:
    """Tell whether a border of a polygon or of its holes lies within some metres."""
    for ring in range(first, last):
        if is_near(corners, rings[ring], rings[ring + 1], x, y, metres):
            return True
    return False


@kept(nogil=True)
def find_many(layout: Any, lats: Any, lons: Any, metres: Any, n_fences: int) -> Any:
    """Give pairs of point and fence, shape ``(n_pairs, 2)``, points ascending."""
    pairs = np.empty((max(4 * lats.size, n_fences), 2), np.int64)
    found = np.empty(n_fences, np.int64)
    n = 0
    for point in range(lats.size):
        if not (math.isfinite(lats[point]) and math.isfinite(lons[point])):
            continue
        hits = find(layout, lats[point], lons[point], metres[point], found)
        if n + hits > pairs.shape[0]:
            wider = np.empty((2 * pairs.shape[0] + hits, 2), np.int64)
            wider[:n] = pairs[:n]
            pairs = wider
        for fence in np.sort(found[:hits]):
            pairs[n, 0], pairs[n, 1] = point, fence
            n += 1
    return pairs[:n]


@kept(nogil=True)
def first_crossing(corners: Any, begin: int, end: int) -> int:
    """Give the first edge of a closed ring that meets one it is not joined to, or -1."""
    n = end - begin - 1
    for i in range(n - 1):
        for j in range(i + 1, n):
            is_joined = j == i + 1 or (i == 0 and j == n - 1)
            if do_meet(corners, begin + i, corners, begin + j, is_joined):
                return i
    return -1


@kept(nogil=True)
def do_meet(one: Any, i: int, other: Any, j: int, is_joined: bool) -> Any:
    """Tell whether two edges have a point in common, beyond the corner that joins them."""
    ax, ay, bx, by = one[i, 0], one[i, 1], one[i + 1, 0], one[i + 1, 1]
    cx, cy, dx, dy = other[j, 0], other[j, 1], other[j + 1, 0], other[j + 1, 1]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    of_c, of_d = side(ax, ay, bx, by, cx, cy), side(ax, ay, bx, by, dx, dy)
    of_a, of_b = side(cx, cy, dx, dy, ax, ay), side(cx, cy, dx, dy, bx, by)
    if is_joined:
        if of_c != 0 or of_d != 0:
            return False
        # On one line: joined edges meet beyond their corner when they run back over each other.
        if bx == cx and by == cy:
            return (ax - bx) * (dx - cx) + (ay - by) * (dy - cy) > 0.0
        return (bx - ax) * (cx - dx) + (by - ay) * (cy - dy) > 0.0
    return of_c * of_d <= 0 and of_a * of_b <= 0


@kept(nogil=True)
def do_cross(one: Any, i: int, other: Any, j: int) -> Any:
    """Tell whether two edges pass through each other, so that both sides lie on both sides."""
    ax, ay, bx, by = one[i, 0], one[i, 1], one[i + 1, 0], one[i + 1, 1]
    cx, cy, dx, dy = other[j, 0], other[j, 1], other[j + 1, 0], other[j + 1, 1]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    return (
        side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) < 0
        and side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) < 0
    )


@kept(nogil=True)
def any_crossing(one: Any, ones: Any, other: Any, others: Any) -> bool:
    """Tell whether an edge of some rings passes through an edge of others."""
    for ring in range(ones.size - 1):
        for i in range(ones[ring], ones[ring + 1] - 1):
            for opposite in range(others.size - 1):
                for j in range(others[opposite], others[opposite + 1] - 1):
                    if do_cross(one, i, other, j):
                        return True
    return False
