"""Identity links: batch, online and the slow way agree, in any sequence and at every edge."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from features.engines import links_online
from features.engines.links import LinkOrders, compute
from features.engines.links_layout import NEVER, NONE
from features.engines.links_online import LinkState
from features.links import COLUMNS, QUANTITIES, RULE
from tests.features.engines.linked import Row, buyer_of, quantities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.links import LinkRule

DAY = 86_400_000_000
NOW = 20_000 * DAY
SPAN = 90 * DAY
RULES = (
    RULE,
    replace(RULE, most_values=6),
    replace(RULE, most_buyers=4, most_residents=0),
    replace(RULE, linked=60),
    replace(RULE, span=timedelta(days=10)),
)


def shop(seed: int, n: int = 90) -> tuple[list[Row], dict[str, int]]:
    """Orders with few values, equal instants and late arrivals; since when some are bad."""
    chance = random.Random(seed)  # noqa: S311 test data
    crowd = chance.choice([3, 10, 30])
    variety = {c: max(2, crowd * chance.choice([1, 2, 4]) // 2) for c in ("buyer_key", *COLUMNS)}
    orders, bad_from, at = [], {}, NOW
    for i in range(n):
        at += chance.choice([0, 0, 1, 3_600_000_000, DAY, 5 * DAY])
        late = chance.choice([0, 0, 0, 1, 7_200_000_000, 6 * DAY])
        order: Row = {"order_key": f"o{i:03d}", "placed_at": at, "received_at": at + late}
        for column, k in variety.items():
            order[column] = f"v{chance.randrange(k)}" if chance.random() < 0.85 else None
        orders.append(order)
        if chance.random() < 0.3:
            bad_from[order["order_key"]] = at + late + chance.choice([0, 1, 3 * DAY])
    return orders, bad_from


def numbered(orders: Sequence[Row], bad_from: Mapping[str, int]) -> LinkOrders:
    """Number buyers and values."""
    buyers: dict[Any, int] = {}
    values: dict[Any, int] = {}
    rows = [
        [values.setdefault((c, o[c]), len(values)) if o.get(c) else NONE for c in COLUMNS]
        for o in orders
    ]
    return LinkOrders(
        buyer=np.array([buyers.setdefault(buyer_of(o), len(buyers)) for o in orders], np.int32),
        values=np.array(rows, np.int32),
        placed=np.array([o["placed_at"] for o in orders]),
        received=np.array([o["received_at"] for o in orders]),
        bad=np.array([bad_from.get(o["order_key"], NEVER) for o in orders]),
    )


def in_batch(
    orders: Sequence[Row], bad_from: Mapping[str, int], rule: LinkRule = RULE
) -> dict[str, list[float | None]]:
    """Quantities of every order by the batch engine."""
    found = compute(numbered(orders, bad_from), np.ones(len(orders), np.bool_), rule)
    rows = [[None if v != v else v for v in row] for row in found.tolist()]
    return dict(zip([o["order_key"] for o in orders], rows, strict=True))


def reported(order_key: str, known: int, **rest: Any) -> Row:
    """Make a report that an order is bad."""
    row: Row = {"outcome_id": f"x{order_key}", "order_key": order_key, "kind": "fraud"}
    return row | {"known_at": known, "is_bad": True} | rest


def asked(state: LinkState, order: Row) -> list[float | None]:
    """Quantities of an order by the online engine, as `QUANTITIES` lists them."""
    told = state.values(order)
    return [told[quantity] for quantity in QUANTITIES]


@pytest.mark.parametrize("seed", range(24))
def test_batch_equals_the_slow_way_whatever_is_joined_first(seed: int) -> None:
    orders, bad_from = shop(seed)
    rule = RULES[seed % len(RULES)]

    found = in_batch(orders, bad_from, rule)

    assert found == {
        o["order_key"]: quantities(o, orders, bad_from, rule, seed=seed) for o in orders
    }


def test_the_shops_hold_groups_of_every_size() -> None:
    """Equal columns of single buyers would prove nothing."""
    sizes = {row[0] for seed in range(24) for row in in_batch(*shop(seed)).values()}

    assert {1.0, 2.0, 3.0, 4.0, 5.0, 6.0} <= sizes


@pytest.mark.parametrize("seed", range(10))
def test_every_prefix_gets_the_values_of_batch(seed: int) -> None:
    orders, bad_from = shop(seed, 60)
    orders.sort(key=lambda o: (o["received_at"], o["order_key"]))
    state = LinkState()
    for order_key, known in bad_from.items():
        state.add_outcome(reported(order_key, known))

    for n, order in enumerate(orders):
        assert asked(state, order) == in_batch(orders[: n + 1], bad_from)[order["order_key"]]
        state.add_order(order)


@pytest.mark.parametrize("seed", range(12))
def test_disorder_corrections_and_withdrawals_leave_no_trace(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links_online, "_LAST_NUMBER", 100)
    chance = random.Random(seed)  # noqa: S311 test data
    orders, bad_from = shop(seed, 200)
    rule = RULES[seed % len(RULES)]
    calls: list[tuple[float, str, Row]] = []
    for i, order in enumerate(orders):
        wrong = order | {"phone_key": "wrong", "buyer_key": None, "placed_at": order["placed_at"]}
        at = i + chance.uniform(-15, 15)
        calls += [(at, "order", wrong)] * (chance.random() < 0.3) + [(at + 0.1, "order", order)]
    for order_key, known in bad_from.items():
        at = chance.uniform(0, len(orders))
        calls.append((at, "outcome", reported(order_key, known, outcome_id="withdrawn")))
        calls.append((at + 1, "outcome", reported(order_key, known)))
        later = reported(order_key, known, outcome_id="withdrawn", is_bad=False)
        calls.append((at + 9, "outcome", later))
    for o in orders:
        if o["order_key"] not in bad_from and chance.random() < 0.2:
            at, name = chance.uniform(0, len(orders)), o["order_key"]
            calls.append((at, "outcome", reported(name, o["received_at"])))
            calls.append((at + 5, "outcome", reported(name, o["received_at"], is_bad=False)))
    state = LinkState(rule)
    whole_from, told = 0, 0

    found = in_batch(orders, bad_from, rule)
    for _, kind, row in sorted(calls, key=lambda call: call[0]):
        (state.add_order if kind == "order" else state.add_outcome)(row)
        whole_from = max(whole_from, row.get("received_at", 0) - 7 * DAY)
    for order in orders:
        if order["placed_at"] >= whole_from:
            assert asked(state, order) == found[order["order_key"]]
            told += 1
    orderly = LinkState(rule)
    for order in orders:
        orderly.add_order(order)
    for order_key, known in bad_from.items():
        orderly.add_outcome(reported(order_key, known))

    assert told > 0
    assert state.digest() == orderly.digest()


def pair(**rest: Any) -> tuple[Row, Row]:
    """Two buyers with one phone and one device, a day apart."""
    both = {"phone_key": "p", "device_key": "d"}
    first: Row = {"order_key": "a", "buyer_key": "ann", "placed_at": NOW, "received_at": NOW}
    second: Row = {"order_key": "b", "buyer_key": "ben", "placed_at": NOW + DAY}
    second["received_at"] = second["placed_at"]
    return first | both, second | both | rest


def both_engines(*orders: Row, bad: Mapping[str, int] | None = None) -> list[float | None]:
    """Quantities of the last order by both engines, which must agree."""
    bad_from = dict(bad or {})
    state = LinkState()
    for order in orders:
        state.add_order(order)
    for order_key, known in bad_from.items():
        state.add_outcome(reported(order_key, known))
    known_from = {
        o["order_key"]: max(bad_from[o["order_key"]], o["received_at"])
        for o in orders
        if o["order_key"] in bad_from
    }
    ours, theirs = asked(state, orders[-1]), in_batch(orders, known_from)[orders[-1]["order_key"]]
    assert ours == theirs
    return ours


@pytest.mark.parametrize(
    ("placed", "n_buyers"),
    [(SPAN - 1, 2), (SPAN, 2), (SPAN + 1, 1), (1, 2), (0, 1), (-1, 1)],
)
def test_a_value_links_when_it_was_used_within_the_span(placed: int, n_buyers: int) -> None:
    first, second = pair(placed_at=NOW + placed, received_at=NOW + max(placed, 1))

    assert both_engines(first, second)[0] == n_buyers


@pytest.mark.parametrize(("received", "n_buyers"), [(DAY - 1, 2), (DAY, 1), (DAY + 1, 1)])
def test_an_order_known_at_the_same_instant_or_later_is_not_seen(
    received: int, n_buyers: int
) -> None:
    first, second = pair()

    assert both_engines(first | {"received_at": NOW + received}, second)[0] == n_buyers


@pytest.mark.parametrize(("known", "n_bad"), [(DAY - 1, 1), (DAY, 0), (DAY + 1, 0), (-DAY, 1)])
def test_a_bad_outcome_counts_once_it_is_known(known: int, n_bad: int) -> None:
    found = both_engines(*pair(), bad={"a": NOW + known})

    assert found[3:5] == [n_bad, n_bad / 1]


def crowd(n: int, **shared: str) -> list[Row]:
    """So many buyers a minute apart, who share some values."""
    return [
        {
            "order_key": f"o{i}",
            "buyer_key": f"b{i}",
            "placed_at": NOW + i * 60_000_000,
            "received_at": NOW + i * 60_000_000,
            **shared,
        }
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("shared", "n", "n_buyers"),
    [
        (("phone_key", "device_key"), 2, 2),
        (("payment_key",), 4, 1),
        (("address_unit_key", "device_key"), 2, 1),
        (("address_unit_key", "phone_key"), 3, 1),
        (("address_unit_key", "phone_key"), 4, 4),
        (("address_unit_key", "device_key"), 3, 1),
        (("address_unit_key", "device_key"), 4, 4),
        (("address_unit_key", "device_key", "payment_key"), 3, 1),
        (("address_unit_key", "device_key", "payment_key"), 4, 4),
        (("device_key", "payment_key"), 20, 20),
        (("device_key", "payment_key"), 21, 1),
        (("address_unit_key",), 15, 1),
    ],
)
def test_who_belongs_together(shared: tuple[str, ...], n: int, n_buyers: int) -> None:
    assert both_engines(*crowd(n, **dict.fromkeys(shared, "x")))[0] == n_buyers


def earlier_at(homes: Sequence[str]) -> list[Row]:
    """One earlier order of each buyer, at a home and with nothing else."""
    return [
        row
        | {
            "order_key": f"h{i}",
            "address_unit_key": home,
            "placed_at": NOW - DAY,
            "received_at": NOW - DAY,
        }
        for i, (row, home) in enumerate(zip(crowd(len(homes)), homes, strict=True))
    ]


@pytest.mark.parametrize(
    ("homes", "shared", "n_buyers"),
    [
        (("h0", "h1", "h2", "h3", "h4"), ("payment_key",), 1),
        (("h0", "h1"), ("payment_key",), 1),
        (("h0",), ("payment_key",), 5),
        (("h", "h", "h", "h", "h"), ("payment_key",), 5),
        (("h0", "h1", "h2", "h3", "h4"), ("payment_key", "device_key"), 5),
    ],
    ids=["a home each", "three residents", "four residents", "one home", "two things besides"],
)
def test_five_who_share_an_address_are_colleagues_if_most_have_homes_of_their_own(
    homes: tuple[str, ...], shared: tuple[str, ...], n_buyers: int
) -> None:
    at_work = crowd(5, address_unit_key="work", **dict.fromkeys(shared, "x"))

    assert both_engines(*earlier_at(homes), *at_work)[0] == n_buyers


def gift(own_phone: str | None, n_receivers: int = 1) -> list[Row]:
    """Receivers with one phone and one tablet, and a giver who orders for them on the tablet."""
    receivers = crowd(n_receivers, phone_key="theirs", device_key="tablet")
    giver = {"buyer_key": "giver", "placed_at": NOW - DAY, "received_at": NOW - DAY}
    earlier = giver | {"order_key": "g0", "phone_key": own_phone, "address_unit_key": "own"}
    present = giver | {"order_key": "g1", "phone_key": "theirs", "device_key": "tablet"}
    return [earlier, *receivers, present | dict.fromkeys(("placed_at", "received_at"), NOW + DAY)]


@pytest.mark.parametrize(
    ("own_phone", "n_receivers", "n_buyers"),
    [("own", 1, 1), (None, 1, 2), ("own", 2, 1), ("own", 3, 4)],
    ids=["a phone of one's own", "no other phone", "two answer it", "many answer it"],
)
def test_a_gift_does_not_make_its_giver_one_with_the_receiver(
    own_phone: str | None, n_receivers: int, n_buyers: int
) -> None:
    assert both_engines(*gift(own_phone, n_receivers))[0] == n_buyers


def test_a_phone_that_others_use_too_is_not_the_givers_own() -> None:
    elsewhere = {"order_key": "x", "buyer_key": "other", "phone_key": "own"}
    clocks = dict.fromkeys(("placed_at", "received_at"), NOW - 2 * DAY)

    assert both_engines(elsewhere | clocks, *gift("own"))[0] == 2


def test_two_members_may_each_share_another_identifier() -> None:
    first, second = pair(address_unit_key="home of ben")
    third: Row = {"order_key": "c", "buyer_key": "cas", "phone_key": "p2", "device_key": "d2"}
    first |= {"payment_key": "m"}
    second |= {"email_key": "e"}
    third |= {"placed_at": NOW + 2 * DAY, "received_at": NOW + 2 * DAY, "payment_key": "m"}

    found = both_engines(first, second, third | {"email_key": "e"})

    assert found == [3.0, 2.0, 2.0, 0.0, 0.0, 0.6, 2.0]


def test_a_buyer_is_no_link_to_itself() -> None:
    first, second = pair(buyer_key="ann")

    assert both_engines(first, second) == [1.0, 0.0, 0.0, 0.0, None, 0.0, 0.0]


def test_guests_with_one_phone_are_one_buyer() -> None:
    first, second = pair(buyer_key=None)

    assert both_engines(first | {"buyer_key": None}, second)[0] == 1.0


def test_an_order_without_identifiers_is_unknown() -> None:
    first, second = pair(phone_key=None, device_key=None)

    assert both_engines(first, second) == [None] * 7


def test_a_state_that_was_saved_goes_on_as_before() -> None:
    orders, bad_from = shop(3, 200)
    state = LinkState()
    for order_key, known in bad_from.items():
        state.add_outcome(reported(order_key, known))
    for order in orders[:120]:
        state.add_order(order)

    again = LinkState.of_arrays({name: part.copy() for name, part in state.arrays().items()})
    for order in orders[120:]:
        state.add_order(order)
        again.add_order(order)

    assert again.digest() == state.digest()
    assert [asked(again, o) for o in orders] == [asked(state, o) for o in orders]


def test_a_digest_tells_one_changed_bit() -> None:
    first, second = pair()
    states = [LinkState() for _ in range(4)]
    rows = (first, first | {"placed_at": NOW - 1}, second, first)
    for state, row in zip(states, rows, strict=True):
        state.add_order(row)
    states[3].add_outcome(reported("a", NOW))

    assert len({state.digest() for state in states}) == 4


def test_what_is_out_of_reach_takes_no_room() -> None:
    state = LinkState()
    for day in range(400):
        state.add_order(
            pair(order_key=str(day), buyer_key=str(day))[0]
            | {
                "order_key": str(day),
                "buyer_key": str(day),
                "phone_key": str(day),
                "placed_at": NOW + day * DAY,
                "received_at": NOW + day * DAY,
            }
        )

    assert len(state) == 98
    assert state.n_bytes < 98 * 2_000


def test_a_state_says_when_it_forgot_something() -> None:
    first, second = pair()
    state = LinkState()
    state.add_order(first)
    state.add_order(second)

    before = state.is_cut
    state.add_order(second | {"order_key": "c", "received_at": NOW + 99 * DAY})

    assert (before, state.is_cut) == (False, True)
    assert LinkState.of_arrays(state.arrays()).is_cut


@pytest.mark.parametrize("seed", range(3))
def test_orders_added_together_are_those_added_one_by_one(seed: int) -> None:
    orders, bad_from = shop(seed, 200)
    orders.sort(key=lambda order: order["received_at"])
    one_by_one, together = LinkState(), LinkState()
    for state in (one_by_one, together):
        for order_key, known in bad_from.items():
            state.add_outcome(reported(order_key, known))
    for order in orders:
        one_by_one.add_order(order)

    together.add_orders(pa.Table.from_pylist(orders[:120]))
    together.add_orders(pa.Table.from_pylist(orders[120:]))

    newest = max(order["received_at"] for order in orders)
    recent = [order for order in orders if order["placed_at"] >= newest - 7 * DAY]

    assert together.digest() == one_by_one.digest()
    assert [asked(together, o) for o in recent] == [asked(one_by_one, o) for o in recent]
