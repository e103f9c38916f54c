"""The catalogue as a list: windows, costs, and which share of each channel gives a feature."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from features.basket import FEATURES as BASKET
from features.given import FEATURES as GIVEN
from features.listing import Need, cost_of, entries, group_of, need_of, shares, window_of
from features.schema import ORDERS
from tests.features.memory import feature, measure
from tests.parity.shop import PROFILE, disorderly_shop, write_shop

if TYPE_CHECKING:
    from features.history import History
    from features.windows import Measure
    from tests.parity.shop import Row

SHOP = disorderly_shop(3, 120)
for place, row in enumerate(SHOP["order_lines"]):
    row["attribute__colour"] = "red" if place % 3 else None
OF_LINES = replace(PROFILE, line_attributes={"attribute__colour": "string"})
"""Orders have an attribute of that name too."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("listing") / "history", SHOP, OF_LINES)


def _rows(table: str, of: Row) -> list[Row]:
    return [row for row in SHOP[table] if row["order_key"] == of["order_key"]]


def met(wanted: Need, of: Row) -> bool:
    """Tell the slow way whether an order carries what is needed."""
    given = []
    for column in wanted.columns:
        if column.startswith("order_lines."):
            own = column.removeprefix("order_lines.")
            given.append(any(row.get(own) is not None for row in _rows("order_lines", of)))
        elif column in ORDERS or column.startswith(("entity__", "attribute__")):
            given.append(of.get(column) is not None)
        else:
            table = "shipments" if column in SHOP["shipments"][0] else "order_lines"
            given.append(any(row.get(column) is not None for row in _rows(table, of)))
    return (any if wanted.any_of else all)(given)


def test_shares_are_those_of_the_orders_that_carry_what_is_needed(history: History) -> None:
    for entry in entries(history):
        wanted = need_of(entry.feature)
        for channel, share in entry.coverage.items():
            orders = [row for row in SHOP["orders"] if row["channel"] == channel]
            expected = sum(met(wanted, row) for row in orders) / len(orders)
            assert share == pytest.approx(expected), (entry.feature.name, channel)


def test_an_attribute_of_lines_is_not_the_orders_of_that_name(history: History) -> None:
    both = {e.feature.name: e for e in entries(history) if "colour" in e.feature.name}

    of_order, of_line = both["attribute__colour"], both["line__attribute__colour"]

    assert group_of(of_line.feature)[1] == "single lines of the order"
    assert of_order.coverage != of_line.coverage
    assert both["line_attribute_colour__return_rate__matured_365d"].coverage == of_line.coverage


def test_what_needs_nothing_is_had_for_every_order(history: History) -> None:
    assert shares(history, [Need(())])[Need(())] == {"jd": 1.0, "taobao": 1.0}


def test_a_column_that_no_file_has_is_had_for_none(history: History) -> None:
    wanted = Need(("tracking_consent",))

    assert shares(history, [wanted])[wanted] == {"jd": 0.0, "taobao": 0.0}


@pytest.mark.parametrize(
    ("of", "kind", "windows"),
    [
        (measure("count"), "pointers", 1),
        (measure("since_first"), "pointers", 1),
        (measure("zscore", column="value_minor"), "sums", 1),
        (measure("max", column="value_minor"), "extremes", 1),
        (measure("distinct", column="device_key"), "distinct", 1),
        (measure("rate", stream="cohort:fraud"), "pointers", 4),
        (measure("decayed", stream="cohort:fraud"), "pointers", 24),
    ],
)
def test_what_a_window_costs(of: Measure, kind: str, windows: int) -> None:
    cost = cost_of(feature(of))

    assert (cost.kind, cost.windows) == (kind, windows)


def test_what_needs_no_window_costs_a_field_or_a_formula() -> None:
    assert cost_of(GIVEN[0]).kind == "field"
    assert cost_of(BASKET[0]).kind == "formula"
    assert window_of(BASKET[0]) == ""
    assert group_of(BASKET[0]) == ("购物篮", "basket")


def test_a_window_says_its_half_life_and_how_old_orders_must_be() -> None:
    week, month = timedelta(days=7), timedelta(days=30)

    assert window_of(feature(measure("count", month))) == "30d"
    fading = measure("decayed", month, stream="cohort:fraud", delay=week)
    assert window_of(feature(fading)) == "half-life 30d, 7d old"


def test_every_line_is_a_document(history: History) -> None:
    documents = [entry.document for entry in entries(history)]

    assert {"name", "zh", "en", "unit", "window", "sources", "cost", "coverage"} <= set(
        documents[0]
    )
    assert len({document["name"] for document in documents}) == len(documents)
