"""What one line of an order says of itself, and which of its features a history supports."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features import line
from features.catalogue import declare, definition_hash
from features.history import HistoryProfile, LabelProfile

RICH = HistoryProfile(
    labels={"return": LabelProfile("return", 14.0), "late": LabelProfile("late", 5.0)},
    entities={"buyer_key": 0.9},
    line_attributes={"attribute__size": "string", "attribute__depth_cm": "float"},
    rows={"orders": 10, "order_lines": 20},
)
FEATURES = {feature.name: feature for feature in line.features(RICH)}


def columns() -> dict[str, Any]:
    """Lines of two orders: three in the first, one in the second."""
    return {
        "lines.order": np.array([0, 0, 0, 1]),
        "lines.quantity": np.array([2.0, 1.0, 1.0, 1.0]),
        "lines.unit_price_minor": np.array([100.0, 300.0, 500.0, np.nan]),
        "lines.discount_minor": np.array([50.0, np.nan, 0.0, 10.0]),
        "lines.sku": np.array(["shoe-41", "shoe-42", "shoe-41", "shoe-41"], object),
        "lines.product_id": np.array(["shoe", "shoe", "shoe", None], object),
        "lines.category": np.array(["feet", "feet", None, "feet"], object),
        "lines.attribute__size": np.array(["41", "42", None, "41"], object),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("line__quantity", [2.0, 1.0, 1.0, 1.0]),
        ("line__price_share", [0.2, 0.3, 0.5, np.nan]),
        ("line__discount_share", [0.25, np.nan, 0.0, np.nan]),
        ("line__n_dearer", [2.0, 1.0, 0.0, np.nan]),
        ("line__n_same_sku", [2.0, 1.0, 2.0, 1.0]),
        ("line__n_same_product", [3.0, 3.0, 3.0, np.nan]),
        ("line__n_same_category", [2.0, 2.0, np.nan, 1.0]),
        ("line__n_variants", [2.0, 2.0, 2.0, np.nan]),
    ],
)
def test_each_line_has_a_number_of_its_own(name: str, expected: list[float]) -> None:
    function = FEATURES[name].function
    assert function is not None

    found = function(columns())

    np.testing.assert_array_equal(np.asarray(found, np.float64), expected)


def test_what_a_merchant_says_of_a_line_is_a_feature_of_it() -> None:
    size, depth = FEATURES["line__attribute__size"], FEATURES["line__attribute__depth_cm"]

    assert (size.kind, depth.kind) == ("category", "number")
    assert size.function is not None
    assert list(size.function(columns())) == ["41", "42", None, "41"]
    assert "line_attribute_size__return_rate__matured_365d" in FEATURES
    assert not any(name.startswith("line_attribute_depth_cm__") for name in FEATURES)


def test_no_lines_and_no_order_are_no_trouble() -> None:
    empty: dict[str, Any] = {name: values[:0] for name, values in columns().items()}
    own = (f.function for f in FEATURES.values() if f.function and f.name in MADE_HERE)

    assert [len(function(empty)) for function in own] == [0] * len(MADE_HERE)


MADE_HERE = {"line__price_share", "line__discount_share", "line__n_dearer", "line__n_variants"}


def test_a_line_gets_the_windows_of_its_goods_and_of_its_buyer_with_them() -> None:
    assert {
        "line_sku__order_count__30d",
        "line_product__return_rate__matured_365d",
        "line_category__return_rate__matured_365d",
        "line_buyer_product__order_count__365d",
        "line_buyer_category__return_rate__matured_365d",
        "line_sku_currency__unit_price_minor__ratio_30d",
    } <= set(FEATURES)


def test_without_buyers_no_window_is_of_one() -> None:
    alone = HistoryProfile(labels=RICH.labels, rows=RICH.rows)

    assert not [f.name for f in line.features(alone) if "buyer" in f.name]


def test_an_orders_features_and_their_digest_know_nothing_of_lines() -> None:
    order = {feature.name: feature for feature in declare(RICH)}
    of_order, of_line = (
        order["sku__return_rate__matured_365d"],
        FEATURES["line_sku__return_rate__matured_365d"],
    )

    assert order.keys().isdisjoint(FEATURES)
    assert of_order.measure == of_line.measure
    assert definition_hash([of_order]) != definition_hash([of_line])
    assert "level" not in of_order.definition


def test_every_feature_of_a_line_is_named_once_and_in_both_languages() -> None:
    made = list(line.features(RICH))

    assert len({f.name for f in made}) == len({f.en for f in made}) == len(made)
    assert all(f.zh and f.level == "line" and f.purposes == ("risk",) for f in made)
