"""Nothing that becomes known at or after an order may change what the order is told."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, cast

import pytest

from features.catalogue import declare
from features.engines.batch import compute
from features.feature import Feature
from features.measures import SEVERE
from tests.features.memory import MemoryHistory, plain
from tests.features.test_catalogue import FEATURES as ANY_FEATURE
from tests.parity.shop import KEYS, KINDS, PROFILE, Row, Tables, disorderly_shop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from features.history import History, HistoryProfile

SHOP = disorderly_shop(11, 260)
WITH_ALL_KEYS = next(
    i
    for i, row in enumerate(SHOP["orders"][100:], 100)
    if None not in {*(row[name] for name in KEYS), row["promo_code"]}
)
ASKED = [SHOP["orders"][i]["order_key"] for i in (60, 130, 200, 259, WITH_ALL_KEYS)]
OF_THE_ROUTE = {"warehouse", "carrier", "outlet", "service", "origin_region", "origin_postal"}
OF_THE_ROUTE |= {"origin_lat", "origin_lon", "shipment_id", "order_key"}


def _profile() -> HistoryProfile:
    entities = dict.fromkeys(KEYS, 0.85)
    given = {"jd": tuple(name for name in SHOP["orders"][0] if name != "order_key")}
    return replace(PROFILE, entities=entities, given=given)


HISTORY = MemoryHistory(SHOP, _profile())
FEATURES: tuple[Feature, ...] = declare(HISTORY.profile)


def computed(
    tables: Tables, order_key: str, features: Sequence[Feature] = FEATURES
) -> dict[str, float | str | None]:
    """Every feature of one order."""
    history = MemoryHistory(tables, HISTORY.profile)
    placed = next(r for r in tables["orders"] if r["order_key"] == order_key)["placed_at"]
    frame = compute(
        cast("History", history),
        features,
        placed_from=placed,
        placed_to=placed + timedelta(microseconds=1),
    )
    return {f.name: plain(frame.loc[order_key, f.name]) for f in features}


def _known(row: Row, table: str, received: dict[str, datetime]) -> datetime:
    """When a row became known; the outcomes and parcels of an order not before the order."""
    if table in {"orders", "order_lines"}:
        return received[row["order_key"]]
    at = row["known_at"]
    if at is None:
        at = row["delivered_at"] or row["first_attempt_at"] or received[row["order_key"]]
    known: datetime = max(at, received[row["order_key"]])
    return known


def _scrambled(chance: random.Random, row: Row, pool: list[Row], kept: set[str]) -> Row:
    """Take each value of a row from some other row."""
    return {
        name: value if name in kept else chance.choice(pool).get(name)
        for name, value in row.items()
    }


def mutated(order_key: str, seed: int, *, margin: timedelta = timedelta(0)) -> Tables:
    """Change, delete and add whatever is known at or after an order (less a margin)."""
    chance = random.Random(seed)  # noqa: S311 test data
    received = {row["order_key"]: row["received_at"] for row in SHOP["orders"]}
    as_of = received[order_key] - margin
    result: Tables = {}
    gone: set[str] = set()
    for table in ("orders", "order_lines", "outcomes", "shipments"):
        rows = []
        for row in SHOP[table]:
            own = row["order_key"] == order_key
            if _known(row, table, received) < as_of or (own and table in {"orders", "order_lines"}):
                rows.append(row)
            elif table == "orders" and chance.random() < 0.3:
                gone.add(row["order_key"])
            elif row["order_key"] not in gone:
                kept = {"order_key", "merchant_id", "channel", "shop_id", "line_id", "outcome_id"}
                kept |= {"placed_at", "received_at", "known_at", "kind"}
                kept |= OF_THE_ROUTE if table == "shipments" else set()
                changed = _scrambled(chance, row, SHOP[table], kept)
                if table == "shipments":
                    changed["known_at"] = _known(row, table, received)
                rows.append(changed)
        result[table] = rows
    return _with_news(result, order_key, as_of)


def _with_news(tables: Tables, order_key: str, as_of: datetime) -> Tables:
    """Add orders of the same parties, outcomes of every earlier order, and parcels, all of now."""
    order = next(row for row in SHOP["orders"] if row["order_key"] == order_key)
    for n, placed in enumerate((order["placed_at"] - timedelta(seconds=5), as_of)):
        new = order | {"order_key": f"new{n}", "placed_at": placed, "received_at": as_of}
        tables["orders"] = [*tables["orders"], new]
        own = [line for line in SHOP["order_lines"] if line["order_key"] == order_key]
        tables["order_lines"] = [
            *tables["order_lines"],
            *(line | {"order_key": f"new{n}", "placed_at": placed} for line in own),
        ]
        tables["shipments"] = tables["shipments"] + [
            parcel | {"order_key": f"new{n}", "shipment_id": f"{n}-{parcel['shipment_id']}"}
            for parcel in SHOP["shipments"]
            if parcel["order_key"] == order_key
        ]
    earlier = [row for row in SHOP["orders"] if row["received_at"] < as_of]
    tables["outcomes"] = [
        *tables["outcomes"],
        *(_report(row, kind, as_of) for row in earlier for kind in KINDS),
    ]
    tables["shipments"] = tables["shipments"] + [
        parcel | {"shipment_id": f"zz-{parcel['shipment_id']}", "known_at": as_of}
        for parcel in SHOP["shipments"]
        if parcel["order_key"] in {row["order_key"] for row in earlier}
    ]
    return tables


def _report(order: Row, kind: str, known: datetime) -> Row:
    return {
        "outcome_id": f"new-{kind}-{order['order_key']}",
        "order_key": order["order_key"],
        "kind": kind,
        "line_id": None,
        "is_bad": True,
        "occurred_at": order["placed_at"],
        "known_at": known,
    }


@pytest.mark.parametrize("order_key", ASKED)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_feature_sees_the_future(order_key: str, seed: int) -> None:
    before, after = computed(SHOP, order_key), computed(mutated(order_key, seed), order_key)

    changed = {name for name in before if before[name] != after[name]}

    assert changed == set()
    assert len(before) == len(FEATURES)


def test_the_shop_has_every_feature_that_any_history_gets() -> None:
    """What the richest history would get is here too, under this shop's labels and names."""
    assert {_shape(f) for f in ANY_FEATURE} <= {_shape(f) for f in FEATURES}


def _shape(feature: Feature) -> object:
    """What a feature is, whichever of the severe or mild labels it counts."""
    m = feature.measure
    if m is None:
        return feature.name
    stream, _, kind = m.stream.partition(":")
    return m.entity, stream, kind in SEVERE, m.aggregate, m.window, m.column


def test_a_feature_of_what_an_order_became_would_be_caught() -> None:
    peeking = Feature(
        "order__status", "状态", "status", "", "category",
        sources=("orders.status",), function=itemgetter("status"),
    )  # fmt: skip
    later = deepcopy(SHOP)
    for row in later["orders"]:
        row["status"] = "disputed"

    before, after = (computed(shop, ASKED[0], [peeking]) for shop in (SHOP, later))

    assert before != after


def trusting(tables: Tables, order_key: str) -> Tables:
    """Make everything known when it happened, as an engine sees it that has but one clock."""
    result = deepcopy(tables)
    for row in result["orders"]:
        if row["order_key"] != order_key:
            row["received_at"] = row["placed_at"]
    for row in result["outcomes"]:
        row["known_at"] = row["occurred_at"]
    for row in result["shipments"]:
        row["known_at"] = row["delivered_at"] or row["first_attempt_at"]
    return result


def test_windows_that_trusted_the_event_clock_would_be_caught() -> None:
    seen: set[str] = set()
    for order_key in ASKED:
        before = computed(trusting(SHOP, order_key), order_key)
        after = computed(trusting(mutated(order_key, 1), order_key), order_key)
        seen |= {name for name in before if before[name] != after[name]}

    by_entity = {(f.subject, f.measure.stream) for f in FEATURES if f.measure is not None}
    caught = {(f.subject, f.measure.stream) for f in FEATURES if f.measure and f.name in seen}
    assert caught == by_entity


def test_what_an_order_became_is_no_feature() -> None:
    """A status is kept as last known; it would tell the past what happened next."""
    later = deepcopy(SHOP)
    for row in later["orders"]:
        row["status"], row["payment_status"], row["paid_at"] = "disputed", "refunded", None

    for order_key in ASKED:
        assert computed(SHOP, order_key) == computed(later, order_key)


def test_changing_the_past_is_noticed() -> None:
    """The same changes a day earlier must show, else the test above proves nothing."""
    seen: set[str] = set()
    for order_key in ASKED:
        before = computed(SHOP, order_key)
        after = computed(mutated(order_key, 1, margin=timedelta(days=120)), order_key)
        seen |= {name for name in before if before[name] != after[name]}

    windowed = {f.name for f in FEATURES if f.measure is not None}

    assert len(seen & windowed) > 0.7 * len(windowed)
