"""What a window holds, in both engines at once; its edges are in `engines/test_edges.py`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.windows import AGGREGATES, Measure, duration
from tests.features.memory import DAY_US, HOUR_US, NOW, Row, bad, both, line, measure, order

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_orders_of_one_instant_do_not_see_each_other() -> None:
    orders = [order("a", NOW), order("b", NOW), order("c", NOW + 1)]

    assert both({"orders": orders}, measure("count"), "b") == 0
    assert both({"orders": orders}, measure("count"), "c") == 2


def test_an_order_asked_about_late_sees_the_window_before_it_was_placed() -> None:
    late = order("late", NOW - 2 * HOUR_US, received=NOW)
    orders = [order("a", NOW - 2 * HOUR_US - 5), order("b", NOW - HOUR_US), late]

    assert both({"orders": orders}, measure("count"), "late") == 1


def test_an_order_without_the_key_knows_nothing() -> None:
    orders = [order("a", NOW - 5, buyer_key=None), order("now", NOW, buyer_key=None)]

    assert both({"orders": orders}, measure("count"), "now") is None


def test_a_missing_value_is_not_a_zero() -> None:
    orders = [
        order("a", NOW - 5, value_minor=None),
        order("b", NOW - 4, value_minor=300),
        order("now", NOW, value_minor=300),
    ]

    assert both({"orders": orders}, measure("mean", column="value_minor"), "now") == 300.0
    assert both({"orders": orders}, measure("count"), "now") == 2.0


def test_a_deviation_needs_two_values_that_differ() -> None:
    def seen(*values: int) -> list[Row]:
        earlier = [order(f"o{i}", NOW - 9 + i, value_minor=v) for i, v in enumerate(values)]
        return [*earlier, order("now", NOW, value_minor=500)]

    zscore = measure("zscore", column="value_minor")

    assert both({"orders": seen(100)}, zscore, "now") is None
    assert both({"orders": seen(100, 100)}, zscore, "now") is None
    assert both({"orders": seen(100, 300)}, zscore, "now") == pytest.approx(
        300 / 141.42135623730951
    )


def test_a_spread_of_huge_values_loses_no_digit() -> None:
    """The squares of these amounts do not fit 64 bits, and differ in the last place only."""
    big = 9_000_000_000_000
    orders = [order(f"o{i}", NOW - 9 + i, value_minor=big + i) for i in range(3)]
    orders.append(order("now", NOW, value_minor=big))

    assert both({"orders": orders}, measure("std", column="value_minor"), "now") == 1.0


def test_negative_values_add_up() -> None:
    orders = [order("a", NOW - 5, value_minor=-300), order("b", NOW - 4, value_minor=100)]
    orders.append(order("now", NOW, value_minor=0))

    assert both({"orders": orders}, measure("sum", column="value_minor"), "now") == -200.0
    assert both({"orders": orders}, measure("min", column="value_minor"), "now") == -300.0
    assert both({"orders": orders}, measure("std", column="value_minor"), "now") == pytest.approx(
        282.842712474619
    )


def test_distinct_counts_a_value_once_and_forgets_it_with_its_last_event() -> None:
    orders = [
        order("a", NOW - HOUR_US - 1, ip_key="h1:x", buyer_key="h1:ann"),
        order("b", NOW - 9, ip_key="h1:x", buyer_key="h1:bob"),
        order("c", NOW - 8, ip_key="h1:x", buyer_key="h1:bob"),
        order("d", NOW - 7, ip_key="h1:x", buyer_key=None),
        order("now", NOW, ip_key="h1:x"),
    ]
    wanted = measure("distinct", subject="ip", column="buyer_key")

    assert both({"orders": orders}, wanted, "c") == 2
    assert both({"orders": orders}, wanted, "now") == 1


def test_the_last_of_equal_instants_is_the_one_with_the_greatest_key() -> None:
    orders = [order("b", NOW - 5), order("a", NOW - 5), order("now", NOW)]

    assert both({"orders": orders}, measure("last"), "now") == "b"


def test_a_price_is_set_against_prices_in_its_own_currency_only() -> None:
    prices = {"a": ("CNY", 100), "b": ("JPY", 2_000), "now": ("CNY", 50)}
    orders = [order(name, NOW + n, currency=prices[name][0]) for n, name in enumerate(prices)]
    lines = [line(name, unit_price_minor=price) for name, (_, price) in prices.items()]
    wanted = measure(
        "ratio", DAY, subject="sku_currency", stream="lines", column="unit_price_minor"
    )

    assert both({"orders": orders, "order_lines": lines}, wanted, "now") == 0.5


class TestRates:
    rate = measure("rate", timedelta(days=30), stream="cohort:fraud", delay=timedelta(days=7))
    count = measure("count", timedelta(days=30), stream="cohort:fraud", delay=timedelta(days=7))

    def test_no_matured_order_is_not_a_zero_rate(self) -> None:
        orders = [order("young", NOW - 6 * DAY_US), order("now", NOW)]

        assert both({"orders": orders}, self.rate, "now") is None

    def test_a_rate_is_drawn_towards_the_overall_rate(self) -> None:
        """Ann has 2 orders, 1 bad; all have 4, 1 bad: (1 + 10 × 1/4) / (2 + 10)."""
        at = NOW - 20 * DAY_US
        orders = [order("a1", at), order("a2", at + 1)]
        orders += [order("b1", at + 2, buyer_key="h1:bob"), order("b2", at + 3, buyer_key="h1:bob")]
        orders.append(order("now", NOW))
        outcomes = [bad("o", "a1", at + DAY_US)]

        found = both({"orders": orders, "outcomes": outcomes}, self.rate, "now")

        assert found == 3.5 / 12

    @pytest.mark.parametrize(
        ("at", "n"),
        {
            "exactly at maturity": (NOW - 7 * DAY_US, 0),
            "one microsecond past maturity": (NOW - 7 * DAY_US - 1, 1),
            "exactly window and maturity": (NOW - 37 * DAY_US, 1),
            "one microsecond beyond": (NOW - 37 * DAY_US - 1, 0),
        }.values(),
    )
    def test_a_cohort_is_placed_by_its_orders(self, at: int, n: int) -> None:
        orders = [order("early", at), order("now", NOW)]
        outcomes = [bad("o", "early", NOW - 5, known=NOW - 4)]

        assert both({"orders": orders, "outcomes": outcomes}, self.count, "now") == n

    @pytest.mark.parametrize(("known", "n"), [(NOW - 1, 1), (NOW, 0), (NOW + 1, 0)])
    def test_an_outcome_reported_later_is_not_seen_earlier(self, known: int, n: int) -> None:
        orders = [order("early", NOW - 9 * DAY_US), order("now", NOW)]
        outcomes = [bad("o", "early", NOW - 8 * DAY_US, known=known)]

        assert both({"orders": orders, "outcomes": outcomes}, self.count, "now") == n

    def test_an_order_reported_twice_is_bad_once_and_from_the_first_report(self) -> None:
        orders = [order("early", NOW - 9 * DAY_US), order("now", NOW)]
        outcomes = [
            bad("second", "early", NOW - 8 * DAY_US, known=NOW + 1),
            bad("first", "early", NOW - 8 * DAY_US, known=NOW - 1),
        ]

        assert both({"orders": orders, "outcomes": outcomes}, self.count, "now") == 1

    def test_a_cleared_order_is_not_bad(self) -> None:
        orders = [order("early", NOW - 9 * DAY_US), order("now", NOW)]
        outcomes = [bad("o", "early", NOW - 8 * DAY_US, is_bad=False)]

        assert both({"orders": orders, "outcomes": outcomes}, self.count, "now") == 0

    def test_a_chargeback_is_a_fraud(self) -> None:
        orders = [order("early", NOW - 9 * DAY_US), order("now", NOW)]
        outcomes = [bad("o", "early", NOW - 8 * DAY_US, kind="chargeback")]

        assert both({"orders": orders, "outcomes": outcomes}, self.count, "now") == 1

    def test_what_is_known_so_far_needs_no_maturity(self) -> None:
        orders = [order("early", NOW - 3 * DAY_US), order("now", NOW)]
        outcomes = [bad("o", "early", NOW - 2 * DAY_US)]
        known = measure("count", timedelta(days=30), stream="outcome:fraud")

        assert both({"orders": orders, "outcomes": outcomes}, known, "now") == 1


class TestLines:
    def test_an_order_counts_once_for_a_sku_on_two_of_its_lines(self) -> None:
        orders = [order("early", NOW - 5), order("now", NOW)]
        lines = [line("early", 1), line("early", 2), line("now")]
        wanted = measure("count", subject="sku", stream="lines")

        assert both({"orders": orders, "order_lines": lines}, wanted, "now") == 1

    def test_the_worst_line_counts(self) -> None:
        orders = [order("a", NOW - 5), order("b", NOW - 4), order("now", NOW)]
        lines = [line("a", sku="pen"), line("b", sku="pen"), line("b", 2, sku="ink")]
        lines += [line("now", 1, sku="ink"), line("now", 2, sku="pen")]
        wanted = measure("count", subject="sku", stream="lines")

        assert both({"orders": orders, "order_lines": lines}, wanted, "now") == 2

    def test_a_price_far_below_the_usual_one_shows(self) -> None:
        orders = [order("a", NOW - 5), order("b", NOW - 4), order("now", NOW)]
        lines = [line("a", unit_price_minor=9000), line("b", unit_price_minor=11000)]
        lines += [line("now", unit_price_minor=100)]
        wanted = measure(
            "ratio", subject="sku", stream="lines", column="unit_price_minor", reduce="min"
        )

        assert both({"orders": orders, "order_lines": lines}, wanted, "now") == 0.01

    def test_units_of_two_lines_are_taken_together(self) -> None:
        orders = [order("a", NOW - 5), order("now", NOW)]
        lines = [line("a", 1, quantity=2), line("a", 2, quantity=3), line("now", quantity=50)]
        wanted = measure("ratio", subject="sku", stream="lines", column="quantity")

        assert both({"orders": orders, "order_lines": lines}, wanted, "now") == 10.0

    def test_a_return_of_one_line_speaks_of_that_line_only(self) -> None:
        at = NOW - 9 * DAY_US
        orders = [order("a", at), order("pens", NOW), order("inks", NOW)]
        lines = [line("a", 1, sku="pen"), line("a", 2, sku="ink")]
        lines += [line("pens", sku="pen"), line("inks", sku="ink")]
        outcomes = [bad("o", "a", at + 5, kind="return", line_id="2")]
        wanted = measure(
            "count",
            timedelta(days=30),
            subject="sku",
            stream="cohort:return",
            delay=timedelta(days=7),
        )
        tables = {"orders": orders, "order_lines": lines, "outcomes": outcomes}

        assert both(tables, wanted, "pens") == 0
        assert both(tables, wanted, "inks") == 1


class TestParcels:
    wanted = measure(
        "share", timedelta(days=30), subject="carrier", stream="shipments", column="is_late"
    )

    def tables(self, **parcel: object) -> dict[str, list[Row]]:
        at = NOW - 5 * DAY_US
        orders = [order("early", at), order("now", NOW, carrier="SF")]
        sent = {
            "shipment_id": "p",
            "order_key": "early",
            "carrier": "SF",
            "promised_at": at + DAY_US,
        }
        plan = {"shipment_id": "q", "order_key": "now", "carrier": "SF"}
        return {"orders": orders, "shipments": [sent | parcel, plan]}

    @pytest.mark.parametrize(("late_us", "share"), [(1, 1.0), (0, 0.0), (-1, 0.0)])
    def test_late_is_after_the_promise(self, late_us: int, share: float) -> None:
        delivered = NOW - 4 * DAY_US + late_us

        found = both(self.tables(delivered_at=delivered, known_at=delivered), self.wanted, "now")

        assert found == share

    @pytest.mark.parametrize(("known", "share"), [(NOW - 1, 1.0), (NOW, None)])
    def test_a_delivery_reported_later_is_not_seen_earlier(
        self, known: int, share: float | None
    ) -> None:
        delivered = NOW - 2 * DAY_US

        found = both(self.tables(delivered_at=delivered, known_at=known), self.wanted, "now")

        assert found == share


@pytest.mark.parametrize(
    ("window", "name"),
    [(timedelta(minutes=10), "10m"), (HOUR, "1h"), (DAY, "24h"), (7 * DAY, "7d")],
)
def test_windows_are_named_by_their_length(window: timedelta, name: str) -> None:
    assert duration(window) == name


@pytest.mark.parametrize("window", [timedelta(0), timedelta(seconds=90), -HOUR])
def test_a_window_is_a_positive_number_of_whole_minutes(window: timedelta) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        duration(window)


def test_every_aggregate_is_named_apart() -> None:
    names = {
        Measure(m.entity, m.stream, aggregate, m.window, column="value_minor").name
        for m in [measure()]
        for aggregate in AGGREGATES
        if aggregate != "rate"
    }

    assert len(names) == len(AGGREGATES) - 1
