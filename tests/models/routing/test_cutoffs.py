from __future__ import annotations

import pytest

from features.durations import DAY_US, MINUTE_US
from models.routing.cutoffs import is_too_late, leaving_day
from models.routing.network import Warehouse

CUT = Warehouse("JX", cutoff_min=960, utc_offset_min=480)
AT_CUT = (960 - 480) * MINUTE_US
"""16:00 in the warehouse, of day 0."""


@pytest.mark.parametrize(("at", "day"), [(AT_CUT - 1, 0), (AT_CUT, 0), (AT_CUT + 1, 1)])
def test_the_cut_off_belongs_to_its_day(at: int, day: int) -> None:
    assert leaving_day(CUT, at) == day


@pytest.mark.parametrize(
    ("at", "ship_by", "late"),
    [
        (AT_CUT, AT_CUT, False),
        (AT_CUT + 1, AT_CUT + 1, True),
        (AT_CUT + 1, AT_CUT + DAY_US, False),
        (AT_CUT + 1, None, False),
        (None, AT_CUT, False),
    ],
    ids=["in time", "a moment too late", "tomorrow will do", "no last moment", "no moment"],
)
def test_an_order_is_too_late_when_it_leaves_after_its_last_day(
    at: int | None, ship_by: int | None, late: bool
) -> None:
    assert is_too_late(CUT, at, ship_by) is late
