from __future__ import annotations

from typing import Any

import pytest

from models.routing.network import Outlet, Warehouse
from models.routing.options import Candidate, Estimate, Option
from models.routing.outlet_rule import OutletRule, by_outlet_rule

RULE = OutletRule(("first", "second"), more_than=10)


def option(outlet: str, rate: float | None, *, served_by: str = "fence", room: int = 50) -> Option:
    place = Outlet(outlet, "sf", daily_capacity=room)
    return Option(Candidate(Warehouse("JX"), place, 500.0, served_by), Estimate(None, rate), {})


def names(options: tuple[Option, ...]) -> list[str]:
    return [one.candidate.outlet.outlet for one in options]


def test_the_first_listed_outlet_whose_fence_holds_the_address_is_taken() -> None:
    found = by_outlet_rule([option("second", 0.99), option("first", 0.5)], RULE, {})

    assert names(found) == ["first", "second"]


@pytest.mark.parametrize(("taken", "first"), [(39, "first"), (40, "second")])
def test_an_outlet_with_just_so_much_room_is_passed_by(taken: int, first: str) -> None:
    options = [option("first", 0.9), option("second", 0.5)]

    assert names(by_outlet_rule(options, RULE, {"first": taken}))[0] == first


def test_else_the_better_delivery_rate_decides_and_an_unknown_one_is_last() -> None:
    options = [
        option("far", None),
        option("first", 0.7, served_by="city"),
        option("unlisted", 0.8),
    ]

    assert names(by_outlet_rule(options, RULE, {})) == ["unlisted", "first", "far"]


def test_among_equals_the_cheaper_stays_first() -> None:
    options = [option("a", 0.8), option("b", 0.8)]

    assert names(by_outlet_rule(options, RULE, {})) == ["a", "b"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "outlets"),
        ({"outlets": [1]}, "outlets"),
        ({"outlets": [], "more_than": -1}, "more_than"),
        ({"outlets": [], "more_than": "9"}, "more_than"),
        ({"outlets": [], "more_than": True}, "more_than"),
        ({"outlets": [], "least": 1}, "least"),
    ],
)
def test_a_rule_that_cannot_be_read_names_its_field(document: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}:"):
        OutletRule.from_dict(document)
