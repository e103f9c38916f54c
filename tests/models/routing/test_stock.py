from __future__ import annotations

import pytest

from models.routing.stock import Count, InboundSettings, usable


@pytest.mark.parametrize(
    ("count", "units"),
    [
        (Count("JX", "A", 9, 2, 1), 6),
        (Count("JX", "A", None, None, None), 0),
        (Count("JX", "A", 1, 3), 0),
        (Count("JX", "A", 0, 0, 0, 5, 50), 2),
        (Count("JX", "A", -2, 0, 0, 6, 50), 1),
        (Count("JX", "A", 1, 0, 0, 6, 51), 1),
        (Count("JX", "A", 1, 0, 0, 6, None), 1),
        (Count("JX", "A", 1, 0, 0, -6, 50), 1),
    ],
    ids=[
        "less locked and samples",
        "nothing known is none",
        "below zero is none",
        "half of what arrives, whole units",
        "what is missing is taken from what arrives",
        "arrives a moment too late",
        "nobody knows when it arrives",
        "less than nothing on its way",
    ],
)
def test_what_an_order_may_take(count: Count, units: int) -> None:
    assert usable([count], ship_by=50) == {("JX", "A"): units}


def test_how_far_inbound_units_count_is_the_merchants_setting() -> None:
    count = Count("JX", "A", inbound=4, inbound_eta=1)

    found = [
        usable([count], ship_by=1, settings=InboundSettings(share))["JX", "A"]
        for share in (0.0, 1.0)
    ]

    assert found == [0, 4]


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="inbound share is a share from 0 to 1, not 80"):
        InboundSettings(80)
