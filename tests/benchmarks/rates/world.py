"""A world of outlets whose true first-attempt success is known.

Every outlet's true rate of a day is, in log odds,

    mean + carrier + city + outlet          lasting differences
    + swing of the carrier                  a slow wave that all its outlets share
    + drift of the outlet                   a slow wave of its own
    + shock                                 some days of trouble, now and then

Parcels of a day are Poisson. A success is known in the evening; of
the failures a part is known in the evening, the others when the parcel comes again or goes back.

Parameters and where they come from (log odds unless said otherwise)

| parameter | value | source |
|---|---|---|
| mean | 2.42 | 89.8 % in time on average: SCMS delivery history, US government open data |
| carrier_sd | 0.43 | spread between the four services of SCMS |
| city_sd, outlet_sd | 0.36 each | spread between the origins of Olist with 30 orders and more |
| wave_sd | 0.63 | spread between the months of Olist |
| wave_own | 0.1 of its variance | the outlet's own, the rest is its carrier's: ours |
| wave_keeps | 0.968 a day | Olist's step from month to month, 0.70 with that spread |
| shock_chance | 0.006 an outlet-day | ours: one in two quarters |
| shock_days | 4, geometric | ours |
| shock_points | 15 to 30 points | ours |
| told_at_once | 0.85 of failures | ours: the rest is known on a later day |
| next_days | 0.6, 0.25, 0.15 | ours: of those, after 1, 2 and 3 days |
| goes_back | 0.1 of failures | ours: never delivered |

The waves of the carriers add up to none on each day, so that worlds do not differ by luck. Spreads
are of log odds of lateness, binomial noise removed. Only these aggregated figures of Olist
(CC BY-NC-SA) are used, none of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.delivery.rates import share
from models.delivery.tree import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LATEST: Final = 4
"""Days after which every outcome is known."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the world is drawn from; see the module."""

    n_carriers: int = 6
    n_cities: int = 50
    n_outlets: int = 300
    n_days: int = 120
    parcels_a_day: float = 3.0
    mean: float = 2.42
    carrier_sd: float = 0.43
    city_sd: float = 0.36
    outlet_sd: float = 0.36
    wave_sd: float = 0.63
    wave_keeps: float = 0.968
    wave_own: float = 0.1
    shock_chance: float = 0.006
    shock_days: float = 4.0
    shock_points: tuple[float, float] = (0.15, 0.30)
    told_at_once: float = 0.85
    next_days: tuple[float, float, float] = (0.6, 0.25, 0.15)
    goes_back: float = 0.1


@dataclass(frozen=True)
class World:
    """What was drawn.

    Parameters
    ----------
    tree
        Carriers, cities and outlets.
    truth, plain
        True rate of each outlet and day, with and without shocks, ``(n_days, n_outlets)``.
    good, bad
        Parcels by the days until they were known, ``(LATEST + 1, n_days, n_outlets)``.
    delivered
        Failed parcels by the days until they were delivered all the same; those that went back
        are missing.
    """

    tree: Tree
    truth: Floats
    plain: Floats
    good: Floats
    bad: Floats
    delivered: Floats

    def known(self, kind: Floats, day: int) -> Floats:
        """Count what was known of each day on an evening, ``(day + 1, n_outlets)``."""
        ages = day - np.arange(day + 1)
        return sum(
            (kind[wait, : day + 1] * (ages >= wait)[:, None] for wait in range(LATEST + 1)),
            start=np.zeros_like(kind[0, : day + 1]),
        )


def draw_world(seed: int, how: Parameters, *, drop: Floats | None = None) -> World:
    """Draw a world.

    Parameters
    ----------
    seed
        Seed of everything.
    how
        Parameters.
    drop
        Points by which the true rate of each day and outlet is lowered on top, as a share.
    """
    draw = np.random.default_rng(seed)
    paths = [
        (f"c{carrier}", f"{outlet % how.n_cities:03d}", f"{outlet:04d}")
        for carrier in range(how.n_carriers)
        for outlet in range(how.n_outlets)
    ]
    tree = Tree.of(("carrier", "city", "outlet"), paths)
    of_city = tree.above[2]
    of_carrier = tree.above[1][of_city]
    n = len(of_city)
    lasting = (
        how.mean
        + _even(draw, how.n_carriers, how.carrier_sd)[of_carrier]
        + draw.normal(0, how.city_sd, len(tree.names[1]))[of_city]
        + draw.normal(0, how.outlet_sd, n)
    )
    shared = how.wave_sd * np.sqrt(1 - how.wave_own)
    own = how.wave_sd * np.sqrt(how.wave_own)
    carriers = _waves(draw, how, how.n_carriers, shared)
    carriers -= carriers.mean(axis=1, keepdims=True)
    waves = carriers[:, of_carrier] + _waves(draw, how, n, own)
    plain = share(lasting + waves)
    truth = np.clip(plain - _shocks(draw, how, n), 0.02, 0.995)
    if drop is not None:
        truth = np.clip(truth - drop, 0.02, 0.995)
    parcels = draw.poisson(how.parcels_a_day, truth.shape)
    good = draw.binomial(parcels, truth)
    waits = (how.told_at_once, *((1 - how.told_at_once) * part for part in how.next_days), 0.0)
    bad = _split(draw, parcels - good, waits)
    home = draw.binomial(parcels - good, 1 - how.goes_back)
    delivered = _split(draw, home, (0.0, *how.next_days, 0.0))
    at_once = _split(draw, good, (1.0, 0.0, 0.0, 0.0, 0.0))
    return World(tree, truth, plain, at_once, bad, delivered)


def _even(draw: np.random.Generator, n: int, sd: float) -> Floats:
    """Draw a few values of a given spread around 0, so that worlds do not differ by luck."""
    values = draw.normal(0, 1, n)
    even: Floats = sd * (values - values.mean()) / values.std()
    return even


def _waves(draw: np.random.Generator, how: Parameters, n: int, sd: float) -> Floats:
    """Draw waves that keep most of yesterday, ``(n_days, n)``."""
    found = np.empty((how.n_days, n))
    wave = draw.normal(0, sd, n)
    step = sd * np.sqrt(1 - how.wave_keeps**2)
    for day in range(how.n_days):
        found[day] = wave
        wave = how.wave_keeps * wave + draw.normal(0, step, n)
    return found


def _shocks(draw: np.random.Generator, how: Parameters, n: int) -> Floats:
    """Draw days of trouble as points off the rate."""
    found = np.zeros((how.n_days, n))
    begins = draw.random((how.n_days, n)) < how.shock_chance
    for day, outlet in np.argwhere(begins):
        lasts = draw.geometric(1 / how.shock_days)
        found[day : day + lasts, outlet] = draw.uniform(*how.shock_points)
    return found


def _split(
    draw: np.random.Generator, counts: NDArray[np.int64], parts: tuple[float, ...]
) -> Floats:
    """Split counts by waiting days, ``(n_waits, n_days, n_outlets)``."""
    found = np.zeros((len(parts), *counts.shape))
    rest, left = counts.copy(), 1.0
    for wait, part in enumerate(parts):
        taken = draw.binomial(rest, min(part / left, 1.0) if left > 0 else 0.0)
        found[wait] = taken
        rest, left = rest - taken, left - part
    return found
