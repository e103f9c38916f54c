"""From answers to columns: each order's place, one number for an order of many lines, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.engines import kernel
from features.engines.columns import order_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.engines.source import Source
    from features.feature import Columns, Feature
    from features.windows import Measure

    Floats = NDArray[np.float64]


def merging(measures: Sequence[Measure]) -> NDArray[np.int8]:
    """Tell how several answers for one order become one number, as `kernel.fill` takes it.

    Returns
    -------
    array
        Shape ``(n_measures,)``: 0 where an order has one answer. Of the keys of its lines the
        greatest (1) or least (-1) known number counts.

    Examples
    --------
    >>> from features.entities import BUILT_IN
    >>> from features.windows import DAY, Measure
    >>> sku, buyer = BUILT_IN["sku"], BUILT_IN["buyer"]
    >>> merging([Measure(sku, "lines", "count", DAY), Measure(buyer, "orders", "count", DAY)])
    array([1, 0], dtype=int8)
    """
    ways = {"max": 1, "min": -1}
    return np.array([ways[m.reduce] if m.entity.level == "line" else 0 for m in measures], np.int8)


def put(column: Floats, measure: Measure, at: NDArray[np.integer[Any]], values: Floats) -> None:
    """Put values of a measure into their places in a column that is NaN elsewhere.

    Parameters
    ----------
    column
        The column.
    measure
        Tells how the keys of an order's lines become one number; unknown ones do not count.
    at
        Places, shape ``(n,)``.
    values
        Shape ``(n,)``.

    Examples
    --------
    >>> from features.entities import BUILT_IN
    >>> from features.windows import DAY, Measure
    >>> column = np.full(3, np.nan)
    >>> measure = Measure(BUILT_IN["sku"], "lines", "count", DAY)
    >>> put(column, measure, np.array([1, 1, 2]), np.array([5.0, 7.0, np.nan]))
    >>> column.tolist()
    [nan, 7.0, nan]
    """
    which = np.zeros(1, np.intp)
    kernel.fill(column[np.newaxis], which, merging([measure]), at, values[np.newaxis])


def keys_of(order_keys: pa.Array | pa.ChunkedArray, numbers: Floats) -> pa.Array | pa.ChunkedArray:
    """Give the keys of orders by their numbers; missing where the number is NaN or below 0.

    Examples
    --------
    >>> keys_of(pa.chunked_array([["a", "b"]]), np.array([1.0, -1.0, np.nan])).to_pylist()
    ['b', None, None]
    """
    known = numbers >= 0
    rows = np.where(known, numbers, 0).astype(np.int64)
    return order_keys.take(pa.array(rows, mask=~known))


def plain_features(
    source: Source, features: Sequence[Feature], begin: int, end: int
) -> dict[str, NDArray[Any]]:
    """Compute features that are functions of the order itself, for the orders ``[begin, end)``."""
    if not features:
        return {}
    return computed(features, order_columns(source, features, begin, end))


def computed(features: Sequence[Feature], columns: Columns) -> dict[str, NDArray[Any]]:
    """Compute features that are functions of the order itself from columns laid out for them."""
    with np.errstate(all="ignore"):
        return {f.name: f.function(columns) for f in features if f.function is not None}
