from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from models.delivery.rates import Fading, RateModel, Rates, fit_rates
from models.delivery.tree import Tree
from tests.benchmarks.rates.world import Parameters, World, draw_world

TREE = Tree.of(("carrier", "outlet"), [("sf", "a"), ("sf", "b"), ("yd", "c")])
PLAIN = RateModel((Fading(),) * 3)
SMALL = Parameters(n_carriers=2, n_cities=5, n_outlets=30, n_days=60, parcels_a_day=8.0)


@cache
def small() -> tuple[World, RateModel]:
    world = draw_world(1, SMALL)
    return world, fit_rates(world.tree, world.good.sum(axis=0), world.bad.sum(axis=0))


def counts(*days: tuple[float, float, float]) -> np.ndarray:
    return np.array(days, dtype=float)


def test_an_outlet_without_parcels_goes_as_its_carrier() -> None:
    good, bad = counts((90.0, 0.0, 10.0)), counts((10.0, 0.0, 10.0))

    rates = PLAIN.rates(TREE, good, bad)

    assert rates["outlet"].now[1] == pytest.approx(rates["carrier"].now[0])


def test_more_parcels_pull_an_outlet_less() -> None:
    few = PLAIN.rates(TREE, counts((1.0, 50.0, 50.0)), counts((1.0, 5.0, 5.0)))["outlet"]
    many = PLAIN.rates(TREE, counts((50.0, 50.0, 50.0)), counts((50.0, 5.0, 5.0)))["outlet"]

    assert 0.5 < many.now[0] < few.now[0]
    assert few.evidence[0] < many.evidence[0]


def test_a_bad_day_of_a_carrier_moves_an_outlet_that_had_no_parcels() -> None:
    usual = [(9.0, 9.0, 9.0)] * 30
    good = counts(*usual, (0.0, 0.0, 9.0))
    bad = counts(*[(1.0, 1.0, 1.0)] * 30, (20.0, 0.0, 1.0))

    before = PLAIN.rates(TREE, good[:-1], bad[:-1])["outlet"].now
    after = PLAIN.rates(TREE, good, bad)["outlet"].now

    assert after[1] < before[1] - 0.02
    assert abs(after[2] - before[2]) < 0.02


def test_trouble_is_probable_once_an_outlet_falls_and_leaves_its_usual_rate_alone() -> None:
    troubled = RateModel((Fading(), Fading(), Fading(begins=0.01, ends=0.1)))
    good = counts(*[(9.0, 9.0, 9.0)] * 40, *[(3.0, 9.0, 9.0)] * 4)
    bad = counts(*[(1.0, 1.0, 1.0)] * 40, *[(7.0, 1.0, 1.0)] * 4)

    rates = troubled.rates(TREE, good, bad)["outlet"]

    assert rates.trouble[0] > 0.8
    assert rates.trouble[1] < 0.1
    assert rates.usual[0] > 0.85
    assert rates.now[0] < 0.6


def test_trouble_widens_the_interval_downwards() -> None:
    calm, low = np.array([0.9]), np.array([0.5])
    none, some, evidence = np.array([0.0]), np.array([0.4]), np.array([100.0])

    quiet = Rates(calm, calm, low, none, none, evidence).interval()
    shaken = Rates(calm, calm, low, some, some, evidence).interval()

    assert shaken[0][0] < 0.55 < quiet[0][0]


def test_a_model_is_written_and_read_alike() -> None:
    _, model = small()

    assert RateModel.from_json(model.to_json()) == model


def test_learned_rates_are_nearer_the_truth_than_raw_ones() -> None:
    world, model = small()
    good, bad = world.good.sum(axis=0), world.bad.sum(axis=0)
    raw = good[-3:].sum(axis=0) / np.maximum((good + bad)[-3:].sum(axis=0), 1)

    now = model.rates(world.tree, good, bad)["outlet"].now

    truth = world.truth[-1]
    assert np.sqrt(np.mean((now - truth) ** 2)) < 0.8 * np.sqrt(np.mean((raw - truth) ** 2))


def test_only_outlets_are_in_trouble_of_their_own() -> None:
    _, model = small()

    assert [fading.begins > 0 for fading in model.fadings] == [False, False, False, True]
