"""Features of one line of an order: its own goods, and its place among the order's lines."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from features.feature import Columns, Feature
from features.measures import of_lines
from features.schema import ATTRIBUTE_PREFIX, ORDER_LINES
from features.wording import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from features.arrays import Floats
    from features.history import HistoryProfile

COLUMN_PREFIX: Final = "lines."
"""Start of the names of columns of lines, see `features.feature.Columns`."""


def price(columns: Columns) -> Floats:
    """Price of all units of each line, in minor units of the order's currency."""
    result: Floats = columns["lines.unit_price_minor"] * columns["lines.quantity"]
    return result


def price_share(columns: Columns) -> Floats:
    """Share of each line in the price of its order's lines.

    Examples
    --------
    >>> lines = {"lines.unit_price_minor": np.array([10.0, 30.0]), "lines.quantity": np.ones(2)}
    >>> price_share({"lines.order": np.array([0, 0])} | lines).tolist()
    [0.25, 0.75]
    """
    own, order = price(columns), columns["lines.order"]
    known = np.where(np.isnan(own), 0.0, own)
    whole = np.bincount(order, known)[order] if len(order) else own
    share: Floats = own / np.where(whole > 0, whole, np.nan)
    return share


def discount_share(columns: Columns) -> Floats:
    """Discount of each line over its price before it.

    Examples
    --------
    >>> lines = {"lines.unit_price_minor": np.array([40.0]), "lines.quantity": np.array([2.0])}
    >>> discount_share(lines | {"lines.discount_minor": np.array([20.0])})
    array([0.25])
    """
    own = price(columns)
    share: Floats = columns["lines.discount_minor"] / np.where(own > 0, own, np.nan)
    return share


def n_dearer(columns: Columns) -> Floats:
    """Lines of the same order whose unit costs more.

    Examples
    --------
    >>> lines = {"lines.unit_price_minor": np.array([10.0, 30.0, 5.0, np.nan])}
    >>> n_dearer({"lines.order": np.array([0, 0, 1, 1])} | lines).tolist()
    [1.0, 0.0, 0.0, nan]
    """
    order, unit = columns["lines.order"], columns["lines.unit_price_minor"]
    turn = np.lexsort((-unit, order))  # the unknown come last
    result = np.full(len(order), np.nan)
    first = dearer = 0
    for place, row in enumerate(turn.tolist()):
        if place == 0 or order[row] != order[turn[place - 1]]:
            first = dearer = place
        elif unit[row] != unit[turn[place - 1]]:
            dearer = place
        result[row] = dearer - first
    return np.where(np.isnan(unit), np.nan, result)


def _pairs(columns: Columns, name: str) -> list[tuple[int, str] | None]:
    """Order and text of each line; None where it has no text."""
    texts = columns[COLUMN_PREFIX + name]
    orders = columns["lines.order"].tolist()
    return [None if t is None else (o, t) for o, t in zip(orders, texts, strict=True)]


def _n_same(name: str) -> Callable[[Columns], Floats]:
    def count(columns: Columns) -> Floats:
        pairs = _pairs(columns, name)
        found = Counter(pairs)
        return np.array([np.nan if p is None else float(found[p]) for p in pairs], np.float64)

    return count


def n_variants(columns: Columns) -> Floats:
    """Distinct SKUs of each line's product in its order: sizes or colours to choose from.

    Examples
    --------
    >>> lines = {
    ...     "lines.order": np.array([0, 0, 0]),
    ...     "lines.product_id": np.array(["shoe", "shoe", None], object),
    ...     "lines.sku": np.array(["shoe-41", "shoe-42", "sock"], object),
    ... }
    >>> n_variants(lines).tolist()
    [2.0, 2.0, nan]
    """
    pairs = _pairs(columns, "product_id")
    skus = columns["lines.sku"]
    known = {(p, s) for p, s in zip(pairs, skus, strict=True) if s is not None}
    found = Counter(pair for pair, _ in known)
    return np.array([found[p] if p is not None and found[p] else np.nan for p in pairs], float)


_PRICE: Final = ("order_lines.unit_price_minor", "order_lines.quantity")
_MADE: Final = (
    ("price_share", "本行占商品金额的比例", "the line's share of the order's prices", "share",
     price_share, _PRICE),
    ("discount_share", "本行折扣比例", "discount of the line over its price", "share",
     discount_share, ("order_lines.discount_minor", *_PRICE)),
    ("n_dearer", "订单中单价更高的行数", "lines of the order whose unit costs more", "lines",
     n_dearer, ("order_lines.unit_price_minor",)),
    ("n_same_sku", "订单中同一 SKU 的行数", "lines of the order with the same SKU", "lines",
     _n_same("sku"), ("order_lines.sku",)),
    ("n_same_product", "订单中同一产品的行数", "lines of the order with the same product", "lines",
     _n_same("product_id"), ("order_lines.product_id",)),
    ("n_same_category", "订单中同一类目的行数", "lines of the order of the same category", "lines",
     _n_same("category"), ("order_lines.category",)),
    ("n_variants", "订单中同一产品的不同 SKU 数（尺码、颜色）",
     "distinct SKUs of the line's product in the order", "SKUs",
     n_variants, ("order_lines.product_id", "order_lines.sku")),
)  # fmt: skip
_NUMBERS: Final = {
    "quantity": ("本行件数", "units on the line"),
    "unit_price_minor": ("本行单价", "unit price of the line"),
    "is_gift": ("本行是赠品", "the line is given for free"),
    "is_presale": ("本行是预售", "the line is sold before it is in stock"),
    "weight_g": ("本行单件重量", "weight of one unit of the line"),
}
_CATEGORIES: Final = {
    "sku": ("本行商品（SKU）", "SKU of the line"),
    "product_id": ("本行产品", "product of the line"),
    "category": ("本行类目", "category of the line"),
}


def features(profile: HistoryProfile) -> Iterator[Feature]:
    """Give the features of single lines that a history supports.

    Parameters
    ----------
    profile
        What is true of the history; without order lines there are none.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> next(features(HistoryProfile(rows={"order_lines": 2}))).name
    'line__quantity'
    >>> list(features(HistoryProfile()))
    []
    """
    if not profile.rows.get("order_lines"):
        return
    for name, (zh, en) in _NUMBERS.items():
        yield _field(name, name, zh, en)
    for name, (zh, en) in _CATEGORIES.items():
        yield _field(name, name.removesuffix("_id"), zh, en, is_text=True)
    for name, zh, en, unit, function, sources in _MADE:
        yield Feature(
            f"line__{name}", zh, en, unit, sources=sources, function=function,
            level="line", purposes=("risk",),
        )  # fmt: skip
    for column, kind in sorted(profile.line_attributes.items()):
        own = column.removeprefix(ATTRIBUTE_PREFIX)
        zh, en = f"本行的商家自有字段 {own}", f"the merchant's own field {own} of the line"
        yield _field(column, column, zh, en, is_text=kind == "string")
    for measure in of_lines(profile):
        of_order = describe(measure, ("risk",))
        yield Feature(
            f"line_{measure.name}", f"本行：{of_order.zh}", f"of the line: {of_order.en}",
            of_order.unit, sources=of_order.sources, measure=measure,
            level="line", purposes=("risk",),
        )  # fmt: skip


def windows(profile: HistoryProfile) -> tuple[Feature, ...]:
    """Give the windows of single lines as an order of one line has them: what an engine is asked.

    Parameters
    ----------
    profile
        What is true of the history.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> windows(HistoryProfile(rows={"order_lines": 2}))[0].name
    'sku__order_count__1h'
    """
    return tuple(describe(measure, ("risk",)) for measure in of_lines(profile))


def _field(column: str, name: str, zh: str, en: str, *, is_text: bool = False) -> Feature:
    """Make the feature that is a column of the line."""
    unit = "as the merchant counts"
    if column in ORDER_LINES:
        spec = ORDER_LINES[column]
        unit = spec.unit or ("yes = 1" if spec.type == "bool" else "value")
    return Feature(
        f"line__{name}", zh, en, "" if is_text else unit, "category" if is_text else "number",
        sources=(f"order_lines.{column}",), function=itemgetter(COLUMN_PREFIX + column),
        level="line", purposes=("risk",),
    )  # fmt: skip
