from __future__ import annotations

import math

import numpy as np
import pytest

from models.routing.network import Outlet
from models.routing.tariffs import Band, Tariff


@pytest.mark.parametrize(
    ("weight_g", "minor"),
    [(0, 1_000), (1_000, 1_000), (1_001, 1_300), (2_000, 1_300), (2_001, 1_600)],
)
def test_a_started_kilogram_is_paid_whole(weight_g: float, minor: float) -> None:
    assert Tariff((Band(1_000, 300),)).one(weight_g) == minor


def test_a_tariff_without_steps_is_paid_in_proportion_and_at_least_its_minimum() -> None:
    tariff = Tariff((Band(0, 200, first_g=0, step_g=0, least_minor=150),))

    assert tariff.minor(np.array([100.0, 750.0, 1_500.0])).tolist() == [150.0, 150.0, 300.0]


def test_a_hole_between_bands_has_no_price() -> None:
    tariff = Tariff((Band(100, up_to_g=500), Band(300, over_g=800)))

    assert [math.isnan(tariff.one(weight)) for weight in (500, 501, 800, 801)] == [
        False,
        True,
        True,
        False,
    ]


def test_where_bands_overlap_the_cheaper_counts() -> None:
    assert Tariff((Band(700), Band(400, up_to_g=600))).one(600) == 400


@pytest.mark.parametrize(
    "tariff",
    [
        Tariff((Band(1_000, 300), Band(900.5, 310.25, step_g=500.0, up_to_g=2_000.0))),
        Tariff((Band(0, 200, first_g=0, step_g=0, least_minor=150),)),
        Tariff((Band(100, 33.3, up_to_g=500), Band(300, 7, first_g=700, over_g=800))),
    ],
)
def test_one_weight_costs_the_same_bits_as_among_many(tariff: Tariff) -> None:
    weights = [0, 1, 499, 500, 501, 800, 801, 999, 1_000, 1_001, 1_999, 2_000, 2_001, 123_457]

    alone = [tariff.one(weight) for weight in weights]

    np.testing.assert_array_equal(alone, tariff.minor(np.array(weights, np.float64)))


def test_bands_stand_before_the_price_of_a_kilogram() -> None:
    outlet = Outlet("a", "sf", first_kg_minor=900, tariff=Tariff((Band(500),)))

    assert outlet.own_tariff == outlet.tariff
