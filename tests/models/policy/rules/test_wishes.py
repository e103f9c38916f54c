"""Rules wish for routes; a wish orders the options and turns none down."""

from __future__ import annotations

import pytest

from models.policy.rules.wishes import as_wished
from models.routing.network import Outlet, Warehouse
from models.routing.options import Candidate, Estimate, Option


def option(warehouse: str, carrier: str, cost: float) -> Option:
    place = Candidate(Warehouse(warehouse), Outlet(f"{carrier}-1", carrier), cost, "city")
    return Option(place, Estimate(), {"freight": cost})


OPTIONS = (option("JX", "zto", 1.0), option("JX", "sf", 2.0), option("DG", "sf", 3.0))


def names(options: tuple[Option, ...]) -> list[tuple[str, str]]:
    return [option.candidate.key[:2] for option in options]


@pytest.mark.parametrize(
    ("prefer", "avoid", "first"),
    [
        ({}, {}, ("JX", "zto")),
        ({"carrier": ("sf", "jd")}, {}, ("JX", "sf")),
        ({}, {"warehouse": ("JX",)}, ("DG", "sf")),
        ({"carrier": ("sf",)}, {"warehouse": ("JX",)}, ("DG", "sf")),
        ({"carrier": ("nobody",)}, {}, ("JX", "zto")),
    ],
)
def test_the_cheapest_option_that_meets_most_wishes_goes_first(
    prefer: dict[str, tuple[str, ...]], avoid: dict[str, tuple[str, ...]], first: tuple[str, str]
) -> None:
    found = as_wished(OPTIONS, prefer, avoid)

    assert names(found)[0] == first
    assert sorted(names(found)) == sorted(names(OPTIONS))
