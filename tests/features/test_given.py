"""Features that are a field of the order as it stands."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.given import FEATURES, PLAN_FEATURES, attribute
from features.schema import ORDERS, SHIPMENTS

if TYPE_CHECKING:
    from features.feature import Feature

PLAIN = {feature.name: feature for feature in (*FEATURES, *PLAN_FEATURES)}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_feature_gives_the_column_it_names_as_its_source(name: str) -> None:
    feature = PLAIN[name]
    column = feature.sources[0].removeprefix("orders.")
    columns = {c.name: np.array([c.name], object) for c in (*SHIPMENTS.columns, *ORDERS.columns)}

    assert feature.function is not None
    assert feature.function(columns).tolist() == [column]
    assert name.partition("__")[2] in {column, column.removesuffix("_id")}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.name)
def test_text_is_a_category_and_everything_else_a_number(feature: Feature) -> None:
    is_text = ORDERS[feature.order_columns[0]].type == "string"
    assert feature.kind == ("category" if is_text else "number")


def test_an_attribute_is_the_merchants_own_column() -> None:
    feature = attribute("attribute__age", "float")

    assert isinstance(feature.function, itemgetter)
    assert feature.function({"attribute__age": np.array([41.0])}).tolist() == [41.0]
    assert feature.sources == ("orders.attribute__age",)
