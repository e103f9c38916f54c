"""Features of what was ordered: amounts, their shares, and the make-up of the lines."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import numpy as np

from features.feature import Columns, Feature

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.arrays import Floats


def share(part: Floats, whole: Floats) -> Floats:
    """Divide, with NaN where the whole is not above zero.

    Examples
    --------
    >>> share(np.array([1.0, 1.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    result: Floats = part / np.where(whole > 0, whole, np.nan)
    return result


def discount_share(columns: Columns) -> Floats:
    """Discounts over the price before them, in [0, 1].

    Examples
    --------
    >>> discount_share({"discount_minor": np.array([20.0]), "items_minor": np.array([80.0])})
    array([0.25])
    """
    return share(columns["discount_minor"], columns["items_minor"])


def shipping_share(columns: Columns) -> Floats:
    """Shipping over the total.

    Examples
    --------
    >>> paid = {"total_minor": np.array([20.0, 0.0])}
    >>> shipping_share(paid | {"shipping_minor": np.array([5.0, 5.0])})
    array([0.25,  nan])
    """
    return share(columns["shipping_minor"], columns["total_minor"])


def tax_share(columns: Columns) -> Floats:
    """Tax over the total.

    Examples
    --------
    >>> tax_share({"tax_minor": np.array([19.0]), "total_minor": np.array([119.0])}).round(2)
    array([0.16])
    """
    return share(columns["tax_minor"], columns["total_minor"])


def unit_value(columns: Columns) -> Floats:
    """Order value per unit, in minor units of the base currency.

    Examples
    --------
    >>> unit_value({"value_minor": np.array([90.0]), "n_units": np.array([3.0])})
    array([30.])
    """
    return share(columns["value_minor"], columns["n_units"])


def is_round(columns: Columns) -> Floats:
    """1 where the total is a whole number of hundreds of minor units, 0 where it is not.

    Examples
    --------
    >>> is_round({"total_minor": np.array([19900.0, 19999.0, np.nan])})
    array([ 1.,  0., nan])
    """
    total = columns["total_minor"]
    return np.where(np.isnan(total), np.nan, (np.mod(total, 100.0) == 0).astype(np.float64))


def per_order(columns: Columns, values: Floats, how: np.ufunc, start: float) -> Floats:
    """Reduce line values to their order with a ufunc; NaN where no line has a value.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(2), "lines.order": np.array([0, 0])}
    >>> per_order(lines, np.array([3.0, np.nan]), np.maximum, -np.inf).tolist()
    [3.0, nan]
    """
    n = len(columns["placed_at"])
    if n == 1:  # an order that comes in: for its few lines NumPy takes several times as long
        own = [value for value in values.tolist() if value == value]
        return np.array([reduce(how, own) if own else np.nan])
    known = ~np.isnan(values)
    order = columns["lines.order"][known]
    result = np.full(n, start)
    how.at(result, order, values[known])
    return np.where(np.bincount(order, minlength=n) > 0, result, np.nan)


def max_quantity(columns: Columns) -> Floats:
    """Most units on one line.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(2), "lines.order": np.array([0, 0, 1])}
    >>> max_quantity(lines | {"lines.quantity": np.array([1.0, 12.0, 2.0])})
    array([12.,  2.])
    """
    return per_order(columns, columns["lines.quantity"], np.maximum, -np.inf)


def max_price(columns: Columns) -> Floats:
    """Highest unit price, in minor units of the order's currency.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(2), "lines.order": np.array([0, 0, 1])}
    >>> max_price(lines | {"lines.unit_price_minor": np.array([990.0, 4990.0, np.nan])})
    array([4990.,   nan])
    """
    return per_order(columns, columns["lines.unit_price_minor"], np.maximum, -np.inf)


def min_price(columns: Columns) -> Floats:
    """Lowest unit price, in minor units of the order's currency.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(2), "lines.order": np.array([0, 0, 1])}
    >>> min_price(lines | {"lines.unit_price_minor": np.array([990.0, 4990.0, np.nan])})
    array([990.,  nan])
    """
    return per_order(columns, columns["lines.unit_price_minor"], np.minimum, np.inf)


def weight(columns: Columns) -> Floats:
    """Weight of all units whose weight is known, in grams.

    Examples
    --------
    >>> one = {"placed_at": np.zeros(1), "lines.order": np.zeros(2, np.int64)}
    >>> grams, units = np.array([250.0, np.nan]), np.array([2.0, 1.0])
    >>> weight(one | {"lines.weight_g": grams, "lines.quantity": units})
    array([500.])
    """
    grams = columns["lines.weight_g"] * columns["lines.quantity"]
    return per_order(columns, grams, np.add, 0.0)


def n_gifts(columns: Columns) -> Floats:
    """Lines given for free.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(2), "lines.order": np.array([0, 0, 1])}
    >>> n_gifts(lines | {"lines.is_gift": np.array([1.0, 0.0, np.nan])})  # the second never says
    array([ 1., nan])
    """
    return per_order(columns, columns["lines.is_gift"], np.add, 0.0)


def n_presale(columns: Columns) -> Floats:
    """Lines sold before they are in stock.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(1), "lines.order": np.array([0, 0])}
    >>> n_presale(lines | {"lines.is_presale": np.array([1.0, 1.0])})
    array([2.])
    """
    return per_order(columns, columns["lines.is_presale"], np.add, 0.0)


def _distinct(columns: Columns, name: str) -> Floats:
    """Distinct known texts over an order's lines."""
    n = len(columns["placed_at"])
    if n == 1:
        own = {text for text in columns[name].tolist() if text is not None}
        return np.array([float(len(own)) if own else np.nan])
    pairs = {
        (order, text)
        for order, text in zip(columns["lines.order"].tolist(), columns[name], strict=True)
        if text is not None
    }
    found = np.bincount(np.array([order for order, _ in pairs], np.int64), minlength=n)
    return np.where(found > 0, found.astype(np.float64), np.nan)


def n_products(columns: Columns) -> Floats:
    """Distinct SKUs.

    Examples
    --------
    >>> one = {"placed_at": np.zeros(1), "lines.order": np.zeros(3, np.int64)}
    >>> n_products(one | {"lines.sku": np.array(["A", "B", "A"], object)})
    array([2.])
    """
    return _distinct(columns, "lines.sku")


def n_categories(columns: Columns) -> Floats:
    """Distinct categories.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(2), "lines.order": np.array([0, 0, 1])}
    >>> n_categories(lines | {"lines.category": np.array(["shoes", "shoes", None], object)})
    array([ 1., nan])
    """
    return _distinct(columns, "lines.category")


def _of_dearest(columns: Columns, name: str) -> NDArray[np.object_]:
    """Text of each order's dearest line; the first of equals."""
    n, texts = len(columns["placed_at"]), columns[name]
    if n == len(texts) == 1:  # most orders that come in have one line
        return texts
    price = columns["lines.unit_price_minor"] * columns["lines.quantity"]
    worth = np.where(np.isnan(price), 0.0, price)
    if n == 1 and len(worth):
        at = worth.argmax()
        one: NDArray[np.object_] = texts[at : at + 1]
        return one
    best = np.full(n, -np.inf)
    result = np.full(n, None, object)
    orders = columns["lines.order"].tolist()
    for order, value, text in zip(orders, worth.tolist(), texts, strict=True):
        if value > best[order]:
            best[order] = value
            result[order] = text
    return result


def top_category(columns: Columns) -> NDArray[np.object_]:
    """Category of the dearest line.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(1), "lines.order": np.array([0, 0])}
    >>> lines |= {"lines.unit_price_minor": np.array([10.0, 30.0]), "lines.quantity": np.ones(2)}
    >>> top_category(lines | {"lines.category": np.array(["socks", "shoes"], object)})
    array(['shoes'], dtype=object)
    """
    return _of_dearest(columns, "lines.category")


def top_sku(columns: Columns) -> NDArray[np.object_]:
    """SKU of the dearest line.

    Examples
    --------
    >>> one = {"placed_at": np.zeros(1), "lines.order": np.zeros(2, np.int64)}
    >>> price, units = np.array([10.0, 30.0]), np.array([4.0, 1.0])
    >>> skus = np.array(["A", "B"], object)
    >>> lines = {"lines.unit_price_minor": price, "lines.quantity": units, "lines.sku": skus}
    >>> top_sku(one | lines)
    array(['A'], dtype=object)
    """
    return _of_dearest(columns, "lines.sku")


def top_product(columns: Columns) -> NDArray[np.object_]:
    """Product of the dearest line.

    Examples
    --------
    >>> lines = {"placed_at": np.zeros(1), "lines.order": np.array([0, 0])}
    >>> lines |= {"lines.unit_price_minor": np.full(2, 10.0), "lines.quantity": np.ones(2)}
    >>> top_product(lines | {"lines.product_id": np.array(["P1", "P2"], object)})  # the first
    array(['P1'], dtype=object)
    """
    return _of_dearest(columns, "lines.product_id")


_MINOR: Final = "minor units of the order's currency"
_PRICES: Final = ("order_lines.unit_price_minor", "order_lines.quantity")

FEATURES: Final = (
    Feature(
        "basket__discount_share",
        "折扣占商品金额的比例",
        "discounts over the price before them",
        "share",
        sources=("orders.discount_minor", "orders.items_minor"),
        function=discount_share,
    ),
    Feature(
        "basket__shipping_share",
        "运费占订单金额的比例",
        "shipping over the total",
        "share",
        sources=("orders.shipping_minor", "orders.total_minor"),
        function=shipping_share,
    ),
    Feature(
        "basket__tax_share",
        "税费占订单金额的比例",
        "tax over the total",
        "share",
        sources=("orders.tax_minor", "orders.total_minor"),
        function=tax_share,
    ),
    Feature(
        "basket__unit_value",
        "每件平均金额",
        "order value per unit",
        "minor units of the base currency",
        sources=("orders.value_minor", "orders.n_units"),
        function=unit_value,
    ),
    Feature(
        "basket__is_round",
        "总额为整数元",
        "the total is a whole number of hundreds of minor units",
        "yes = 1",
        sources=("orders.total_minor",),
        function=is_round,
    ),
    Feature(
        "basket__quantity__max",
        "单行最多件数",
        "most units on one line",
        "units",
        sources=("order_lines.quantity",),
        function=max_quantity,
    ),
    Feature(
        "basket__unit_price_minor__max",
        "最高单价",
        "highest unit price",
        _MINOR,
        sources=("order_lines.unit_price_minor",),
        function=max_price,
    ),
    Feature(
        "basket__unit_price_minor__min",
        "最低单价",
        "lowest unit price",
        _MINOR,
        sources=("order_lines.unit_price_minor",),
        function=min_price,
    ),
    Feature(
        "basket__weight_g",
        "总重量",
        "weight of all units",
        "grams",
        sources=("order_lines.weight_g", "order_lines.quantity"),
        function=weight,
    ),
    Feature(
        "basket__n_gifts",
        "赠品行数",
        "lines given for free",
        "lines",
        sources=("order_lines.is_gift",),
        function=n_gifts,
    ),
    Feature(
        "basket__n_presale",
        "预售行数",
        "lines sold before they are in stock",
        "lines",
        sources=("order_lines.is_presale",),
        function=n_presale,
    ),
    Feature(
        "basket__n_products",
        "不同商品数",
        "distinct SKUs",
        "SKUs",
        sources=("order_lines.sku",),
        function=n_products,
    ),
    Feature(
        "basket__n_categories",
        "不同类目数",
        "distinct categories",
        "categories",
        sources=("order_lines.category",),
        function=n_categories,
    ),
    Feature(
        "basket__category",
        "最贵一行的类目",
        "category of the dearest line",
        "",
        "category",
        sources=("order_lines.category", *_PRICES),
        function=top_category,
    ),
    Feature(
        "basket__sku",
        "最贵一行的商品",
        "SKU of the dearest line",
        "",
        "category",
        sources=("order_lines.sku", *_PRICES),
        function=top_sku,
    ),
    Feature(
        "basket__product",
        "最贵一行的产品",
        "product of the dearest line",
        "",
        "category",
        sources=("order_lines.product_id", *_PRICES),
        function=top_product,
    ),
)
