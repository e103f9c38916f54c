"""Estimates of tomorrow's rate on every evening: ours and its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.delivery.maturing import learn_news
from models.delivery.rates import fit_rates
from tests.benchmarks.rates.world import LATEST, Parameters, World, draw_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from models.delivery.maturing import News
    from models.delivery.rates import RateModel

    Floats = NDArray[np.float64]

CUT = 90
"""Evening from which rates are judged; everything is learned from the days before it."""

EB_STRENGTH_LEVELS = (5.0, 10.0, 20.0, 40.0, 80.0)


def learn(world: World, cut: int = CUT) -> tuple[RateModel, News, float]:
    """Learn fading, pulls and how long news takes from the matured days before a cut."""
    days = cut - LATEST
    good, bad = (kind[:, :days] for kind in (world.good, world.bad))
    ages = np.arange(LATEST + 1)
    news = learn_news(
        *(np.repeat(ages, kind.sum(axis=(1, 2)).astype(int)) for kind in (good, bad)),
        longest=LATEST,
    )
    model = fit_rates(world.tree, good.sum(axis=0), bad.sum(axis=0))
    rate = good.sum() / (good.sum() + bad.sum())
    return model, news, float(rate)


def judge(seed: int, parcels_a_day: float) -> dict[str, float]:
    """Compare every evening's estimates with the next day's true rate.

    Returns
    -------
    dict
        RMSE and log loss of each way, coverage of our 90 % intervals, and the bias of the newest
        day's share by our weights and by delivered parcels alone.
    """
    world = draw_world(seed, Parameters(parcels_a_day=parcels_a_day))
    model, news, rate = learn(world)
    carrier = world.tree.above[1][world.tree.above[2]]
    errors: dict[str, list[Floats]] = {}
    losses: dict[str, list[float]] = {}
    covered, bias = [], {"weighted": [], "delivered only": []}  # type: ignore[var-annotated]
    for day in range(CUT, world.truth.shape[0] - 1):
        good, bad = world.known(world.good, day), world.known(world.bad, day)
        weights = news.weights(day + 1, rate)
        weighted = good * weights[0][:, None], bad * weights[1][:, None]
        ours = model.rates(world.tree, *weighted)["outlet"]
        truth = world.truth[day + 1]
        low, high = ours.interval()
        covered.append(float(((truth >= low) & (truth <= high)).mean()))
        for name, told in (("ours", ours.now), *peers(good, bad, carrier)):
            errors.setdefault(name, []).append(told - truth)
            losses.setdefault(name, []).append(_loss(told, truth))
        delivered = world.known(world.delivered, day)[-1]
        for name, (g, b) in {
            "weighted": (weighted[0][-1], weighted[1][-1]),
            "delivered only": (good[-1], delivered),
        }.items():
            bias[name].append(g.sum() / (g.sum() + b.sum()) - world.truth[day].mean())
    return {
        **{f"rmse {k}": float(np.sqrt(np.mean(np.square(v)))) for k, v in errors.items()},
        **{f"log loss {k}": float(np.mean(v)) for k, v in losses.items()},
        "coverage": float(np.mean(covered)),
        **{f"bias {k}": float(np.mean(v)) for k, v in bias.items()},
    }


def peers(good: Floats, bad: Floats, carrier: NDArray[np.int64]) -> Iterator[tuple[str, Floats]]:
    """Give the estimates of simple ways from what is known on an evening.

    ``EB`` is a beta-binomial on three days, pulled towards its carrier by the strength under which
    the three days are most likely.
    """
    month = _shares(good[-30:], bad[-30:], carrier)
    yield "raw 3 days", _raw(good[-3:], bad[-3:], month)
    yield "raw 30 days", _raw(good[-30:], bad[-30:], month)
    yield "carrier mean", month
    yield "EB 3 days", _empirical_bayes(good[-3:].sum(axis=0), bad[-3:].sum(axis=0), month)


def _shares(good: Floats, bad: Floats, carrier: NDArray[np.int64]) -> Floats:
    goods = np.bincount(carrier, good.sum(axis=0))
    every = np.bincount(carrier, (good + bad).sum(axis=0))
    found: Floats = (goods / every)[carrier]
    return found


def _raw(good: Floats, bad: Floats, instead: Floats) -> Floats:
    goods, every = good.sum(axis=0), (good + bad).sum(axis=0)
    found: Floats = np.where(every > 0, goods / np.maximum(every, 1), instead)
    return found


def _empirical_bayes(good: Floats, bad: Floats, prior: Floats) -> Floats:
    from scipy.special import betaln

    def likelihood(strength: float) -> float:
        a, b = prior * strength, (1 - prior) * strength
        return float(np.sum(betaln(good + a, bad + b) - betaln(a, b)))

    best = max(EB_STRENGTH_LEVELS, key=likelihood)
    found: Floats = (good + best * prior) / (good + bad + best)
    return found


def _loss(told: Floats, truth: Floats) -> float:
    """Log loss that parcels of the true rates would bring on average."""
    kept = np.clip(told, 0.001, 0.999)
    return float(-np.mean(truth * np.log(kept) + (1 - truth) * np.log(1 - kept)))
