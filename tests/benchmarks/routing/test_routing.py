"""The benchmarks measure what they say: bounds are bounds, and the orders are all there."""

from __future__ import annotations

import numpy as np
import pytest

from models.routing.costs import RoutingCosts
from models.routing.wave import plan_wave
from tests.benchmarks.routing.fulfilment import POLICIES, ask_kinds, run
from tests.benchmarks.routing.hindsight import hindsight_minor
from tests.benchmarks.routing.instances import instance
from tests.benchmarks.routing.waves import wave


@pytest.mark.parametrize("seed", range(2))
def test_no_policy_costs_less_than_hindsight(seed: int) -> None:
    made = instance(seed, 120)
    kinds, arrivals = ask_kinds(made), made.draw(np.random.default_rng(seed))
    best = hindsight_minor(made, arrivals)

    for name in ("nearest a line", "fewest splits", "myopic", "duals, once"):
        course = run(made, kinds, arrivals, POLICIES[name], made.chances)

        assert course.minor >= best * (1 - 1e-9), name
        assert course.n_orders == sum(kind is not None for kind in arrivals)


def test_the_fewest_splits_are_the_fewest_and_leave_out_no_more_than_the_nearest() -> None:
    made = instance(1, 200)
    kinds, arrivals = ask_kinds(made), made.draw(np.random.default_rng(1))

    fewest = run(made, kinds, arrivals, POLICIES["fewest splits"], made.chances)
    nearest = run(made, kinds, arrivals, POLICIES["nearest a line"], made.chances)

    assert fewest.n_parcels < nearest.n_parcels
    assert fewest.n_sent >= nearest.n_sent


def test_a_wave_is_no_dearer_than_its_orders_one_after_the_other() -> None:
    asked, left = wave(0, 40)

    plan = plan_wave(asked, left, RoutingCosts())

    assert plan.minor < plan.sequential_minor
    assert plan.gap < 0.05
