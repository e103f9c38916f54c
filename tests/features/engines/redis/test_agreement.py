"""Redis and the state in process, told the same things in any disorder, give the same bits."""

from __future__ import annotations

import random
from typing import Any

import pytest

from features.engines.online import OnlineState
from tests.features.engines.redis.opening import open_redis
from tests.features.engines.test_agreement import MEASURES
from tests.features.memory import (
    DAY_US,
    HOUR_US,
    NOW,
    PROFILE,
    Row,
    Value,
    bad,
    feature,
    measure,
    order,
)

N_STEPS = 100
PARCELS = [
    measure("mean", subject="shop", stream="shipments", column="late_log"),
    measure("share", subject="carrier", stream="shipments", column="is_late"),
]
AWAY = (0, 0, 0, 1, -1, -HOUR_US, -HOUR_US - 1, 1 - HOUR_US, -2 * HOUR_US, HOUR_US // 2, -DAY_US)


class Story:
    """Draws what happens next: orders, corrections, outcomes and parcels, all in disorder."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 test data
        self._now = NOW

    def _instant(self) -> int:
        return self._now + self._chance.choice(AWAY)

    def step(self) -> str:
        self._now += self._chance.choice([0, 0, 1, HOUR_US // 7, HOUR_US // 2, HOUR_US])
        whats = ["observe"] * 4 + ["add_order", "values", "add_outcome", "add_shipment"] * 2
        return self._chance.choice(whats)

    def order(self) -> Row:
        pick, placed = self._chance.choice, self._instant()
        return order(
            f"o{self._chance.randrange(50)}",
            placed,
            received=max(placed, self._now) + pick([0, 0, 1, -1, -HOUR_US, HOUR_US // 2]),
            buyer_key=pick(["h1:a", "h1:a", "h1:b", None]),
            ip_key=pick(["h1:x", None]),
            device_key=pick(["h1:p", "h1:q", "h1:r", None]),
            carrier=pick(["SF", "YTO", None]),
            value_minor=pick([0, 100, 250, -7, 10**12, 2**57, -(2**56), None]),
        )

    def outcome(self) -> Row:
        n, at = self._chance.randrange(80), self._instant()
        known = self._now + self._chance.choice([0, 0, HOUR_US, -HOUR_US])
        is_bad = self._chance.choice([True, True, None, False])
        return bad(f"n{n}", f"o{n % 50}", at, known=known, is_bad=is_bad)

    def parcel(self) -> Row:
        n, at = self._chance.randrange(80), self._instant()
        row = {"shipment_id": f"p{n}", "order_key": f"o{n % 50}", "delivered_at": at}
        late = self._chance.choice([-HOUR_US, 0, 0, HOUR_US])
        carrier = self._chance.choice(["SF", "YTO", None])
        return row | {"known_at": at, "promised_at": at - late, "carrier": carrier}


def bits(values: dict[str, Value]) -> dict[str, Any]:
    return {k: v.hex() if isinstance(v, float) else v for k, v in values.items()}


@pytest.mark.parametrize("busy", [0, 2, 128])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_both_states_say_the_same(seed: int, busy: int) -> None:
    features = [feature(m) for m in (*MEASURES, *PARCELS)]
    here, there = OnlineState(features, PROFILE), open_redis(features, PROFILE, busy=busy)
    story = Story(seed)
    for n in range(N_STEPS):
        what = story.step()
        if what in {"add_outcome", "add_shipment"}:
            row = story.outcome() if what == "add_outcome" else story.parcel()
            getattr(here, what)(row)
            getattr(there, what)(row)
            continue
        row = story.order()
        ours, theirs = getattr(here, what)(row, []), getattr(there, what)(row, [])
        if what != "add_order":
            assert bits(theirs) == bits(ours), n

    assert len(there) == len(here)
    assert there.whole_from == here.whole_from
