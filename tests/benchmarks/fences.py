"""How many places a second are found in 2,000 fences, and whether shapely finds the same.

Prints places a second of the index and of shapely's bulk query with prepared polygons in one run,
and the pairs of place and fence on which they differ. The fences have holes and several polygons,
some cross the antimeridian; a tenth of the places lie on a corner, an edge or a border of a hole.

Run ``python -m tests.benchmarks.fences [PLACES]``.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from features.fence_index import FenceIndex
from features.fences import Fence
from serving.cli.console import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Drawn = list[list[list[NDArray[np.float64]]]]

N_FENCES = 2_000
CORNERS = 200
HOLE_SHARE = 0.3
SECOND_SHARE = 0.2
OVER_THE_LINE = 0.02
BORDER_SHARE = 0.1
LARGEST_DEGREES = 1.0


def drawn_fences(n: int, corners: int, seed: int) -> tuple[list[Fence], Drawn]:
    """Draw star-shaped fences over East Asia, and some across the antimeridian.

    Returns
    -------
    tuple
        Fences, and the rings of their polygons.
    """
    random = np.random.default_rng(seed)
    drawn: Drawn = []
    for _ in range(n):
        lon = 180.0 if random.random() < OVER_THE_LINE else random.uniform(75, 130)
        centre = np.array([lon, random.uniform(20, 50)])
        size = random.uniform(0.5, 1.0) * LARGEST_DEGREES
        polygons = [[star(random, centre, size, corners)]]
        if random.random() < HOLE_SHARE:
            polygons[0].append(star(random, centre, 0.4 * size, corners // 4))
        if random.random() < SECOND_SHARE:
            beside = centre + np.array([2.2 * LARGEST_DEGREES, 0])
            polygons.append([star(random, beside, size, corners)])
        drawn.append(polygons)
    fences = [
        Fence(tuple(tuple(tuple(map(tuple, ring.tolist())) for ring in one) for one in polygons))
        for polygons in drawn
    ]
    return fences, drawn


def star(
    random: np.random.Generator, centre: NDArray[np.float64], size: float, corners: int
) -> NDArray[np.float64]:
    """Draw a ring around a centre."""
    steps = np.arange(corners) / corners
    angles = 2 * np.pi * (steps + 0.5 / corners * random.random(corners))
    radii = size * random.uniform(0.7, 1.0, corners)
    ring = centre + radii[:, None] * np.c_[np.cos(angles), np.sin(angles)]
    return np.asarray(ring)


def drawn_places(
    drawn: Drawn, n: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw places around the fences; a tenth lie on their borders, or next to them."""
    random = np.random.default_rng(seed)
    lats, lons = random.uniform(19, 51, n), random.uniform(74, 134, n)
    rings = [ring for polygons in drawn for polygon in polygons for ring in polygon]
    for place in range(int(n * BORDER_SHARE)):
        ring = rings[random.integers(len(rings))]
        at = random.integers(len(ring))
        one, other = ring[at], ring[(at + 1) % len(ring)]
        share = random.choice([0.0, 0.5, random.random()])
        lon, lat = one + share * (other - one)
        lons[place], lats[place] = random.choice([lon, np.nextafter(lon, 400.0)]), lat
    beyond = random.random(n) < OVER_THE_LINE
    lons[beyond] = random.uniform(177, 183, int(beyond.sum()))
    # Written as data write them: from -180 to 180.
    return lats, np.where(lons >= 180.0, lons - 360.0, lons)


def shapely_pairs(
    drawn: Drawn, lats: NDArray[np.float64], lons: NDArray[np.float64]
) -> set[tuple[int, int]]:
    """Ask shapely for the same pairs, border included."""
    return _pairs(_queried(*_built(drawn), lats, lons))


def _built(drawn: Drawn) -> tuple[Any, Any]:
    import shapely

    shapes = [shapely.MultiPolygon([(one[0], one[1:]) for one in polygons]) for polygons in drawn]
    shapely.prepare(shapes)
    return shapely, shapely.STRtree(shapes)


def _queried(
    shapely: Any, tree: Any, lats: NDArray[np.float64], lons: NDArray[np.float64]
) -> list[Any]:
    """Query once as written, and once more for what lies beyond the antimeridian."""
    west = np.flatnonzero(lons < -90)
    here = tree.query(shapely.points(lons, lats), predicate="intersects")
    there = tree.query(shapely.points(lons[west] + 360.0, lats[west]), predicate="intersects")
    return [here, np.array([west[there[0]], there[1]])]


def _pairs(found: list[Any]) -> set[tuple[int, int]]:
    return {pair for part in found for pair in zip(*part.tolist(), strict=True)}


def main(n_places: int = 1_000_000) -> None:
    """Print places a second of both, their ratio and the pairs on which they differ."""
    fences, drawn = drawn_fences(N_FENCES, CORNERS, seed=1)
    lats, lons = drawn_places(drawn, n_places, seed=2)
    index = FenceIndex(fences)
    index.pairs(lats[:9], lons[:9])
    index.at(lats[0], lons[0])
    built = _built(drawn)

    started = time.process_time()
    points, found = index.pairs(lats, lons)
    ours = time.process_time() - started
    started = time.process_time()
    theirs = _queried(*built, lats, lons)
    peer = time.process_time() - started
    one = _seconds_a_place(index, lats, lons)

    differing = set(zip(points.tolist(), found.tolist(), strict=True)) ^ _pairs(theirs)
    say(f"fences {N_FENCES}, corners {CORNERS}, places {n_places:,}, pairs {len(points):,}")
    say(f"index    {n_places / ours:>10,.0f} places/s")
    say(f"shapely  {n_places / peer:>10,.0f} places/s, ratio {peer / ours:.1f}")
    say(f"one place alone {one * 1e6:.1f} us")
    say(f"differing pairs {len(differing)}")


def _seconds_a_place(
    index: FenceIndex, lats: NDArray[np.float64], lons: NDArray[np.float64], n: int = 20_000
) -> float:
    """CPU time of one place asked alone, as an order does."""
    pairs = list(zip(lats[:n].tolist(), lons[:n].tolist(), strict=True))
    started = time.process_time()
    for lat, lon in pairs:
        index.at(lat, lon)
    return (time.process_time() - started) / n


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
