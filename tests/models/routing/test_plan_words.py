from __future__ import annotations

from models.routing.network import Outlet, Warehouse
from models.routing.plan_words import explain_plan
from models.routing.plans import Parcel, Plan
from models.routing.ways import Way


def plan(*freight: float) -> Plan:
    parcels = tuple(
        Parcel(
            Way(Warehouse(f"w{place}"), Outlet("sf-1", "sf"), None, "city"),
            {"A": 1},
            {"freight": minor} | ({"split": 300.0} if place else {}),
        )
        for place, minor in enumerate(freight)
    )
    total = sum(sum(parcel.parts.values()) for parcel in parcels)
    return Plan(parcels, {}, total, total)


def test_costs_are_told_by_cause_in_both_languages() -> None:
    told = explain_plan(plan(500.0, 400.0))

    assert told["cost"] == [
        {"code": "freight", "zh": "运费", "en": "freight", "minor": 900},
        {"code": "split", "zh": "拆单", "en": "splitting the order", "minor": 300},
    ]
    assert [parcel["warehouse"] for parcel in told["parcels"]] == ["w0", "w1"]


def test_a_split_says_whether_it_had_to_be() -> None:
    had_to = explain_plan(plan(500.0, 400.0), None)["why"]
    cheaper = explain_plan(plan(500.0, 400.0), plan(2_000.0))["why"]

    assert had_to["en"] == "no warehouse has the whole order"
    assert (cheaper["zh"], cheaper["saved_minor"]) == ("拆单比整单发货更省", 800)


def test_one_parcel_needs_no_excuse() -> None:
    assert explain_plan(plan(500.0))["why"] is None
