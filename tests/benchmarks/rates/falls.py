"""How soon a drop of 15 points is found, and how often there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.delivery.drops import Watch, calibrate, known_shares, log_ratios, run_up
from models.delivery.maturing import LEAST_KNOWN
from tests.benchmarks.rates.evenings import CUT, learn
from tests.benchmarks.rates.world import LATEST, Parameters, draw_world

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DROPPING = 0.06
"""Share of outlets that drop; were it many, their carriers would seem to drop."""

QUARTER_DAYS = 91
DROP_WINDOW = (2, 18)
"""Days after the cut within which drops begin."""

TROUBLED_BY = 0.075
"""Points below its plain rate from which an alarm at an outlet is no false one."""


def fall(seed: int, parcels_a_day: float) -> dict[str, float]:
    """Let some outlets drop and watch all, evening by evening, with what is known by then.

    Returns
    -------
    dict
        Evenings from a drop's first one to the alarm (mean and median), the share found by the
        second evening, and alarms an outlet-quarter where nothing was wrong.
    """
    how = Parameters(parcels_a_day=parcels_a_day)
    draw = np.random.default_rng(1_000 + seed)
    n = how.n_carriers * how.n_outlets
    begins = np.where(
        draw.random(n) < DROPPING, CUT + draw.integers(*DROP_WINDOW, n), how.n_days + LATEST
    )
    watch = Watch()
    drop = np.where(np.arange(how.n_days)[:, None] >= begins, watch.points, 0.0)
    world = draw_world(seed, how, drop=drop)
    model, news, rate = learn(world)
    limits = calibrate(watch)
    volume = (world.good + world.bad).sum(axis=0)[: CUT - LATEST].mean(axis=0)
    known = known_shares(news, LATEST + 1, LEAST_KNOWN)
    held, last = np.full(n, -np.inf), np.full(n, -1)
    found: dict[int, int] = {}
    n_false = n_shocked = n_quiet = 0
    for day in range(CUT, how.n_days):
        good, bad = world.known(world.good, day), world.known(world.bad, day)
        weights = news.weights(day + 1, rate)
        calm, _ = model.evenings(world.tree, good * weights[0][:, None], bad * weights[1][:, None])
        first = day - LATEST
        ratios = log_ratios(good[first:], bad[first:], calm[first - 1 : day], watch, known)
        ratios[np.arange(first, day + 1)[:, None] <= last] = 0.0
        run = run_up(ratios, held)
        held = np.where(first <= last, -np.inf, run[0])
        alarms = run[-1] > limits.of(volume, calm[day - 1])
        last[alarms], held[alarms] = day, -np.inf
        fallen = begins <= day
        below = (world.plain - world.truth)[day - LATEST : day + 1].max(axis=0) > TROUBLED_BY
        for outlet in np.flatnonzero(alarms & fallen):
            found.setdefault(int(outlet), day - int(begins[outlet]) + 1)
        n_false += int((alarms & ~fallen & ~below).sum())
        n_shocked += int((alarms & ~fallen & below).sum())
        n_quiet += int((~fallen).sum())
    dropped = np.flatnonzero(begins < how.n_days)
    evenings = np.array([found.get(int(outlet), how.n_days) for outlet in dropped])
    return {
        "evenings, mean of found": float(evenings[evenings < how.n_days].mean()),
        "evenings, median": float(np.median(evenings)),
        "found by the 2nd evening": float((evenings <= 2).mean()),
        "never found": float((evenings == how.n_days).mean()),
        "false alarms a quarter": n_false / n_quiet * QUARTER_DAYS,
        "alarms on shocks a quarter": n_shocked / n_quiet * QUARTER_DAYS,
    }
