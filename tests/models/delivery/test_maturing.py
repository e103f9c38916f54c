from __future__ import annotations

import numpy as np
import pytest

from models.delivery.maturing import News, learn_news
from tests.benchmarks.rates.world import LATEST, Parameters, draw_world


def test_early_failures_stand_for_those_not_known_yet() -> None:
    """Of 100 parcels 80 succeed at once; of 20 failures a half is known in the evening."""
    news = News(np.array([1.0, 1.0]), np.array([0.5, 1.0]))

    good, bad = news.weights(1, 0.8)

    share = 80 * good[0] / (80 * good[0] + 10 * bad[0])
    assert share == pytest.approx(0.8)
    assert 80 * good[0] + 10 * bad[0] < 100


def test_a_day_of_which_hardly_anything_is_known_says_nothing() -> None:
    news = News(np.array([1.0, 1.0]), np.array([0.01, 1.0]))

    good, bad = news.weights(2, 0.9)

    assert (good.tolist(), bad.tolist()) == ([1.0, 0.0], [1.0, 0.0])


def test_a_kind_without_any_parcel_is_taken_to_be_known_at_once() -> None:
    assert learn_news(np.array([0, 1]), np.array([], dtype=int), longest=2).bad.tolist() == [1] * 3


def test_the_newest_day_is_unbiased_where_delivered_parcels_alone_are_not() -> None:
    world = draw_world(3, Parameters(n_outlets=100, n_days=60, parcels_a_day=15.0))
    ages = np.arange(LATEST + 1)
    news = learn_news(
        *(np.repeat(ages, kind.sum(axis=(1, 2)).astype(int)) for kind in (world.good, world.bad)),
        longest=LATEST,
    )
    day = 50
    good, bad = world.known(world.good, day), world.known(world.bad, day)
    weight_good, weight_bad = (part[-1] for part in news.weights(day + 1, 0.9))

    weighted = good[-1].sum() * weight_good
    ours = weighted / (weighted + bad[-1].sum() * weight_bad)
    delivered = good[-1].sum() / (good[-1].sum() + world.known(world.delivered, day)[-1].sum())

    truth = world.truth[day].mean()
    assert abs(ours - truth) < 0.01
    assert delivered - truth > 0.05
