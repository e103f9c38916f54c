from __future__ import annotations

from typing import Any

import pytest

from models.policy.costs import DecisionPolicy
from models.policy.limits import PolicyError, changed, limits


def test_every_number_of_the_policy_has_a_label_and_a_unit_in_both_languages() -> None:
    found = limits(DecisionPolicy())

    assert len(found) > 80
    assert all(limit.zh and limit.en and limit.unit for limit in found)
    assert len({limit.name for limit in found}) == len(found)


def test_a_change_touches_nothing_else() -> None:
    policy = changed(DecisionPolicy(), {"treatments": {"cod": {"value_minor": [100_000, 200_000]}}})

    different = [
        limit.name
        for limit, usual in zip(limits(policy), limits(DecisionPolicy()), strict=True)
        if limit.value != usual.value
    ]
    assert different == ["treatments.cod.value_minor"]


def test_what_differs_from_what_is_shipped_is_shown_beside_it() -> None:
    policy = changed(DecisionPolicy(), {"capacity": {"minutes_per_day": 60}})

    limit = next(each for each in limits(policy) if each.name == "capacity.minutes_per_day")

    assert (limit.value, limit.usual) == (60.0, 240.0)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"margin": 0.3}, "margin is unknown: give one of margin_share"),
        ({"margin_share": 3}, "margin_share is 3: give 0 to 1 (share of value)"),
        ({"margin_share": True}, "margin_share is True"),
        ({"margin_share": float("nan")}, "margin_share is nan"),
        ({"delay_minor": -1}, "delay_minor is -1: give 0 or more (minor units)"),
        ({"points": [100, 50]}, "give the milder number first"),
        ({"points": [50]}, "give a list of 2 numbers"),
        ({"capacity": 3}, "capacity is no mapping"),
        ({"harms": {"fire": {}}}, "harms.fire is unknown"),
        ({"harms": {"fraud": {"zh": "x"}}}, "harms.fraud.zh is unknown"),
        ({"harms": {"fraud": {"minutes": 0}}}, "harms.fraud.minutes is 0: give 0.1 to 600"),
        ([], "the document is no mapping"),
    ],
)
def test_a_change_that_cannot_be_made_names_the_limit_and_the_mend(
    changes: Any, fault: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        changed(DecisionPolicy(), changes)

    assert fault in str(caught.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        changed(DecisionPolicy(), {"margin_share": 2, "capacity": {"step": 0}})

    assert [name for name, _ in caught.value.faults] == ["margin_share", "capacity.step"]
