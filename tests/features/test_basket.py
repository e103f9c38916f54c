"""What was ordered, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features import basket


def columns(**given: Any) -> dict[str, Any]:
    """Columns of two orders; the first has two lines, the second none."""
    lines = {
        "lines.order": np.array([0, 0]),
        "lines.quantity": np.array([2.0, 5.0]),
        "lines.unit_price_minor": np.array([100.0, 900.0]),
        "lines.weight_g": np.array([10.0, np.nan]),
        "lines.sku": np.array(["pen", "pen"], object),
        "lines.category": np.array(["a", None], object),
        "lines.is_gift": np.array([1.0, np.nan]),
        "lines.is_presale": np.array([0.0, 0.0]),
    }
    return {"placed_at": np.zeros(2), **lines, **given}


@pytest.mark.parametrize(("part", "whole"), [(1.0, 0.0), (np.nan, 5.0), (1.0, np.nan)])
def test_a_share_of_nothing_or_of_the_unknown_is_unknown(part: float, whole: float) -> None:
    assert np.isnan(basket.share(np.array([part]), np.array([whole]))).all()


def test_the_shares_of_an_order() -> None:
    given = columns(
        discount_minor=np.array([25.0]),
        items_minor=np.array([100.0]),
        shipping_minor=np.array([10.0]),
        tax_minor=np.array([20.0]),
        total_minor=np.array([200.0]),
        value_minor=np.array([200.0]),
        n_units=np.array([4.0]),
    )

    assert basket.discount_share(given).tolist() == [0.25]
    assert basket.shipping_share(given).tolist() == [0.05]
    assert basket.tax_share(given).tolist() == [0.1]
    assert basket.unit_value(given).tolist() == [50.0]


@pytest.mark.parametrize(("total", "is_round"), [(500.0, 1.0), (499.0, 0.0), (0.0, 1.0)])
def test_round_totals(total: float, is_round: float) -> None:
    assert basket.is_round(columns(total_minor=np.array([total]))).tolist() == [is_round]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (basket.max_quantity, 5.0),
        (basket.max_price, 900.0),
        (basket.min_price, 100.0),
        (basket.weight, 20.0),
        (basket.n_products, 1.0),
        (basket.n_categories, 1.0),
        (basket.n_gifts, 1.0),
        (basket.n_presale, 0.0),
    ],
)
def test_lines_become_their_order_and_no_line_is_unknown(function: Any, expected: float) -> None:
    found = function(columns())

    assert found[0] == expected
    assert np.isnan(found[1])


def test_the_dearest_line_names_the_order() -> None:
    skus = np.array(["cheap", "dear"], object)

    assert basket.top_sku(columns(**{"lines.sku": skus})).tolist() == ["dear", None]


def test_a_dearest_line_without_a_category_gives_none() -> None:
    assert basket.top_category(columns()).tolist() == [None, None]


def test_the_first_of_equally_dear_lines_names_the_order() -> None:
    given = columns(
        **{
            "lines.quantity": np.array([1.0, 1.0]),
            "lines.unit_price_minor": np.array([5.0, 5.0]),
            "lines.product_id": np.array(["first", "second"], object),
        }
    )

    assert basket.top_product(given)[0] == "first"
