from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from serving.demo import trouble
from serving.demo.days import DAY_SECONDS, day_start
from serving.demo.places import places
from serving.demo.shop import simulate
from tests.serving.demo.conftest import SMALL

if TYPE_CHECKING:
    from serving.demo.shop import Shop


def local_hours(shop: Shop) -> np.ndarray:
    orders = shop.orders
    hours: np.ndarray = (orders["at"] + orders["offset_min"] * 60).to_numpy() % DAY_SECONDS // 3600
    return hours


def orders_on(shop: Shop, day: date) -> int:
    start = day_start(day)
    at = shop.orders["at"]
    return int(((at >= start) & (at < start + DAY_SECONDS)).sum())


def test_the_same_seed_gives_the_same_shop() -> None:
    one, two = simulate(SMALL, seed=3), simulate(SMALL, seed=3)

    assert one.orders.equals(two.orders)
    assert one.outcomes.equals(two.outcomes)
    assert one.shipments.equals(two.shipments)


def test_another_seed_gives_another_shop() -> None:
    one, two = simulate(SMALL, seed=3), simulate(SMALL, seed=4)

    assert not one.orders["at"].head(100).equals(two.orders["at"].head(100))


def test_as_many_orders_as_documented_within_one_percent(shop: Shop) -> None:
    assert len(shop.orders) == pytest.approx(60_000, rel=0.01)


def test_every_order_lies_inside_the_span(shop: Shop) -> None:
    first = datetime(2026, 5, 24, 16, tzinfo=UTC).timestamp()

    assert shop.orders["at"].min() >= first
    assert shop.orders["at"].max() < first + 180 * DAY_SECONDS


def test_channels_have_their_documented_shares(shop: Shop) -> None:
    for number, channel in enumerate(shop.parameters.channels):
        share = (shop.orders["channel"] == number).mean()
        assert share == pytest.approx(channel.share, abs=0.025), channel.name


@pytest.mark.parametrize(("peak", "least"), [(date(2026, 6, 18), 2.5), (date(2026, 11, 11), 3.0)])
def test_promotion_days_peak(shop: Shop, peak: date, least: float) -> None:
    plain = [orders_on(shop, date(2026, 7, 6) + timedelta(days=day)) for day in range(28)]

    assert orders_on(shop, peak) > least * float(np.median(plain))


def test_evenings_are_busier_than_small_hours_in_the_buyers_own_time(shop: Shop) -> None:
    abroad = (shop.orders["country"] != "CN").to_numpy()
    for some in (abroad, ~abroad):
        hours = local_hours(shop)[some]
        evening = np.isin(hours, [20, 21]).sum()
        night = np.isin(hours, [3, 4]).sum()
        assert evening > 8 * night


def test_an_order_is_known_after_it_is_placed_and_an_outcome_after_it_happened(
    shop: Shop,
) -> None:
    placed = shop.orders["at"].to_numpy()[shop.outcomes["order"].to_numpy()]

    assert (shop.orders["received"] > shop.orders["at"]).all()
    assert (shop.outcomes["known"] >= shop.outcomes["occurred"]).all()
    assert (shop.outcomes["occurred"].to_numpy() > placed).all()


def test_parcels_move_forward_in_time(shop: Shop) -> None:
    sent = shop.shipments
    placed = shop.orders["at"].to_numpy()[sent["order"].to_numpy()]

    assert (sent["shipped"].to_numpy() > placed).all()
    assert (sent["picked_up"] >= sent["shipped"]).all()
    assert (sent["arrived"] > sent["picked_up"]).all()
    assert (sent["ended"] >= sent["first_attempt"]).all()


def test_cancelled_orders_are_never_sent(shop: Shop) -> None:
    cancelled = shop.outcomes.loc[shop.outcomes["kind"] == "cancel", "order"]

    assert not shop.shipments["order"].isin(cancelled).any()


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("refund", 0.11, 0.18),
        ("return", 0.08, 0.14),
        ("cancel", 0.025, 0.055),
        ("refusal", 0.004, 0.012),
        ("complaint", 0.015, 0.035),
        ("chargeback", 0.008, 0.018),
        ("fraud", 0.006, 0.014),
    ],
)
def test_outcomes_are_as_frequent_as_documented(
    shop: Shop, kind: str, low: float, high: float
) -> None:
    concerned = shop.outcomes.loc[shop.outcomes["kind"] == kind, "order"].nunique()

    assert low < concerned / len(shop.orders) < high


def test_late_deliveries_and_first_attempts_are_within_documented_bounds(shop: Shop) -> None:
    sent = shop.shipments
    arrived = sent[sent["is_delivered"]]

    assert 0.08 < (arrived["ended"] > arrived["promised"]).mean() < 0.15
    assert 0.87 < sent["first_attempt_ok"].mean() < 0.94


def test_one_outlet_collapses(shop: Shop) -> None:
    fallen = shop.shipments["collapsed"]
    sent = shop.shipments[shop.shipments["is_delivered"]]
    late = sent["ended"] > sent["promised"]

    assert fallen.sum() > 20
    assert late[fallen.reindex(sent.index)].mean() > 0.4
    assert shop.shipments["first_attempt_ok"][fallen].mean() < 0.65


def test_money_adds_up(shop: Shop) -> None:
    orders = shop.orders
    paid = orders["items_minor"] - orders["discount_minor"] + orders["shipping_minor"]
    lines = shop.lines.groupby("order")["total_minor"].sum()
    goods = orders["items_minor"] - (orders["discount_minor"] - orders["coupon_minor"])

    assert (paid == orders["total_minor"]).all()
    assert (lines == goods).all()
    assert (orders["total_minor"] > 0).all()


def test_every_order_has_lines_with_units(shop: Shop) -> None:
    assert shop.lines["order"].nunique() == len(shop.orders)
    assert (shop.lines["quantity"] >= 1).all()
    assert not shop.lines.duplicated(["order", "sku"]).any()


def test_stock_is_never_negative(shop: Shop) -> None:
    assert (shop.stock[["on_hand", "locked", "inbound"]] >= 0).all(axis=None)
    assert (shop.stock["locked"] <= shop.stock["on_hand"]).all()


def test_places_are_real_and_on_land() -> None:
    home = places()[places()["country"] == "CN"]

    assert home["adcode"].str.fullmatch(r"\d{6}").all()
    assert home["lat"].between(18, 50).all()
    assert home["lon"].between(75, 132).all()


@pytest.mark.parametrize("kind", trouble.KINDS)
def test_every_kind_of_trouble_is_planted(shop: Shop, kind: str) -> None:
    assert (shop.orders["kind"] == kind).sum() > 100


def test_a_duplicate_repeats_goods_and_phone_within_half_an_hour(shop: Shop) -> None:
    orders = shop.orders
    phone = shop.people.buyers["phone"].to_numpy()[orders["buyer"].to_numpy()]
    items = shop.lines["sku"] * 1000 + shop.lines["quantity"]
    baskets = items.groupby(shop.lines["order"]).agg(tuple).tolist()
    seen: dict[tuple[int, tuple[int, ...]], int] = {}
    for row, (at, kind) in enumerate(zip(orders["at"], orders["kind"], strict=True)):
        key = (int(phone[row]), baskets[row])
        if kind == "duplicate":
            assert at - seen[key] < 1800
        seen[key] = at


def test_a_burst_comes_from_one_line_within_the_hour(shop: Shop) -> None:
    bursts = shop.orders[shop.orders["kind"] == "burst"].groupby("incident")

    assert (bursts["line"].nunique() == 1).all()
    assert (bursts["at"].max() - bursts["at"].min() < 3600).all()
    assert (bursts.size() >= 12).all()


def test_trouble_reaches_the_live_days(shop: Shop) -> None:
    live = shop.orders[shop.orders["at"] >= shop.cutoff]

    assert {"duplicate", "burst", "ring", "promo_abuse", "stolen_payment"} <= set(live["kind"])
